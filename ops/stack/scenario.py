"""The scenario of `make stack`, step by step; a step raises StackFailure if a check fails."""

from __future__ import annotations

from ops.stack.compose import UP_S, Project
from ops.stack.load import rolling_restart
from ops.stack.loss_report import nothing_is_left
from ops.stack.metrics import check_metrics
from ops.stack.own_agent import add_and_use
from ops.stack.report import Say, expect
from ops.stack.requests import submit_under_failures
from ops.stack.trace_check import one_trace_each

OURS = ("orchestrator", "-specialist", "-agent")


def run(project: Project, say: Say) -> None:
    """Run the scenario without `down`. Raises StackFailure, TimeoutError, Unavailable.

    `project` has the compose files of the system and of the agent that is added to it.
    """
    up(project, say)
    ended = submit_under_failures(project, say)
    one_trace_each(project, say, ended)
    requests = len(ended) + add_and_use(project, say) + rolling_restart(project, say)
    nothing_is_left(project, say, requests)
    check_metrics(project, say, requests)
    stop(project, say)


def up(project: Project, say: Say) -> None:
    """Build and start the system, and wait until every container is healthy."""
    say("building and starting every container")
    project.base.run("up", "--build", "--wait", timeout=UP_S)
    healthy = project.containers(lambda container: container.health == "healthy")
    say(f"{len(healthy)} containers are healthy")
    answer = project.run(*project.creatorflow("health", "ready")).strip()
    say(f"the orchestrator's health: {answer}")


def stop(project: Project, say: Say) -> None:
    """Stop our services, and check that each one ends by itself within its grace period."""
    ours = {container.service for container in project.containers(lambda entry: entry.service.endswith(OURS))}
    project.run("stop", *sorted(ours), timeout=180)
    ended = project.containers(lambda entry: entry.service in ours)
    expect("services that were killed", [container.service for container in ended if container.exit_code], [])
    say(f"{len(ended)} services have stopped by themselves, exit code 0")


def down(project: Project, say: Say) -> None:
    """Remove the project's containers, networks and volumes."""
    project.run("down", "--volumes", "--timeout", "1", timeout=180)
    say("down")
