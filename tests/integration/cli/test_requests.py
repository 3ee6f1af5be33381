"""Finding requests again: by the prefix of an id, by status, by age, plans apart from runs."""

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


def submit(cli: Commands, plan: str = "plan.json", id: UUID | None = None) -> str:
    """Submits a request; returns its id."""
    done = cli.run("submit", REQUEST, "--plan", plan, "--no-wait", "--id", str(id or uuid4()))
    assert done.code == 0, done.err
    return done.out.strip()


def id_with(prefix: str, digit: str) -> UUID:
    """An id with a prefix in common with others, and the given next digit."""
    return UUID(f"{prefix}{digit}{uuid4().hex[10:]}")


def ids(cli: Commands, *options: str) -> set[str]:
    return {line["correlation_id"] for line in cli.run("list", "--json", "--limit", "1000", *options).lines}


def test_every_command_accepts_a_prefix_of_a_request_id(cli: Commands) -> None:
    request = submit(cli, "endless.json")
    short = request[:13]
    assert cli.run("result", short).code == 4
    assert cli.run("history", short, "--json").lines == cli.run("history", request, "--json").lines
    assert cli.run("step", "skip", short, "nosuch", "--json").lines[-1]["code"] == "STEP_UNKNOWN"
    assert cli.run("quarantine", "list", "--request", short).code == 0
    assert cli.run("cancel", short.upper(), "--json").lines[-1]["correlation_id"] == request
    assert cli.run("watch", short).code == 5
    assert cli.run("result", short, "--json").lines[-1]["correlation_id"] == request


def test_an_ambiguous_prefix_is_refused_with_the_candidates_and_nothing_is_done(cli: Commands) -> None:
    prefix = uuid4().hex[:9]
    first, second = (submit(cli, "endless.json", id_with(prefix, digit)) for digit in "01")
    refused = cli.run("cancel", prefix)
    assert refused.code == 2 and "ID_AMBIGUOUS" in refused.err
    message = " ".join(refused.err.split())
    assert f"{first} ({REQUEST})" in message and f"{second} ({REQUEST})" in message
    assert {first, second} <= ids(cli, "--status", "running")
    for request in (first, second):
        assert cli.run("cancel", request).code == 0


def test_many_candidates_are_listed_up_to_a_bound(cli: Commands) -> None:
    prefix = uuid4().hex[:9]
    for digit in "0123456":
        submit(cli, id=id_with(prefix, digit))
    refused = cli.run("history", prefix)
    assert refused.code == 2 and "more than 5 requests" in refused.err and "and others" in refused.err
    assert " ".join(refused.err.split()).count(REQUEST) == 5


@pytest.mark.parametrize("command", [("watch",), ("result",), ("cancel",), ("history",)])
def test_a_prefix_of_no_id_is_an_unknown_request(cli: Commands, command: tuple[str, ...]) -> None:
    done = cli.run(*command, "00000000ffff", "--json")
    assert (done.code, done.lines[-1]["code"]) == (5, "UNKNOWN_SAGA")


def test_quarantine_commands_accept_prefixes_of_ids_too(cli: Commands) -> None:
    for command in (("show",), ("redrive",), ("drop", "--yes")):
        done = cli.run("quarantine", *command, "ffffffffffff", "--json")
        assert (done.code, done.lines[-1]["code"]) == (5, "QUARANTINE_UNKNOWN")


def test_list_separates_plans_from_runs(cli: Commands) -> None:
    request, plans = submit(cli), ids(cli, "--plans")
    assert cli.run("plan", "Design the database schema").code == 0
    (plan,) = ids(cli, "--plans") - plans
    runs = ids(cli, "--runs")
    assert request in runs and plan not in runs


def test_list_filters_by_status_and_by_age(cli: Commands) -> None:
    running, done = submit(cli, "endless.json"), submit(cli)
    assert cli.run("watch", done).code == 0
    assert {running, done} & ids(cli, "--status", "running") == {running}
    assert {running, done} <= ids(cli, "--status", "running,failed", "--status", "completed", "--since", "1h")
    nothing = cli.run("list", "--since", "2999-01-01")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no request matches\n")
    assert cli.run("cancel", running).code == 0


def test_ids_of_a_list_in_80_columns_are_accepted_by_commands(cli: Commands) -> None:
    request = submit(cli)
    assert cli.run("watch", request).code == 0
    rows = [line.rstrip() for line in clean(cli.on_a_terminal("list", width=80)).splitlines()]
    assert max(map(len, rows)) <= 80
    row = next(line for line in rows if request.startswith(line.split()[0]))
    assert re.search(rf"completed +run +\d\d-\d\d \d\d:\d\d  {REQUEST}$", row)
    assert cli.run("result", row.split()[0]).code == 0


def test_a_pasted_list_and_piped_text_are_accepted_as_requests(cli: Commands) -> None:
    text = "- Design the database schema\n- Automate shipping labels"
    pasted = cli.run("submit", text, "--no-wait", "--json")
    piped = cli.run("submit", "--no-wait", "--json", stdin=text)
    assert (pasted.code, piped.code) == (0, 0)
    assert pasted.lines[0]["request"] == piped.lines[0]["request"] == text
    assert cli.run("plan", text).code == 0 and cli.run("plan", "--json", stdin=text).code == 0
