"""Requests as a person finds them again: by the beginning of an id, by state, by age, plans apart from runs."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from creatorflow.cli.text import clean

from tests.integration.plans import ENDLESS, THREE
from tests.system.processes import System

from .commands import Commands

REQUEST = "Find this request again"


@pytest.fixture
def cli(shared_system: System, tmp_path: Path) -> Commands:
    made = Commands(shared_system.broker_url, tmp_path)
    made.file("plan.json", THREE)
    made.file("endless.json", ENDLESS)
    return made


def submitted(cli: Commands, plan: str = "plan.json", id: UUID | None = None) -> str:
    """The id of a request that was accepted."""
    done = cli.run("submit", REQUEST, "--plan", plan, "--no-wait", "--id", str(id or uuid4()))
    assert done.code == 0, done.err
    return done.out.strip()


def beginning(like: str, digit: str) -> UUID:
    """An id that has a beginning in common with others, and differs in the next digit."""
    return UUID(f"{like}{digit}{uuid4().hex[10:]}")


def ids(cli: Commands, *options: str) -> set[str]:
    return {line["correlation_id"] for line in cli.run("list", "--json", "--limit", "1000", *options).lines}


def test_every_command_takes_the_beginning_of_a_request_id(cli: Commands) -> None:
    request = submitted(cli, "endless.json")
    short = request[:13]
    assert cli.run("result", short).code == 4
    assert cli.run("history", short, "--json").lines == cli.run("history", request, "--json").lines
    assert cli.run("step", "skip", short, "nosuch", "--json").lines[-1]["code"] == "STEP_UNKNOWN"
    assert cli.run("quarantine", "list", "--request", short).code == 0
    assert cli.run("cancel", short.upper(), "--json").lines[-1]["correlation_id"] == request
    assert cli.run("watch", short).code == 5
    assert cli.run("result", short, "--json").lines[-1]["correlation_id"] == request


def test_a_beginning_that_several_ids_share_is_refused_with_the_candidates_and_nothing_is_done(cli: Commands) -> None:
    like = uuid4().hex[:9]
    first, second = (submitted(cli, "endless.json", beginning(like, digit)) for digit in "01")
    refused = cli.run("cancel", like)
    assert refused.code == 2 and "ID_AMBIGUOUS" in refused.err
    reported = " ".join(refused.err.split())
    assert f"{first} ({REQUEST})" in reported and f"{second} ({REQUEST})" in reported
    assert {first, second} <= ids(cli, "--status", "running")
    for request in (first, second):
        assert cli.run("cancel", request).code == 0


def test_many_candidates_are_listed_up_to_a_bound(cli: Commands) -> None:
    like = uuid4().hex[:9]
    for digit in "0123456":
        submitted(cli, id=beginning(like, digit))
    refused = cli.run("history", like)
    assert refused.code == 2 and "more than 5 requests" in refused.err and "and others" in refused.err
    assert " ".join(refused.err.split()).count(REQUEST) == 5


@pytest.mark.parametrize("command", [("watch",), ("result",), ("cancel",), ("history",)])
def test_a_beginning_that_no_id_has_is_an_unknown_request(cli: Commands, command: tuple[str, ...]) -> None:
    done = cli.run(*command, "00000000ffff", "--json")
    assert (done.code, done.lines[-1]["code"]) == (5, "UNKNOWN_SAGA")


def test_messages_in_quarantine_are_named_by_the_beginning_of_their_id_too(cli: Commands) -> None:
    for command in (("show",), ("redrive",), ("drop", "--yes")):
        done = cli.run("quarantine", *command, "ffffffffffff", "--json")
        assert (done.code, done.lines[-1]["code"]) == (5, "QUARANTINE_UNKNOWN")


def test_plans_are_told_from_runs(cli: Commands) -> None:
    request, plans = submitted(cli), ids(cli, "--plans")
    assert cli.run("plan", "Design the database schema").code == 0
    (plan,) = ids(cli, "--plans") - plans
    runs = ids(cli, "--runs")
    assert request in runs and plan not in runs


def test_a_list_is_of_some_states_and_of_what_was_submitted_since(cli: Commands) -> None:
    running, done = submitted(cli, "endless.json"), submitted(cli)
    assert cli.run("watch", done).code == 0
    assert {running, done} & ids(cli, "--status", "running") == {running}
    assert {running, done} <= ids(cli, "--status", "running,failed", "--status", "completed", "--since", "1h")
    nothing = cli.run("list", "--since", "2999-01-01")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no request matches\n")
    assert cli.run("cancel", running).code == 0


def test_the_list_on_a_terminal_of_80_columns_shows_ids_that_a_command_takes(cli: Commands) -> None:
    request = submitted(cli)
    assert cli.run("watch", request).code == 0
    rows = [line.rstrip() for line in clean(cli.on_a_terminal("list", width=80)).splitlines()]
    assert max(map(len, rows)) <= 80
    row = next(line for line in rows if request.startswith(line.split()[0]))
    assert re.search(rf"completed +run +\d\d-\d\d \d\d:\d\d  {REQUEST}$", row)
    assert cli.run("result", row.split()[0]).code == 0


def test_a_pasted_list_and_a_piped_file_are_requests(cli: Commands) -> None:
    text = "- Design the database schema\n- Automate shipping labels"
    pasted = cli.run("submit", text, "--no-wait", "--json")
    piped = cli.run("submit", "--no-wait", "--json", stdin=text)
    assert (pasted.code, piped.code) == (0, 0)
    assert pasted.lines[0]["request"] == piped.lines[0]["request"] == text
    assert cli.run("plan", text).code == 0 and cli.run("plan", "--json", stdin=text).code == 0
