"""Running an agent without a broker, for its tests."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from creatorflow_contracts.v1.work import AgentResult, AgentTask, CoordinationInfo, TaskContext

from .agents.agent import Agent
from .agents.entrypoint import load_agents
from .agents.outcome import perform_async, perform_plain, timed_out, unsupported_version
from .agents.work_context import Work

INSTANCE = "test"


def load_agent(file: Path) -> Agent:
    """Load the agent that a file defines, as `creatorflow agent run` loads it.

    Raises ConfigurationError if there is none, ValueError if there are several.
    """
    agents = load_agents(file)
    if len(agents) > 1:
        raise ValueError(f"{file} defines {len(agents)} agents: import the one that you mean")
    return agents[0]


def make_task(agent: Agent, text: str, *, requirements: Sequence[str] = (), timeout_ms: int | None = None) -> AgentTask:
    """Return a task for `agent` as the orchestrator would dispatch it for a request of one step."""
    saga = uuid.uuid4()
    return AgentTask(
        id=uuid.uuid5(saga, "task"),
        correlation_id=saga,
        agent=agent.name,
        step="task",
        type="primary",
        description=text,
        requirements=tuple(requirements) or (text[:4096],),
        timeout_ms=timeout_ms or agent.card.default_timeout_ms,
        context=TaskContext(
            original_request=text,
            coordination_info=CoordinationInfo(pattern="parallel", deadline=datetime.now(UTC) + timedelta(days=1)),
        ),
    )


async def run_task(agent: Agent, task: AgentTask | str) -> AgentResult:
    """Run `agent` on one task, or a text as the task, in this process; returns the result that it would have sent."""
    if isinstance(task, str):
        task = make_task(agent, task)
    refused = unsupported_version(task, INSTANCE)
    if refused is not None:
        return refused
    work = Work(task)
    if agent.is_async:
        performing = asyncio.ensure_future(perform_async(agent, task, work, INSTANCE))
    else:
        performing = asyncio.ensure_future(asyncio.to_thread(perform_plain, agent, task, work, INSTANCE))
    await asyncio.wait({performing}, timeout=task.timeout_ms / 1000)
    if performing.done():
        return performing.result()
    work.cancel()
    performing.cancel()
    await asyncio.gather(performing, return_exceptions=True)
    return timed_out(task, INSTANCE, task.timeout_ms)
