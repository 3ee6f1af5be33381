"""A process of agents that work briefly and record every run in a file: `python -m tests.system.agents_under_test`.

RUNS is the file of the runs, WORK_S the seconds of a run, AGENTS the names of the agents; with GATES, a folder, the
work on a step ends only when the folder contains a file with the step's name. Claims and heartbeats come twenty times
as often as by default, or after CLAIM_AFTER_S seconds.
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
    """Records the run, takes WORK_S seconds, returns the names of the earlier results."""
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
    """Runs the agents until SIGTERM."""
    names = os.environ["AGENTS"].split(",")
    agents = [Agent(card, work) for card in load_cards() if card.name in names]
    heartbeat = float(os.environ.get("CLAIM_AFTER_S", "0.5"))
    sys.exit(run_process(agents, timing=Intervals(heartbeat=heartbeat, claim_after=heartbeat, grace=3.0)))


if __name__ == "__main__":
    main()
