"""Step commands, cancels and reports of failures, against the real orchestrator, agents and broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import System
from tests.waiting import patient

from .commands import Commands

UNKNOWN_ID = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
REQUEST = "Wrap every order"
WRAP = {"id": "wrap", "agent": "gift-wrapping-agent", "description": "Wrap a live cat", "depends_on": ["database"]}
SEND = {"id": "send", "agent": "shipping-automation-specialist", "depends_on": ["wrap"]}
DATABASE = {"id": "database", "agent": "database-specialist"}
PARALLEL = {"id": "beside", "agent": "order-workflow-specialist"}
CATS = {"steps": [DATABASE, WRAP, SEND, PARALLEL]}
AGENT = """
from creatorflow import GiveUp, agent


@agent(name="gift-wrapping-agent", summary="Plans gift wrapping.")
def wrap(task):
    if "live cat" in task.description:
        raise GiveUp("cats are not wrapped")
    return {"summary": "with a bow"}
"""


@pytest.fixture(scope="module")
def cli(shared_system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The command line, in a folder with plans, and an own agent that gives up on cats."""
    made = Commands(shared_system.broker_url, tmp_path_factory.mktemp("cli"))
    made.file("cats.json", CATS)
    made.file("gifts.py", AGENT)
    with made.start("agent", "run", "gifts.py") as child:
        assert child.stderr is not None
        for line in child.stderr:
            if "agents_ready" in line:
                break
        yield made
        child.terminate()
        child.communicate(timeout=patient())


def submit_until_parked(cli: Commands) -> str:
    """Submits a request and waits until one step is parked and all others are done; returns its id."""
    with cli.start("submit", REQUEST, "--plan", "cats.json", "--on-failure", "park") as watching:
        assert watching.stderr is not None
        progress = [line.strip() for line in _until(watching.stderr, "do it yourself")]
        watching.terminate()
        watching.communicate(timeout=patient())
    saga = next(line.split()[1] for line in progress if line.startswith("request "))
    assert any("wrap  parked" in line and "cats are not wrapped" in line for line in progress)
    assert progress[-3].endswith(f"creatorflow step retry {saga} wrap [--agent AGENT]")
    return saga


def _until(stream: Any, text: str) -> Iterator[str]:
    for line in stream:
        yield line
        if text in line:
            return
    raise AssertionError(f"{text!r} was not printed")


def test_a_parked_step_is_retried_by_another_agent_and_the_request_goes_on(cli: Commands) -> None:
    saga = submit_until_parked(cli)
    listed = next(line for line in cli.run("list").out.splitlines() if line.startswith(saga))
    assert "running, 1 parked" in listed
    assert [line["parked"] for line in cli.run("list", "--json").lines if line["correlation_id"] == saga] == [["wrap"]]
    unfinished = cli.run("result", saga)
    assert unfinished.code == 4 and "STEP_PARKED" in unfinished.err and "step complete" in unfinished.err
    retried = cli.run("step", "retry", saga, "wrap", "--agent", "order-workflow-specialist", "--reason", "a person")
    assert retried.code == 0 and retried.out.startswith("wrap: open at order-workflow-specialist (attempt 2)")
    watched = cli.run("watch", saga, "--out", "result")
    assert watched.code == 0
    assert "wrap  instructed: retry by order-workflow-specialist: a person" in watched.err
    assert "recovery: wrap: permanent, then park" in watched.out
    assert "creatorflow step" not in watched.err, "no hint for a step that is resolved"
    text = (cli.folder / "result" / "PLAN.md").read_text()
    assert "order-workflow-specialist (for gift-wrapping-agent)" in text
    for command, code in (("retry", "STEP_SETTLED"), ("skip", "STEP_SETTLED")):
        refused = cli.run("step", command, saga, "wrap", "--json")
        assert (refused.code, refused.lines[-1]["code"]) == (5, code)


def test_a_parked_step_is_skipped_or_completed_by_a_person_as_the_history_records(cli: Commands) -> None:
    skipped, done = submit_until_parked(cli), submit_until_parked(cli)
    assert cli.run("step", "skip", skipped, "wrap", "--reason", "no cats").code == 0
    watched = cli.run("watch", skipped)
    assert "skipped: wrap: skipped by a person: no cats" in watched.out

    cli.file("output.yaml", "summary: by hand\ndata: {bow: true}\n")
    assert cli.run("step", "complete", done, "wrap", "--output", "output.yaml").code == 0
    assert cli.run("watch", done).code == 0

    events = cli.run("history", done, "--json").lines
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    lines = cli.run("history", done, "--follow").out.splitlines()
    assert len(lines) == len(events) + 1 and lines[-1].split()[2] == "completed"
    entries = {line.split()[2]: line for line in lines[1:]}
    assert entries["recovery_decided"].endswith("permanent, then park: the agent says that trying again is of no use")
    assert entries["step_instructed"].rstrip().endswith("complete")
    assert cli.run("history", done, "--after", "5", "--json").lines == events[5:]


