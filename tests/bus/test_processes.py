"""Agents as processes: SIGTERM, SIGKILL at the fault points."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from creatorflow.agents.entrypoint import load_agents
from creatorflow.settings import ConfigurationError
from creatorflow_contracts.topology import agent_queue

from tests.waiting import eventually, in_time

from .dispatcher import Dispatcher, dispatching, unique

AGENT = """
import asyncio, pathlib, time
from creatorflow import agent

LOG = pathlib.Path(r"{log}")

@agent(name="{name}", summary="Counts its runs.")
{kind}def work(task):
    with LOG.open("a") as file:
        file.write(f"begun {{task.id}}\\n")
    {body}
    with LOG.open("a") as file:
        file.write(f"ended {{task.id}}\\n")
    return {{"summary": "done"}}
"""


class AgentFile:
    """A file with one agent, the log of its runs, and the processes that run it."""

    def __init__(self, folder: Path, body: str, kind: str = "async ") -> None:
        self.name = unique("process")
        self.log = folder / "runs.log"
        self.log.touch()
        self.path = folder / "an_agent.py"
        self.path.write_text(AGENT.format(name=self.name, log=self.log, body=body, kind=kind))
        (self.agent,) = load_agents(self.path)

    def runs(self, word: str) -> int:
        return self.log.read_text().count(word)

    @asynccontextmanager
    async def process(self, url: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
        environment = {**os.environ, "CREATORFLOW_AMQP_URL": url}
        environment |= {f"CREATORFLOW_{name.upper()}": value for name, value in settings.items()}
        command = (str(Path(sys.executable).with_name("creatorflow")), "agent", "run", str(self.path))
        process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest.fixture
async def dispatcher(broker_url: str) -> AsyncIterator[Dispatcher]:
    async with dispatching(broker_url) as dispatcher:
        yield dispatcher


async def test_a_file_with_one_function_is_an_agent(tmp_path: Path, dispatcher: Dispatcher, broker_url: str) -> None:
    file = AgentFile(tmp_path, "await asyncio.sleep(0)")
    async with file.process(broker_url) as process:
        task = await dispatcher.dispatch(file.agent)
        assert (await dispatcher.result(task)).output == {"summary": "done"}
        process.send_signal(signal.SIGTERM)
        assert await in_time(process.wait()) == 0
    await eventually(lambda: dispatcher.announced[file.name][-1].leaving, "an announcement that it leaves")


async def test_sigterm_requeues_a_task_even_while_it_blocks_the_event_loop(
    tmp_path: Path, dispatcher: Dispatcher, broker_url: str
) -> None:
    file = AgentFile(tmp_path, "time.sleep(60)")
    async with file.process(broker_url) as process:
        await dispatcher.dispatch(file.agent)
        await eventually(lambda: file.runs("begun") == 1, "the work begins")
        process.send_signal(signal.SIGTERM)
        await eventually(lambda: is_waiting(dispatcher, file.name), "the task is back in its queue")
        assert file.runs("ended") == 0
        assert await in_time(process.wait()) == 0


async def is_waiting(dispatcher: Dispatcher, agent: str) -> bool:
    return (await dispatcher.bus.counts(agent_queue(agent))).ready == 1


async def test_the_task_of_a_killed_process_is_done_by_another(
    tmp_path: Path, dispatcher: Dispatcher, broker_url: str
) -> None:
    file = AgentFile(tmp_path, "time.sleep(600) if LOG.read_text().count('begun') == 1 else None", kind="")
    async with file.process(broker_url) as process:
        task = await dispatcher.dispatch(file.agent)
        await eventually(lambda: file.runs("begun") == 1, "the work begins")
        process.kill()
        await process.wait()
    async with file.process(broker_url):
        assert (await dispatcher.result(task)).success
    assert file.runs("begun") == 2


async def test_a_spooled_result_of_a_killed_process_is_sent_and_its_task_does_not_run_again(
    tmp_path: Path, dispatcher: Dispatcher, broker_url: str
) -> None:
    file = AgentFile(tmp_path, "await asyncio.sleep(0)")
    state = str(tmp_path / "state")
    async with file.process(broker_url, fault="before_result:kill", state_dir=state) as process:
        task = await dispatcher.dispatch(file.agent)
        _, errors = await in_time(process.communicate())
        assert b"before_result" in errors
        assert process.returncode == -signal.SIGKILL
    assert not dispatcher.results[task.id]
    async with file.process(broker_url, state_dir=state):
        assert (await dispatcher.result(task)).success
        await dispatcher.wait_for_empty_queue(file.agent)
    assert file.runs("begun") == 1


@pytest.mark.parametrize("point", ["after_work", "before_result"])
async def test_without_a_state_directory_the_task_of_a_killed_process_runs_again_and_has_one_result(
    tmp_path: Path, dispatcher: Dispatcher, broker_url: str, point: str
) -> None:
    file = AgentFile(tmp_path, "await asyncio.sleep(0)")
    async with file.process(broker_url, fault=f"{point}:kill") as process:
        task = await dispatcher.dispatch(file.agent)
        _, errors = await in_time(process.communicate())
        assert point.encode() in errors
    async with file.process(broker_url):
        assert (await dispatcher.result(task)).success
        await dispatcher.wait_for_empty_queue(file.agent)
    assert len(dispatcher.results[task.id]) == 1
    assert file.runs("begun") == 2


async def test_an_invalid_configuration_exits_with_78_and_one_line(tmp_path: Path, broker_url: str) -> None:
    file = AgentFile(tmp_path, "pass")
    for settings in (
        {"amqp_url": broker_url.rsplit("/", 1)[0] + "/no-such-vhost"},
        {"amqp_url": "http://secret@nowhere"},
        {"amqp_ur": "misspelt"},
        {"fault": "after_lunch:kill"},
    ):
        async with file.process(broker_url, **settings) as process:
            _, errors = await in_time(process.communicate())
            lines = [line for line in errors.decode().splitlines() if not line.startswith("{")]
            assert process.returncode == 78, settings
            assert len(lines) == 1
            assert "secret" not in errors.decode()


@pytest.mark.parametrize("text", ["x = 1", "import no_such_module_anywhere", "def broken("])
def test_a_file_without_an_agent_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.py"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"other\.py"):
        load_agents(path)
