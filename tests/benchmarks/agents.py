"""The system's agents: the SDK's runtime with five agents that do no work, in one process."""

from __future__ import annotations

import sys
from typing import Any

from creatorflow import Agent, AgentTask
from creatorflow.agents.entrypoint import run_process
from creatorflow_contracts.cards import load_cards

from tests.benchmarks.shop import AGENTS, OUTPUT


async def answer_at_once(task: AgentTask) -> dict[str, Any]:
    """Returns the output at once."""
    return OUTPUT


if __name__ == "__main__":
    sys.exit(run_process([Agent(card, answer_at_once, concurrency=50) for card in load_cards() if card.name in AGENTS]))
