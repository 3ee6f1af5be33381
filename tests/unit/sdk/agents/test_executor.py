"""The time at which the outcome of an agent's work is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from creatorflow import Agent, AgentTask, agent
from creatorflow.agents.executor import HandlerRun
from creatorflow.testing import make_task
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.unit.sdk.test_telemetry import incoming


@agent(name="plain-agent", summary="Tests.")
def plain(task: AgentTask) -> dict[str, object]:
    return {"summary": "done"}


@agent(name="async-agent", summary="Tests.")
async def asynchronous(task: AgentTask) -> dict[str, object]:
    return {"summary": "done"}


@pytest.mark.parametrize("worker", [plain, asynchronous])
async def test_a_result_is_reported_only_after_the_parent_spans_of_its_publish(
    worker: Agent, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = HandlerRun(worker, make_task(worker, "a mug"), incoming(), "one")
    reported: list[list[str]] = []
    resolve: Callable[..., None] = run._resolve

    def record(future: asyncio.Future[Any], value: Any) -> None:
        reported.append([span.name.split(" ")[0] for span in spans.get_finished_spans()])
        resolve(future, value)

    monkeypatch.setattr(run, "_resolve", record)
    if worker.is_async:
        run.start_async()
    else:
        run.perform_plain()
    assert (await run.outcome).label == "succeeded"
    assert reported == [[], ["process", "invoke_agent"]]
