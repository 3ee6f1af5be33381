"""A process of agents that work for a moment and write down every run: `python -m tests.system.agents_under_test`.

RUNS names the file of the runs, WORK_S says how long each takes, AGENTS which agents there are; with GATES, a folder,
no work on a step ends before there is a file of the step's name in it. Claims and heartbeats come twenty times as often
as they do in earnest, or as CLAIM_AFTER_S says.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from creatorflow import Agent, AgentTask
from creatorflow.agents import Intervals
from creatorflow.agents.entrypoint import run_process
from creatorflow_contracts.cards import load_cards

from ops.local.wait import until

FOR_EVER_S = 3600
"""The test that closed a gate opens it, or kills this process."""


def work(task: AgentTask) -> dict[str, object]:
    """Write the run down, take a while, answer with what was there before."""
    with Path(os.environ["RUNS"]).open("a") as runs:
        runs.write(f"{task.agent} {task.step} {task.attempt} {task.id}\n")
    time.sleep(float(os.environ.get("WORK_S", "0.05")))
    if gates := os.environ.get("GATES"):
        until((Path(gates) / task.step).exists, FOR_EVER_S, f"the gate of {task.step}")
    return {
        "summary": f"{task.step} is done",
        "data": {"seen": [result.step for result in task.context.previous_results]},
    }


def main() -> None:
    """Run the agents until SIGTERM."""
    names = os.environ["AGENTS"].split(",")
    agents = [Agent(card, work) for card in load_cards() if card.name in names]
    heartbeat = float(os.environ.get("CLAIM_AFTER_S", "0.5"))
    sys.exit(run_process(agents, timing=Intervals(heartbeat=heartbeat, claim_after=heartbeat, grace=3.0)))


if __name__ == "__main__":
    main()
