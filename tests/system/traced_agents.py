"""Agents for the tests of traces: `creatorflow agent run tests/system/traced_agents.py`."""

from __future__ import annotations

from creatorflow import AgentTask, GiveUp, RetryLater, Work, agent


@agent(name="fickle-agent", summary="Wants to be asked twice.")
async def fickle(task: AgentTask, work: Work) -> dict[str, object]:
    if task.attempt == 1:
        raise RetryLater(f"not yet: {task.description}", after=0.1)
    work.record(prompt_tokens=7, completion_tokens=5, model="a-model", engine="model")
    return {"text": task.description}


@agent(name="stubborn-agent", summary="Never does it.")
def stubborn(task: AgentTask) -> dict[str, object]:
    raise GiveUp(f"not this: {task.description}")


@agent(name="sound-agent", summary="Does it.")
def sound(task: AgentTask) -> dict[str, object]:
    return {"text": task.description}
