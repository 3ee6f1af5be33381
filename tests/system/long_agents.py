"""A process of agents that work for long and say what becomes of it: `python -m tests.system.long_agents`.

AGENTS names them, LOG the file of their words, WORK_S how long a run takes, KIND what their function is (`async`,
`plain`, or `blocking`: async and never waiting), CONCURRENCY how many runs at once, BEAT_S the time between two
heartbeats, CLAIM_S that before a claim (the same unless said).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from creatorflow import Agent, AgentTask, Work
from creatorflow.agents import Handler, Intervals
from creatorflow.agents.entrypoint import run_process
from creatorflow_contracts.cards import load_cards

PARTS = 20
"""Of a run, each told as progress."""
WORK_S = float(os.environ.get("WORK_S", "1"))


def say(word: str, task: AgentTask) -> None:
    """Write it down with the time: what happened, step, attempt."""
    with Path(os.environ["LOG"]).open("a") as log:
        log.write(f"{word} {task.step} {task.attempt} {time.time():.3f}\n")


async def work(task: AgentTask, work: Work) -> dict[str, Any]:
    """Wait for so long; a cancellation is written down."""
    say("begun", task)
    try:
        for part in range(PARTS):
            await asyncio.sleep(WORK_S / PARTS)
            work.progress((part + 1) / PARTS, f"part {part + 1}")
    except asyncio.CancelledError:
        say("stopped", task)
        raise
    say("ended", task)
    return {"summary": "done"}


def work_plainly(task: AgentTask, work: Work) -> dict[str, Any]:
    """As `work`, in a thread, and looking for a cancellation now and then."""
    say("begun", task)
    end = time.monotonic() + WORK_S
    while time.monotonic() < end:
        time.sleep(min(0.05, WORK_S / PARTS))
        if work.cancelled:
            say("stopped", task)
            return {"summary": "nobody reads this"}
    say("ended", task)
    return {"summary": "done"}


async def work_without_waiting(task: AgentTask) -> dict[str, Any]:
    """Block the event loop for so long, as careless code does."""
    say("begun", task)
    time.sleep(WORK_S)  # noqa: ASYNC251 - that is the point
    say("ended", task)
    return {"summary": "done"}


HANDLERS: dict[str, Handler] = {"async": work, "plain": work_plainly, "blocking": work_without_waiting}


def main() -> None:
    """Run the agents until SIGTERM."""
    names, beat = os.environ["AGENTS"].split(","), float(os.environ.get("BEAT_S", "0.5"))
    handler = HANDLERS[os.environ.get("KIND", "async")]
    concurrency = int(os.environ.get("CONCURRENCY", "4"))
    agents = [Agent(card, handler, concurrency=concurrency) for card in load_cards() if card.name in names]
    claim = float(os.environ.get("CLAIM_S", beat))
    sys.exit(run_process(agents, timing=Intervals(heartbeat=beat, claim_after=claim, grace=3.0)))


if __name__ == "__main__":
    main()
