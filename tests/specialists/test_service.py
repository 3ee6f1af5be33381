"""A specialist as a process, and as an agent of the runtime."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from creatorflow.testing import run_task
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_specialists.service import load, to_agent
from typer.testing import CliRunner

from tests.bus.dispatcher import dispatching
from tests.waiting import patient

from .tasks import make_task, specialist

NAME = "order-workflow-specialist"
COMMAND = [sys.executable, "-m", "creatorflow_specialists", NAME]


@contextmanager
def process(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Provide the service, and end it after the test."""
    environment = {**os.environ, "CREATORFLOW_AMQP_URL": url}
    running = subprocess.Popen(COMMAND, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def test_a_result_names_its_engine_and_the_capabilities_it_used() -> None:
    task = make_task(NAME, ["Handle returns and refunds"])
    result = await run_task(to_agent(specialist(NAME)), task)
    assert (result.success, result.metadata.engine, result.metadata.model) == (True, "playbook", None)
    assert result.metadata.capabilities == ("returns-and-refunds",)
    assert SpecialistOutput.model_validate(result.output, strict=False).code_examples


async def test_a_task_on_the_bus_is_answered_and_sigterm_ends_the_process(broker_url: str) -> None:
    task = make_task(NAME, ["Handle returns and refunds"], ["returns = 14 days"])
    async with dispatching(broker_url) as dispatcher:
        with process(broker_url) as running:
            await dispatcher.send(task)
            result = await dispatcher.result(task)
            assert result.success
            assert "A return is open for 14 days" in result.output["technical_specifications"][0]["text"]
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=patient()) == 0


def test_a_name_loads_one_specialist_and_only_its_playbooks() -> None:
    (found,) = load(NAME)
    assert found.card.name == NAME
    assert {playbook.name for playbook in found.playbooks} == {c.name for c in found.card.capabilities}


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "expected"),
    [
        (["nobody"], {}, 2, "there is no such agent"),
        ([NAME], {"CREATORFLOW_SURPRISE": "1"}, 78, "unknown setting CREATORFLOW_SURPRISE"),
        ([NAME], {"CREATORFLOW_AMQP_URL": "http://x"}, 78, "CREATORFLOW_AMQP_URL is no broker's address"),
    ],
)
def test_a_service_that_cannot_run_exits_with_its_code_and_one_line(
    arguments: list[str], environment: dict[str, str], code: int, expected: str
) -> None:
    from creatorflow_specialists.__main__ import app

    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exit_code == code
    assert expected in " ".join(result.output.split())
