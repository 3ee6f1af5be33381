"""Messages that could not be processed, as an operator finds, corrects and redrives them by the command line."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from creatorflow.client import Client, UnknownRequest

from tests.integration.orchestrator.amqp_client import connected, publish
from tests.integration.plans import THREE
from tests.system.processes import System
from tests.waiting import patient, until

from .commands import Commands

UNKNOWN_ID = "019abcde-f012-7345-8678-9abcdef01234"


@pytest.fixture
def cli(shared_system: System, tmp_path: Path) -> Commands:
    return Commands(shared_system.broker_url, tmp_path)


def quarantine_requests(cli: Commands, code: str, *bodies: bytes) -> list[str]:
    """Publishes requests that are refused at ingress; returns their ids in quarantine."""
    before = _ids(cli, code)
    with connected(cli.broker_url) as channel:
        for body in bodies:
            publish(channel, "requestSubmitted", body)
    until(lambda: len(_ids(cli, code)) == len(before) + len(bodies), "the quarantined requests")
    return [message_id for message_id in _ids(cli, code) if message_id not in before]


def _ids(cli: Commands, code: str) -> list[str]:
    async def listed() -> list[str]:
        async with Client(cli.broker_url) as client:
            return [str(item.id) async for item in client.quarantine.items(code=code)]

    return asyncio.run(listed())


def wait_for_completion(cli: Commands, saga: str) -> None:
    """Waits until a request is completed."""

    async def status() -> str:
        async with Client(cli.broker_url) as client:
            try:
                return (await client.state(UUID(saga))).status
            except UnknownRequest:
                return "unknown"

    until(lambda: asyncio.run(status()) == "completed", "the end of the request")


def misspelt_request() -> tuple[str, bytes]:
    """Returns the id and the body of a request with a misspelt field."""
    saga = str(uuid4())
    body = {"contract": "request-submitted.v1", "correlation_id": saga, "reqest": "Build orders", "plan": THREE}
    return saga, json.dumps(body).encode()


def correcting_editor(file: Path) -> str:
    """Writes a program that corrects that field in a file, as an editor would; returns its path."""
    file.write_text("#!/bin/sh\nsed -i 's/reqest/request/' \"$1\"\n")
    file.chmod(0o700)
    return str(file)


def test_quarantined_messages_are_grouped_listed_and_shown_without_terminal_sequences(cli: Commands) -> None:
    first, *_ = quarantine_requests(cli, "EMPTY_BODY", b" ", b"\n", b"  ")
    assert cli.run("quarantine", "show", first[:-1], "--json").lines[0]["id"] == first
    groups = cli.run("quarantine", "list", "--code", "empty_body", "--json").lines
    assert [(group["code"], group["count"]) for group in groups] == [("EMPTY_BODY", 3)]
    assert cli.run("quarantine", "list").out.startswith("messages  ")
    listed = cli.run("quarantine", "list", "--ids", "--code", "EMPTY_BODY", "--limit", "2")
    assert len(listed.out.splitlines()) == 3 and "more than 2" in listed.err

    (hostile,) = quarantine_requests(cli, "NOT_UTF8", b'{"a": "\xff\x1b[2J"}')
    shown = cli.run("quarantine", "show", hostile)
    assert "code      NOT_UTF8" in shown.out and "\x1b" not in shown.out and "ff 1b 5b 32 4a" in shown.out
    assert cli.run("quarantine", "show", hostile, "--body", "body.bin").code == 0
    assert (cli.folder / "body.bin").read_bytes() == b'{"a": "\xff\x1b[2J"}'
    assert UUID(cli.run("quarantine", "show", first, "--json").lines[0]["id"])


def test_a_request_corrected_in_a_file_is_redriven_and_runs(cli: Commands) -> None:
    saga, body = misspelt_request()
    (message,) = quarantine_requests(cli, "FIELD_MISSING", body)
    again = cli.run("quarantine", "redrive", message)
    assert again.code == 5 and "FIELD_MISSING" in again.out and "1 refused" in again.err
    cli.file("corrected.json", body.decode().replace("reqest", "request"))
    dry = cli.run("quarantine", "redrive", message, "--body", "corrected.json", "--dry-run")
    assert dry.code == 0 and "would be redriven" in dry.err and _ids(cli, "FIELD_MISSING") == [message]
    assert cli.run("quarantine", "redrive", message, "--body", "corrected.json").code == 0
    wait_for_completion(cli, saga)
    outcome = cli.run("quarantine", "redrive", message, "--json")
    assert (outcome.code, outcome.lines[0]["done"], outcome.lines[0]["code"]) == (5, False, "REDRIVE_REFUSED")


def test_a_request_is_corrected_in_an_editor(cli: Commands) -> None:
    saga, body = misspelt_request()
    (message,) = quarantine_requests(cli, "FIELD_MISSING", body)
    unchanged = cli.on_a_terminal("quarantine", "redrive", message, "--edit", VISUAL="true")
    assert "nothing was changed" in unchanged
    assert cli.run("quarantine", "redrive", message, "--edit").code == 2, "an editor needs a terminal"
    drawn = cli.on_a_terminal(
        "quarantine", "redrive", message, "--edit", VISUAL=correcting_editor(cli.folder / "editor")
    )
    assert "1 of 1 message redriven" in drawn
    wait_for_completion(cli, saga)


def test_drop_confirms_first_respects_limit_and_rate_and_reports_its_progress_at_ctrl_c(cli: Commands) -> None:
    quarantine_requests(cli, "NOT_JSON", *(f"hello {number}".encode() for number in range(12)))
    assert cli.run("quarantine", "drop", "--code", "NOT_JSON").code == 2, "a confirmation needs a terminal"
    assert "nothing was dropped" in cli.on_a_terminal("quarantine", "drop", "--code", "NOT_JSON", typed="n\n")
    assert "1 of 1 message dropped" in cli.on_a_terminal(
        "quarantine", "drop", "--code", "NOT_JSON", "--limit", "1", typed="y\n"
    )
    dropped = cli.run("quarantine", "drop", "--code", "NOT_JSON", "--limit", "2", "--rate", "50", "--yes", "--json")
    assert [line["done"] for line in dropped.lines] == [True, True] and dropped.code == 0

    child = cli.start("quarantine", "drop", "--code", "NOT_JSON", "--rate", "2", "--yes")
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=patient())
    assert child.returncode == 130
    done = 1 + len(out.splitlines())
    assert f"{done} of 9 messages dropped" in err and "still in quarantine" in err
    assert len(_ids(cli, "NOT_JSON")) == 9 - done
    assert cli.run("quarantine", "drop", "--code", "NOT_JSON", "--yes").code == 0
    nothing = cli.run("quarantine", "drop", "--code", "NOT_JSON", "--yes")
    assert nothing.code == 0 and "no message in quarantine matches" in nothing.err


def test_commands_for_an_unknown_message_are_refused(cli: Commands) -> None:
    for command in (("show", UNKNOWN_ID), ("redrive", UNKNOWN_ID), ("drop", UNKNOWN_ID, "--yes")):
        refused = cli.run("quarantine", *command, "--json")
        assert (refused.code, refused.lines[-1]["code"]) == (5, "QUARANTINE_UNKNOWN"), command


def test_requests_that_ended_long_ago_are_deleted(cli: Commands) -> None:
    cli.file("plan.json", THREE)
    saga = cli.run("submit", "Build orders", "--plan", "plan.json", "--json").lines[0]["correlation_id"]
    assert cli.run("prune", "--older-than", "1d").out == "0 requests deleted\n"
    counted = cli.run("prune", "--older-than", "0s", "--dry-run", "--json").lines[0]
    assert counted["dry_run"] and counted["sagas"] >= 1
    assert cli.run("prune", "--older-than", "0s").out.startswith(f"{counted['sagas']} request")
    assert cli.run("result", saga).code == 5
