"""The README is true: its commands are run, its Python runs, its agent answers, its commands exist."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product, takewhile
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from creatorflow_contracts import Delivery, RequestSubmitted, admit

from tests.integration.orchestrator.amqp_client import ask, connected
from tests.markdown import read
from tests.system.processes import ROOT, System
from tests.waiting import patient, until

README = (ROOT / "README.md").read_text()
DOCUMENT = read(README)
BIN = Path(sys.executable).parent
AGENTS = ("shipping-automation-specialist", "order-workflow-specialist", "database-specialist", "ui-ux-specialist")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [text for name, text in DOCUMENT.fences if name == language]


MAKE, CONTAINERS, COMMANDS, NEW_AGENT = blocks("sh")
PROGRAM, AGENT = blocks("python")


@pytest.fixture(scope="module")
def running(module_broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """An orchestrator and the agents that the README's requests need."""
    system = System(module_broker_url, tmp_path_factory.mktemp("readme"))
    system.orchestrator()
    system.agents(*AGENTS)
    yield system
    system.stop()


def run(system: System, command: str | list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as a reader would, in an empty folder."""
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "CREATORFLOW_AMQP_URL": system.broker_url, **settings}
    shell = isinstance(command, str)
    return subprocess.run(
        command, shell=shell, env=env, cwd=system.folder, capture_output=True, text=True, timeout=patient(), check=False
    )


@pytest.mark.parametrize("line", COMMANDS.splitlines(), ids=lambda line: " ".join(line.split()[:2]))
def test_every_command_of_the_readme_runs(running: System, line: str) -> None:
    done = run(running, line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_the_commands_of_make_exist(running: System) -> None:
    for line in MAKE.splitlines():
        command = line.split("#")[0].split()
        assert run(running, [*command, "-n", "-C", str(ROOT)]).returncode == 0, line


def test_the_program_of_the_readme_prints_events_and_a_result(running: System) -> None:
    done = run(running, [sys.executable, "-c", PROGRAM])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "1 accepted "
    assert done.stdout.splitlines()[-1].startswith("True ")


def test_the_message_of_the_readme_gets_a_result(running: System) -> None:
    (body,) = blocks("json")
    message = json.loads(body)
    assert isinstance(admit(Delivery(body.encode())), RequestSubmitted)
    with connected(running.broker_url) as channel:
        answer = ask(channel, "requestSubmitted", message | {"correlation_id": str(uuid4())})
    assert answer["overall_success"] is True


def test_the_agent_of_the_readme_is_chosen_by_its_vocabulary(running: System) -> None:
    file = running.folder / "gifts.py"
    file.write_text(AGENT)
    env = {**os.environ, "CREATORFLOW_AMQP_URL": running.broker_url}
    with subprocess.Popen([str(BIN / "creatorflow"), "agent", "run", str(file)], env=env, cwd=running.folder) as agent:
        try:
            until(lambda: "gift-wrapping-agent" in run(running, "creatorflow agents --json").stdout, "its card")
            done = run(running, "creatorflow submit --json 'Gift wrap every order, with tape'")
        finally:
            agent.terminate()
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["overall_success"] is True
    assert [step["agent"] for step in result["execution_summary"]["steps"]] == ["gift-wrapping-agent"]
    assert agent.returncode == 0


def test_the_new_agent_of_the_readme_passes_its_test_and_its_container_is_in_its_compose_file(running: System) -> None:
    new_and_test, up = NEW_AGENT.splitlines()
    done = run(running, new_and_test)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    (file,) = re.findall(r"-f (\S+/compose.yaml)", up)
    services = yaml.safe_load((running.folder / file).read_text())["services"]
    assert up.partition("#")[0].split()[-1] in services


def test_the_containers_that_the_readme_names_are_in_the_compose_file() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    named = re.findall(r"^docker compose exec (\S+) ", CONTAINERS, re.MULTILINE)
    assert named
    assert set(named) <= set(services)


def in_line(program: str) -> list[list[str]]:
    """The commands of a program within the text and its tables, up to their first argument; `a|b` is two of them."""
    found = []
    for code in DOCUMENT.codes:
        words = code.replace("\\|", "|").split()
        if words[0] == program and len(words) > 1:
            fixed = takewhile(lambda word: re.fullmatch(r"[a-z|-]+", word) and not word.startswith("-"), words)
            found += [list(command) for command in product(*(word.split("|") for word in fixed))]
    return found


def test_every_command_within_the_text_exists(running: System) -> None:
    commands = in_line("creatorflow")
    assert ["creatorflow", "quarantine", "redrive"] in commands
    for command in commands:
        done = run(running, [*command, "--help"])
        assert done.returncode == 0, command
        assert f"Usage: {' '.join(command)} " in done.stdout


def test_every_goal_of_make_within_the_text_exists(running: System) -> None:
    goals = in_line("make")
    assert ["make", "test-all"] in goals
    for goal in goals:
        done = run(running, [*goal, "-n", "-C", str(ROOT)])
        assert done.returncode == 0, goal
        assert "Nothing to be done" not in done.stdout, goal  # a folder of that name, not a goal


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150
