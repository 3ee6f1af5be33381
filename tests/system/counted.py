"""An agent of one's own, from a file, that fails once, says what it has cost, and waits where it is told to."""

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
    """One step, which `fails-once`, `waits` or neither."""
    return {"steps": [{"id": step, "agent": AGENT, "description": description}]}


def go_on(system: System) -> None:
    """Let the step end that waits."""
    (system.folder / "go-on").touch()


def counted_agent(system: System, **settings: str) -> Process:
    """Start it and wait until it takes tasks."""
    file = system.folder / "counted.py"
    file.write_text(CODE)
    command = (str(Path(sys.executable).with_name("creatorflow")), "agent", "run", str(file))
    process = system.start("counted", command, settings | {"GO_ON": str(system.folder / "go-on")})
    process.said("agents_ready")
    return process
