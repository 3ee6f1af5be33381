"""Our side's agents: the SDK's runtime with five agents that do no work, in one process."""

from __future__ import annotations

import sys
from typing import Any

from creatorflow import Agent, AgentTask
from creatorflow.agents.entrypoint import run_process
from creatorflow_contracts.cards import load_cards

from tests.benchmarks.shop import AGENTS, OUTPUT


async def nothing(task: AgentTask) -> dict[str, Any]:
    """Answer at once."""
    return OUTPUT


if __name__ == "__main__":
    sys.exit(run_process([Agent(card, nothing, concurrency=50) for card in load_cards() if card.name in AGENTS]))
