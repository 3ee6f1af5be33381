"""What `make stack` does with the containers, step by step; a step raises StackFailure when something is not right."""

from __future__ import annotations

from ops.stack.compose import UP_S, Project
from ops.stack.load import rolling_restart
from ops.stack.loss_report import nothing_is_left
from ops.stack.metrics import figures_are_there
from ops.stack.own_agent import add_and_use
from ops.stack.report import Say, expect
from ops.stack.requests import submit_and_hurt
from ops.stack.trace_check import one_trace_each

OURS = ("orchestrator", "-specialist", "-agent")


def run(project: Project, say: Say) -> None:
    """All of it, but for `down`. Raises StackFailure, TimeoutError, Unavailable.

    `project` is of the system's file and of the agent's that is added to it.
    """
    up(project, say)
    ended = submit_and_hurt(project, say)
    one_trace_each(project, say, ended)
    requests = len(ended) + add_and_use(project, say) + rolling_restart(project, say)
    nothing_is_left(project, say, requests)
    figures_are_there(project, say, requests)
    stop(project, say)


def up(project: Project, say: Say) -> None:
    """Build, start, and wait until everything is healthy."""
    say("building and starting every container")
    project.base.run("up", "--build", "--wait", timeout=UP_S)
    healthy = project.containers(lambda each: each.health == "healthy")
    say(f"{len(healthy)} containers are healthy")
    answer = project.run(*project.creatorflow("health", "ready")).strip()
    say(f"the orchestrator says: {answer}")


def stop(project: Project, say: Say) -> None:
    """Every service of ours leaves by itself, within its grace."""
    ours = {container.service for container in project.containers(lambda each: each.service.endswith(OURS))}
    project.run("stop", *sorted(ours), timeout=180)
    ended = project.containers(lambda each: each.service in ours)
    expect("services that were killed", [each.service for each in ended if each.exit_code], [])
    say(f"{len(ended)} services have stopped by themselves, exit code 0")


def down(project: Project, say: Say) -> None:
    """Nothing stays: containers, networks, volumes."""
    project.run("down", "--volumes", "--timeout", "1", timeout=180)
    say("down")
