"""An agent from a file that fails once, reports tokens and costs, and waits for a test to release it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .processes import Process, System

AGENT = "counted-agent"
OUTPUT = "the-agents-words"
CODE = f'''
import os, time
from pathlib import Path
from creatorflow import RetryLater, agent

@agent(name="{AGENT}", summary="Is counted.", vocabulary={{"counting": {{"count me": 3}}}})
def counted(task, work):
    work.record(prompt_tokens=100, completion_tokens=20, cost_usd=0.25)
    work.log.info("counting")
    if task.step == "fails-once" and task.attempt == 1:
        raise RetryLater("{OUTPUT}", after=0.01)
    while task.step == "waits" and not Path(os.environ["GO_ON"]).exists():
        time.sleep(0.01)
    return {{"summary": "{OUTPUT}"}}
'''


def plan(step: str, description: str = "be counted") -> dict[str, Any]:
    """A plan of one step; the agent fails or waits if its id is `fails-once` or `waits`."""
    return {"steps": [{"id": step, "agent": AGENT, "description": description}]}


def release_step(system: System) -> None:
    """Lets the step `waits` end."""
    (system.folder / "go-on").touch()


def start_metered_agent(system: System, **settings: str) -> Process:
    """Starts the agent and waits until it takes tasks."""
    file = system.folder / "metered_agent.py"
    file.write_text(CODE)
    command = (str(Path(sys.executable).with_name("creatorflow")), "agent", "run", str(file))
    process = system.start("counted", command, settings | {"GO_ON": str(system.folder / "go-on")})
    process.wait_for_log("agents_ready")
    return process
