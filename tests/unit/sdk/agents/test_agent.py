"""An agent without a broker: the arguments, results and exceptions of its function."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from creatorflow import (
    Agent,
    AgentTask,
    Capability,
    DependencyMissing,
    GiveUp,
    RetryLater,
    SpecialistOutput,
    Work,
    agent,
)
from creatorflow.testing import make_task, run_task
from creatorflow_contracts.v1.output import Statement
from pydantic import ValidationError


def make(handler: Any) -> Agent:
    return agent(name="an-agent", summary="Tests.")(handler)


@agent(
    name="gift-wrapping-agent",
    summary="Plans gift wrapping.",
    expertise=["paper", "ribbons"],
    vocabulary={"gifts": {"gift wrap": 3, "ribbon": 1.5}},
    capabilities={"gift-wrapping": "How to wrap what was ordered."},
    timeout_s=3,
)
async def gift_wrapping(task: AgentTask, work: Work) -> SpecialistOutput:
    work.record(engine="hands", capabilities=("gift-wrapping",))
    return SpecialistOutput(technical_specifications=(Statement(text=f"Wrap: {task.description}", answers=(0,)),))


async def test_an_agent_in_one_file_returns_a_result() -> None:
    result = await run_task(gift_wrapping, "a mug")
    assert result.success
    assert result.output == {"technical_specifications": [{"text": "Wrap: a mug", "answers": [0]}]}
    assert (result.agent, result.attempt, result.metadata.engine) == ("gift-wrapping-agent", 1, "hands")


def test_the_card_has_the_declared_fields() -> None:
    card = gift_wrapping.card
    assert (card.name, card.group, card.default_timeout_ms) == ("gift-wrapping-agent", "custom", 3000)
    assert card.domains == ("gifts",)
    assert card.capabilities == (Capability(name="gift-wrapping", description="How to wrap what was ordered."),)


@pytest.mark.parametrize("name", ["", "Gift Wrapping", "a.b", "gift*", "x" * 300])
def test_a_name_that_is_invalid_for_a_queue_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        agent(name=name, summary="x")


def test_a_handler_with_a_wrong_signature_is_refused_at_construction() -> None:
    def takes_nothing() -> dict[str, Any]:
        return {}

    for handler in (takes_nothing, dict):
        with pytest.raises(TypeError, match="handler"):
            make(handler)


@pytest.mark.parametrize(
    ("returned", "output"),
    [
        ({"summary": "s", "code_examples": [{"path": "a.py", "language": "python", "text": "1"}]},
         {"summary": "s", "code_examples": [{"path": "a.py", "language": "python", "text": "1"}]}),
        ({"anything": [1, {"deep": True}]}, {"data": {"anything": [1, {"deep": True}]}}),
        ({}, {"data": {}}),
        (SpecialistOutput(summary="s"), {"summary": "s"}),
    ],
    ids=["sections", "data", "nothing", "model"],
)  # fmt: skip
async def test_a_handler_may_return_an_object_or_a_result(returned: Any, output: dict[str, Any]) -> None:
    async def returns(task: AgentTask) -> Any:
        return returned

    assert (await run_task(make(returns), "x")).output == output


def nested(levels: int) -> Any:
    return {} if not levels else {"in": nested(levels - 1)}


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "text",
        [1],
        {1: 2},
        {"summary": "s", "code_exampels": []},
        {"summary": 3},
        {"number": math.inf},
        {"number": math.nan},
        {"text": "a\x00b"},
        {"object": object()},
        {"text": "x" * 2_000_000},
        {"deep": nested(40)},
        {"many": {str(n): n for n in range(20_000)}},
        {"surrogate": "\ud800"},
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else str(next(iter(value))),
)
async def test_an_output_that_cannot_be_serialized_is_the_agents_failure(returned: Any) -> None:
    def returns(task: AgentTask) -> Any:
        return returned

    result = await run_task(make(returns), "x")
    assert not result.success
    assert result.error is not None
    assert result.error.type == "validation_error"
    assert "xxxx" not in result.error.message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryLater("busy", after=2.5), ("retryable", "busy", 2500, None)),
        (RetryLater(after=timedelta(minutes=1)), ("retryable", "try again later", 60_000, None)),
        (RetryLater(), ("retryable", "try again later", None, None)),
        (GiveUp("cannot"), ("permanent", "cannot", None, None)),
        (DependencyMissing("id_type", "no id type"), ("dependency_missing", "no id type", None, "id_type")),
        (ValueError("odd"), ("unknown", "ValueError: odd", None, None)),
        (KeyboardInterrupt(), ("unknown", "KeyboardInterrupt", None, None)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_an_exception_of_a_handler_is_reported(
    error: BaseException, expected: tuple[object, ...], kind: str
) -> None:
    def fails(task: AgentTask) -> dict[str, Any]:
        raise error

    async def fails_async(task: AgentTask) -> dict[str, Any]:
        return fails(task)

    result = await run_task(make(fails_async if kind == "async" else fails), "x")
    assert result.error is not None
    message, _, place = result.error.message.rpartition(" (")
    assert place.startswith(f"{Path(__file__).name}:")
    assert (result.error.type, message, result.error.retry_after_ms, result.error.missing) == expected


async def test_a_long_message_is_cut() -> None:
    def fails(task: AgentTask) -> dict[str, Any]:
        raise ValueError("x" * 100_000)

    result = await run_task(make(fails), "x")
    assert result.error is not None
    assert len(result.error.message) <= 1000


def test_a_missing_dependency_is_named() -> None:
    with pytest.raises(ValueError, match="names"):
        DependencyMissing("Not A Name")


@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_work_beyond_its_time_limit_is_a_timeout(kind: str) -> None:
    async def waits(task: AgentTask) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    def checks(task: AgentTask, work: Work) -> dict[str, Any]:
        while not work.cancelled:
            time.sleep(0.01)
        return {}

    testing = make(waits if kind == "async" else checks)
    result = await run_task(testing, make_task(testing, "x", timeout_ms=100))
    assert result.error is not None
    assert result.error.type == "timeout"


async def test_a_sender_that_cannot_read_results_is_reported() -> None:
    task = make_task(gift_wrapping, "x").model_copy(update={"accepts": (2,)})
    result = await run_task(gift_wrapping, task)
    assert result.error is not None
    assert result.error.type == "permanent"


async def test_an_object_with_an_async_call_is_a_handler() -> None:
    class Wraps:
        async def __call__(self, task: AgentTask) -> dict[str, Any]:
            return {"summary": "called"}

    assert (await run_task(make(Wraps()), "x")).output == {"summary": "called"}


async def test_a_value_beside_the_sections_of_an_output_is_refused_with_the_place_for_it() -> None:
    result = await run_task(make(lambda task: {"summary": "priced", "price": 3}), "x")
    assert result.error is not None
    assert "no such section of an output: price; put values of your own under `data`" in result.error.message
