"""Adds the agent of ops/examples/own-agent to the running system, and uses it.

Before that, a request that no agent can answer is refused to its sender, and leaves nothing in quarantine.
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
"""A request that no other agent matches."""
ANSWERED = "SELECT count(*) FROM history WHERE event = 'step_succeeded' AND data LIKE '%product-code-agent%'"
REFUSED = 5
"""Exit code of the command line: the request was refused."""


def add_and_use(project: Project, say: Say) -> int:
    """Check that no agent answers the request, add the agent, check that it answers.

    Returns the number of requests. Raises StackFailure, TimeoutError.
    """
    refused = project.attempt(*project.creatorflow("submit", REQUEST, "--json"))
    expect("exit code of a request that no agent can answer", refused.returncode, REFUSED)
    expect("code of the refusal", json.loads(refused.stdout.splitlines()[-1])["code"], "NO_AGENT_MATCHES")
    project.run("build", AGENT, timeout=UP_S)
    project.run("up", "--wait", AGENT, timeout=UP_S)
    until(lambda: _is_announced(project), 30, f"{AGENT} has announced itself", every=0.5)
    say(f"{AGENT} is added to the running system")
    lines = project.run(*project.creatorflow("submit", REQUEST, "--timeout", "60", "--json")).splitlines()
    expect("the agents that have answered", workers(map(json.loads, lines)), {AGENT})
    say(f"it has answered a request that no agent could answer before: {REQUEST!r}")
    expect("the number of steps it has answered", project.sql(ANSWERED), "1")
    return 1


def _is_announced(project: Project) -> bool:
    known = map(json.loads, project.run(*project.creatorflow("agents", "--json")).splitlines())
    return any("card" in agent and agent["card"]["name"] == AGENT and agent.get("instances") for agent in known)
