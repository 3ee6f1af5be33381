"""Reports and logs of a failed handler: always a text and the author's line, never a secret."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from creatorflow import AgentTask, GiveUp, RetryLater, agent
from creatorflow.redaction import redacted
from creatorflow.testing import load_agent, run_task
from creatorflow_contracts.v1.work import AgentError

HERE = Path(__file__).name


async def error_of(handler: Callable[..., Any]) -> AgentError:
    """Return the error that is sent for the failure of this handler."""
    result = await run_task(agent(name="an-agent", summary="Tests.")(handler), "x")
    assert result.error is not None
    return result.error


def line_of(function: Callable[..., Any], words: str) -> int:
    """Return the line number of the function's source with this text."""
    lines, first = inspect.getsourcelines(function)
    return next(first + at for at, line in enumerate(lines) if words in line)


def check(code: str) -> None:
    raise ValueError("bad code")


async def test_the_error_names_the_innermost_line_of_the_author() -> None:
    def answer(task: AgentTask) -> dict[str, Any]:
        check(task.description)
        return {}

    assert (await error_of(answer)).message == f"ValueError: bad code ({HERE}:{line_of(check, 'raise')} in check)"


async def test_the_line_is_the_authors_even_if_a_library_raises() -> None:
    async def answer(task: AgentTask) -> dict[str, Any]:
        return dict(json.loads("no json"))

    message = (await error_of(answer)).message
    assert message.startswith("JSONDecodeError: ")
    assert message.endswith(f"({HERE}:{line_of(answer, 'json.loads')} in answer)")


def test_an_author_with_an_installed_package_gets_a_line_too(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def answer(task):\n    return 1 / 0\n")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import asyncio, shop; from creatorflow import agent; from creatorflow.testing import run_task\n"
            "made = agent(name='an-agent', summary='x')(shop.answer)\n"
            "print(asyncio.run(run_task(made, 'x')).error.message)",
        ],
        env={"PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "ZeroDivisionError: division by zero (__init__.py:2 in answer)\n"


async def test_an_invalid_output_is_attributed_to_the_handler() -> None:
    def answer(task: AgentTask) -> Any:
        return 3

    error = await error_of(functools.partial(answer))
    assert error.type == "validation_error"
    assert error.message.endswith(f"not int ({HERE}:{line_of(answer, 'def answer')} in answer)")


@pytest.mark.parametrize("length", [10, 5000])
async def test_the_line_is_given_however_long_the_message(length: int) -> None:
    def answer(task: AgentTask) -> dict[str, Any]:
        raise KeyError("x" * length)

    message = (await error_of(answer)).message
    assert message.endswith(" in answer)")
    assert len(message) <= 1000


class Unspeakable(Exception):
    """An exception whose text cannot be read."""

    def __str__(self) -> str:
        raise SystemExit(1)

    __repr__ = __str__


@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_an_exception_without_a_readable_text_is_reported(kind: str) -> None:
    def answer(task: AgentTask) -> dict[str, Any]:
        raise Unspeakable

    async def answer_async(task: AgentTask) -> dict[str, Any]:
        return answer(task)

    error = await error_of(answer if kind == "plain" else answer_async)
    assert error.type == "unknown"
    assert error.message.startswith("Unspeakable: its text cannot be read, __str__ raised SystemExit (")


async def failing_children(*errors: Exception) -> AgentError:
    async def child(error: Exception) -> None:
        raise error

    async def answer(task: AgentTask) -> dict[str, Any]:
        async with asyncio.TaskGroup() as group:
            for error in errors:
                group.create_task(child(error))
        return {}

    return await error_of(answer)


async def test_the_child_of_a_task_group_is_named_by_type_text_and_line() -> None:
    error = await failing_children(ValueError("bad code"))
    assert error.type == "unknown"
    assert error.message.startswith(f"ValueError: bad code ({HERE}:")
    assert error.message.endswith(" in child)")


async def test_of_many_children_the_first_are_named_and_the_others_counted() -> None:
    error = await failing_children(*(ValueError(f"{n}-" + "x" * 4000) for n in range(5)))
    assert [part[:13] for part in error.message.split("; ")] == [
        "ValueError: 0", "ValueError: 1", "ValueError: 2", "and 2 more"
    ]  # fmt: skip
    assert error.message.count(" in child)") == 3
    assert len(error.message) <= 1000


async def test_an_exception_of_a_child_counts_like_one_of_the_handler() -> None:
    error = await failing_children(RetryLater("busy", after=2))
    assert (error.type, error.retry_after_ms) == ("retryable", 2000)
    assert (await failing_children(RetryLater("busy"), GiveUp("no"))).type == "permanent"
    assert (await failing_children(GiveUp("no"), ValueError("odd"))).type == "unknown"


AGENT_FILE = """
import os
from creatorflow import agent
@agent(name="code-agent", summary="Checks codes.")
def answer(task):
    return check("4711")
def check(code):
    raise ValueError(f"{os.environ['SHOP_API_KEY']} amqp://me:secret-word@broker/")
"""


async def test_the_log_has_the_traceback_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "sk-0123456789")
    (tmp_path / "code_agent.py").write_text(AGENT_FILE)
    result = await run_task(load_agent(tmp_path / "code_agent.py"), "the customer's own words")
    assert result.error is not None
    assert result.error.message == "ValueError: *** amqp://me:***@broker/ (code_agent.py:8 in check)"
    (record,) = [record for record in caplog.records if "handler_failed" in record.getMessage()]
    assert record.levelno == logging.ERROR
    logged = record.getMessage()
    assert 'return check("4711")' in logged and "ValueError: ***" in logged
    assert not any(word in logged for word in ("sk-0123456789", "secret-word", "customer"))


