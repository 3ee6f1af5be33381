"""A process of agents that work for long and record their runs: `python -m tests.system.long_running_agents`.

AGENTS are their names, LOG is the file of the records, WORK_S the seconds of a run, KIND the kind of function (`async`,
`plain`, or `blocking`: async without an await), CONCURRENCY the number of runs at once, BEAT_S the seconds between two
heartbeats, CLAIM_S those before a claim (by default the same).
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
"""Parts of a run, each reported as progress."""
WORK_S = float(os.environ.get("WORK_S", "1"))


def record(event: str, task: AgentTask) -> None:
    """Appends a line to LOG: event, step, attempt, time."""
    with Path(os.environ["LOG"]).open("a") as log:
        log.write(f"{event} {task.step} {task.attempt} {time.time():.3f}\n")


async def work(task: AgentTask, work: Work) -> dict[str, Any]:
    """Waits WORK_S seconds and reports progress; records a cancellation."""
    record("begun", task)
    try:
        for part in range(PARTS):
            await asyncio.sleep(WORK_S / PARTS)
            work.progress((part + 1) / PARTS, f"part {part + 1}")
    except asyncio.CancelledError:
        record("stopped", task)
        raise
    record("ended", task)
    return {"summary": "done"}


def work_in_thread(task: AgentTask, work: Work) -> dict[str, Any]:
    """Works WORK_S seconds in a thread and polls for a cancellation."""
    record("begun", task)
    end = time.monotonic() + WORK_S
    while time.monotonic() < end:
        time.sleep(min(0.05, WORK_S / PARTS))
        if work.cancelled:
            record("stopped", task)
            return {"summary": "this is discarded"}
    record("ended", task)
    return {"summary": "done"}


async def work_and_block(task: AgentTask) -> dict[str, Any]:
    """Blocks the event loop for WORK_S seconds, as careless code does."""
    record("begun", task)
    time.sleep(WORK_S)  # noqa: ASYNC251 - blocks on purpose
    record("ended", task)
    return {"summary": "done"}


HANDLERS: dict[str, Handler] = {"async": work, "plain": work_in_thread, "blocking": work_and_block}


def main() -> None:
    """Runs the agents until SIGTERM."""
    names, beat = os.environ["AGENTS"].split(","), float(os.environ.get("BEAT_S", "0.5"))
    handler = HANDLERS[os.environ.get("KIND", "async")]
    concurrency = int(os.environ.get("CONCURRENCY", "4"))
    agents = [Agent(card, handler, concurrency=concurrency) for card in load_cards() if card.name in names]
    claim = float(os.environ.get("CLAIM_S", beat))
    sys.exit(run_process(agents, timing=Intervals(heartbeat=beat, claim_after=claim, grace=3.0)))


if __name__ == "__main__":
    main()
