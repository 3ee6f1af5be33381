"""Agents that sleep for the time in their task, in one process; a review passes in the third iteration."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

from creatorflow import Agent, AgentTask
from creatorflow.agents.entrypoint import run_process
from creatorflow_contracts.cards import load_cards

_SLEEP = re.compile(r"sleep (\d+) ms")
PASSES_IN_ITERATION = 3


async def sleep(task: AgentTask) -> dict[str, Any]:
    """Sleeps; its output passes from the third iteration on."""
    match = _SLEEP.search(task.description)
    await asyncio.sleep(int(match[1]) / 1000 if match else 0)
    return {"summary": "slept", "data": {"passed": task.iteration >= PASSES_IN_ITERATION}}


if __name__ == "__main__":
    sys.exit(run_process([Agent(card, sleep, concurrency=50) for card in load_cards()]))
