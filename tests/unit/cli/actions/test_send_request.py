"""The address of a request's trace is printed only where a trace is recorded and can be opened."""

from __future__ import annotations

from uuid import uuid4

import pytest
from creatorflow.cli.actions import send_request
from creatorflow.cli.actions.send_request import trace_fields, trace_line
from creatorflow.client import Run, request_message
from creatorflow.client.connection import ClientConnection
from creatorflow.settings import ConfigurationError, Settings

TRACE = uuid4().hex
PAGE = "http://localhost:16686/trace/{trace_id}"


@pytest.fixture
async def run() -> Run:
    submitted = Run(ClientConnection("amqp://localhost/", "test", 0.0), request_message("x"))
    submitted.trace_id = TRACE
    return submitted


async def test_the_trace_address_is_printed_if_the_environment_configures_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREATORFLOW_TRACE_URL", PAGE)
    assert trace_line(run) == f"trace http://localhost:16686/trace/{TRACE}"
    assert trace_fields(run) == {"trace_id": TRACE, "trace_url": f"http://localhost:16686/trace/{TRACE}"}


async def test_without_a_configured_address_only_a_recording_command_prints_the_trace_id(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trace_line(run) is None
    monkeypatch.setattr(send_request, "is_recording", lambda: True)
    assert trace_line(run) == f"trace {TRACE}"
    assert trace_fields(run) == {"trace_id": TRACE}


async def test_an_unsampled_trace_is_not_mentioned(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORFLOW_TRACE_URL", PAGE)
    run.trace_id = None
    assert (trace_line(run), trace_fields(run)) == (None, {})


def test_a_trace_address_without_a_placeholder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORFLOW_TRACE_URL", "http://localhost:16686/trace/")
    with pytest.raises(ConfigurationError, match=r"CREATORFLOW_TRACE_URL.*\{trace_id\}"):
        Settings.load()
    monkeypatch.setenv("CREATORFLOW_TRACE_URL", PAGE)
    assert Settings.load().trace_url == PAGE
