"""Sagas as text in the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from creatorflow_orchestrator.core.plan import Concern
from creatorflow_orchestrator.core.saga.machine import advance, wake_at
from creatorflow_orchestrator.core.state.commands import Conclude, DispatchTask
from creatorflow_orchestrator.core.state.events import TaskSucceeded, Ticked
from creatorflow_orchestrator.core.state.saga_state import Attempt, SagaStatus
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode, encode

FLAT = (Path(__file__).parents[3] / "golden" / "states" / "flat-attempts.json").read_text("utf-8")
"""A state of the previous format, in which a step had its attempt's fields: steps open, claimed, retrying, waiting."""
READ = (Path(__file__).parents[3] / "golden" / "states" / "reading.json").read_text("utf-8")
"""A state of this format, planned from words: its definition has the reading, its steps what concerns them."""
MIDDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_unreadable_state_is_refused_without_showing_the_request() -> None:
    with pytest.raises(ValueError, match="cannot be read by this release") as raised:
        decode('{"saga": {"definition": {"request": "the secret of our shop"}}}')
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_broken_state_of_this_format_is_not_taken_for_the_previous_one() -> None:
    with pytest.raises(ValueError, match=r"cannot be read by this release: int_parsing$"):
        decode(encode(decode(FLAT)).replace('"number":2', '"number":"two"'))


def test_a_saga_keeps_the_reading_of_its_request_and_what_concerns_each_step() -> None:
    record = decode(READ)
    saga = record.saga
    reading = saga.definition.reading
    assert reading is not None and json.loads(encode(record)) == json.loads(READ)
    step = saga.plan.step("shipping")
    assert [reading.asks[position].text for position in step.requirements] == ["print 20 labels a day with DHL"]
    assert [reading.facts[position].text for position in step.concern.facts] == ["20 labels a day", "DHL", "EU"]
    assert [reading.exclusions[position].text for position in step.concern.exclusions] == ["No charts"]


def test_a_state_of_the_previous_format_is_read_completely() -> None:
    record = decode(FLAT)
    steps = record.saga.steps
    assert steps["s0"].attempt == Attempt(
        "agent-b",
        60_000,
        ("The last answer was refused: the field go is missing",),
        number=2,
        task_id=UUID("ab1c4d8d-b23b-56cc-b794-85e25d043143"),
        dispatched_at=MIDDAY + timedelta(seconds=4.394),
        check_at=MIDDAY + timedelta(seconds=19.394),
    )
    assert steps["s1"].attempt.claimed_by == "agent-c-first"
    assert steps["s1"].attempt.silent_at == MIDDAY + timedelta(seconds=47.865)
    assert (steps["s2"].attempt.digest, steps["s2"].recoveries[0].attempt) == ("unknown None", 1)
    assert steps["last"].attempt == Attempt("agent-a", 120_000)
    assert wake_at(record.saga) == steps["s2"].attempt.retry_at == MIDDAY + timedelta(seconds=5.777)
    assert record.reply_to == "amq.rabbitmq.reply-to.someone"
    assert record.saga.definition.reading is None and record.saga.plan.step("s0").concern == Concern()


def test_an_open_saga_of_the_previous_format_continues_to_its_end() -> None:
    saga = decode(FLAT).saga
    saga, commands = advance(saga, Ticked(MIDDAY + timedelta(seconds=6)))
    (again,) = [command for command in commands if isinstance(command, DispatchTask)]
    assert (again.step, again.attempt, again.agent) == ("s2", 2, "agent-d")
    for number, name in enumerate(("s0", "s1", "s2", "last")):
        saga = decode(encode(SagaRecord(saga))).saga
        attempt = saga.steps[name].attempt
        assert attempt.task_id is not None
        at = MIDDAY + timedelta(seconds=10 + number)
        saga, commands = advance(saga, TaskSucceeded(at, attempt.task_id, attempt.agent, f"answer of {name}", {}))
    assert saga.status is SagaStatus.COMPLETED
    assert any(isinstance(command, Conclude) for command in commands)