def test_a_service_logs_the_traceback_in_a_field_of_its_line() -> None:
    code = (
        "import asyncio; from creatorflow import agent; from creatorflow.logs import setup_logs\n"
        "from creatorflow.testing import run_task\n"
        "setup_logs()\n"
        "def answer(task): raise ValueError('x' * 100_000)\n"
        "asyncio.run(run_task(agent(name='an-agent', summary='x')(answer), 'x'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert (line["action"], line["agent"], line["level"], line["error"]) == (
        "handler_failed", "an-agent", "error", "unknown"
    )  # fmt: skip
    assert line["exception"].startswith("Traceback")
    assert len(line["exception"]) < 17_000


@pytest.mark.parametrize("name", ["DB_PASSWORD", "github_token", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY"])
def test_a_secret_from_the_environment_is_masked(name: str) -> None:
    assert redacted("it was hunter42!", {name: "hunter42"}) == "it was ***!"


def test_secrets_in_urls_headers_and_files_are_masked(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-a-file\n")
    environment = {
        "CREATORFLOW_AMQP_URL": "amqp://me:p%40ssw0rd@broker/",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic-abcdef,x=y",
        "CREATORFLOW_AMQP_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert redacted("p@ssw0rd p%40ssw0rd Basic-abcdef from-a-file y", environment) == "*** *** *** *** y"
    assert redacted("https://me:pw@host/ and https://host/a@b", {}) == "https://me:***@host/ and https://host/a@b"


async def test_the_log_has_the_place_of_an_expected_failure_and_none_of_its_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code = "from creatorflow import RetryLater, agent\n\n@agent(name='busy-agent', summary='x')\ndef answer(task):\n"
    (tmp_path / "busy_agent.py").write_text(code + "    raise RetryLater('the shop of Ms. Smith is closed')\n")
    result = await run_task(load_agent(tmp_path / "busy_agent.py"), "x")
    assert result.error is not None and "Ms. Smith" in result.error.message
    (record,) = [record for record in caplog.records if "handler_failed" in record.getMessage()]
    assert record.levelno == logging.WARNING
    assert "busy_agent.py:5 in answer" in record.getMessage() and "Smith" not in record.getMessage()
