"""An agent of one's own, added to the system while it runs, and used: ops/examples/own-agent.

A request that nobody can answer before is refused to its sender, and leaves nothing in quarantine.
"""

from __future__ import annotations

import json

from ops.local.wait import until
from ops.stack.compose import UP_S, Project
from ops.stack.report import Say, expect
from ops.stack.requests import workers

AGENT = "product-code-agent"
FILE = "ops/examples/own-agent/compose.yaml"
REQUEST = "Check the GTINs 4006381333931, 4006381333932 and 036000291452 before we list them"
"""No other agent knows a word of it."""
ANSWERED = "SELECT count(*) FROM history WHERE event = 'step_succeeded' AND data LIKE '%product-code-agent%'"
NOBODY = 5
"""Exit code of the command line: the request was refused."""


def add_and_use(project: Project, say: Say) -> int:
    """Nobody answers the request; the agent is added; it answers. How many requests it has answered. Raises
    StackFailure, TimeoutError."""
    refused = project.attempt(*project.creatorflow("submit", REQUEST, "--json"))
    expect("exit code of a request that nobody can answer", refused.returncode, NOBODY)
    expect("what is said of it", json.loads(refused.stdout.splitlines()[-1])["code"], "NO_AGENT_MATCHES")
    project.run("build", AGENT, timeout=UP_S)
    project.run("up", "--wait", AGENT, timeout=UP_S)
    until(lambda: _is_announced(project), 30, f"{AGENT} has announced itself", every=0.5)
    say(f"{AGENT} is added to what runs")
    lines = project.run(*project.creatorflow("submit", REQUEST, "--timeout", "60", "--json")).splitlines()
    expect("who has answered", workers(map(json.loads, lines)), {AGENT})
    say(f"it has answered what nobody could answer before: {REQUEST!r}")
    expect("how many it has answered", project.sql(ANSWERED), "1")
    return 1


def _is_announced(project: Project) -> bool:
    known = map(json.loads, project.run(*project.creatorflow("agents", "--json")).splitlines())
    return any("card" in each and each["card"]["name"] == AGENT and each.get("instances") for each in known)