def test_an_invalid_step_command_is_refused_with_its_code(cli: Commands) -> None:
    saga = submit_until_parked(cli)
    cli.file("list.json", "[1]")
    cli.file("twice.json", '{"a": 1, "a": 2}')
    (cli.folder / "binary.json").write_bytes(b"\xff\xfe\x00")
    for arguments, stdin, code, problem in (
        (("retry", saga, "nonsense"), "", 5, "STEP_UNKNOWN"),
        (("retry", UNKNOWN_ID, "wrap"), "", 5, "UNKNOWN_SAGA"),
        (("complete", saga, "wrap", "--output", "list.json"), "", 2, "USAGE"),
        (("complete", saga, "wrap", "--output", "twice.json"), "", 2, "USAGE"),
        (("complete", saga, "wrap", "--output", "binary.json"), "", 2, "USAGE"),
        (("complete", saga, "wrap", "--output", "-"), "hello", 2, "USAGE"),
    ):
        refused = cli.run("step", *arguments, "--json", stdin=stdin)
        assert (refused.code, refused.lines[-1]["code"], refused.err) == (code, problem, ""), arguments
    assert cli.run("history", UNKNOWN_ID).code == 5
    assert cli.run("step", "complete", saga, "wrap", "--output", "-", stdin='{"summary": "x"}').code == 0


def test_cancel_prints_stopped_and_kept_steps(cli: Commands) -> None:
    slow = {"id": "billing", "agent": "subscription-billing-specialist", "depends_on": ["database"]}
    cli.file("slow.json", {"steps": [DATABASE, slow, {**SEND, "depends_on": ["billing"]}]})
    with cli.start("submit", REQUEST, "--plan", "slow.json") as watching:
        assert watching.stderr is not None
        progress = list(_until(watching.stderr, "billing  sent to"))
        saga = progress[0].split()[1]
        cancelled = cli.run("cancel", saga)
        watching.communicate(timeout=patient())
    assert watching.returncode == 5 and cancelled.code == 0
    assert cancelled.out.splitlines() == [
        f"{saga} is cancelled",
        "  stopped:         billing (subscription-billing-specialist)",
        "  never started:   send (shipping-automation-specialist)",
        "  kept:            database (database-specialist)",
    ]


def test_a_step_skipped_by_its_guard_is_reported_even_if_the_request_fails(cli: Commands) -> None:
    guarded = {**PARALLEL, "depends_on": ["database"], "when": "results.database.output.summary == 'x'"}
    cli.file("guarded.yaml", json.dumps({"steps": [DATABASE, guarded, {**WRAP, "depends_on": ["beside", "database"]}]}))
    done = cli.run("submit", "--plan", "guarded.yaml", "--out", "failed")
    assert done.code == 1
    assert "skipped: beside: its guard does not hold: summary of step database is " in done.out
    text = (cli.folder / "failed" / "PLAN.md").read_text()
    assert "skipped: its guard does not hold" in text and "permanent, then give up" in text


def test_compensations_of_a_failed_request_are_reported(cli: Commands) -> None:
    done = {**DATABASE, "compensate": "order-workflow-specialist"}
    cli.file("undone.json", {"steps": [done, WRAP]})
    failed = cli.run("submit", REQUEST, "--plan", "undone.json", "--out", "undone")
    assert failed.code == 1 and failed.out.startswith("failed in ") and "1 of 2 steps" in failed.out
    assert "compensated: undo-database by order-workflow-specialist" in failed.out
    assert "compensating: step wrap failed" in failed.err and "compensating database" in failed.err
    text = (cli.folder / "undone" / "PLAN.md").read_text()
    assert "- `undo-database` by order-workflow-specialist: done" in text and "s0 -. undo .-> s2" in text


def test_at_the_load_limit_submit_exits_with_75_and_a_time_to_retry(broker_url: str, tmp_path: Path) -> None:
    system = System(broker_url, tmp_path)
    try:
        system.orchestrator(CREATORFLOW_MAX_OPEN_SAGAS="1")
        cli = Commands(broker_url, tmp_path)
        cli.file("plan.json", {"steps": [DATABASE]})
        first = cli.run("submit", REQUEST, "--plan", "plan.json", "--timeout", "1")
        assert first.code == 4
        refused = cli.run("submit", "Another", "--plan", "plan.json")
        assert refused.code == 75 and "OVERLOADED" in refused.err and "retry: the same command" in refused.err
        as_json = cli.run("submit", "Another", "--plan", "plan.json", "--json")
        assert as_json.code == 75 and as_json.lines[-1]["retry_after_ms"] > 0
    finally:
        system.stop()
