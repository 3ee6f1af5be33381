"""What Prometheus has of every service, asked by its query API; ops/prometheus/README.md says what each series is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from ops.local.wait import until
from ops.stack.compose import Project, StackFailure
from ops.stack.http_json import get
from ops.stack.report import Say

SEEN_S = 40
"""Prometheus asks every five seconds, and an orchestrator its store as often."""
OF_ORCHESTRATORS = (
    "creatorflow_sagas",
    "creatorflow_saga_age_seconds",
    "creatorflow_outbox_rows",
    "creatorflow_outbox_age_seconds",
    "creatorflow_store_read_age_seconds",
    "creatorflow_event_loop_blocked_seconds",
)
"""Each of them shows these, also one that was just started."""
COUNTED = (
    "creatorflow_sagas_ended_total",
    "creatorflow_attempts_total",
    "creatorflow_step_duration_seconds_count",
)
"""By orchestrators, of what they themselves have done since they were started."""
OF_AGENTS = (
    "creatorflow_tasks_total",
    "creatorflow_task_duration_seconds_count",
    "creatorflow_event_loop_blocked_seconds",
)
"""By agents that have worked."""
OTHERS = "agents"
"""Under this name Prometheus finds who is not in compose.yaml."""

Ask = Callable[[str], list[tuple[dict[str, str], float]]]
"""What a query answers: labels and value of each series."""


def figures_are_there(project: Project, say: Say, requests: int) -> None:
    """Every service is asked, every series is there, and says what has happened. Raises StackFailure."""
    steps = int(project.sql("SELECT count(*) FROM history WHERE event = 'step_succeeded'"))
    services = {container.service for container in project.containers(lambda each: each.state == "running")}
    agents = {name for name in services if name.endswith(("-specialist", "-agent"))}
    address = f"http://127.0.0.1:{project.environment['PROMETHEUS_PORT']}/api/v1/query"
    orchestrators = len(project.of("orchestrator"))

    def ask(query: str) -> list[tuple[dict[str, str], float]]:
        told: list[dict[str, Any]] = get(address, query=query)["data"]["result"]
        return [(each["metric"], float(each["value"][1])) for each in told]

    missing: list[str] = []

    def complete() -> bool:
        missing[:] = wrong(ask, agents, orchestrators, steps=steps, requests=requests)
        return not missing

    try:
        until(complete, SEEN_S, "the figures", every=1)
    except TimeoutError:
        raise StackFailure(f"Prometheus, after {SEEN_S} s: {'; '.join(missing)}") from None
    say(f"Prometheus has the figures of {orchestrators} orchestrators and {len(agents)} agents: {_summary(ask)}")


def wrong(ask: Ask, agents: Collection[str], orchestrators: int, *, steps: int, requests: int) -> Iterator[str]:
    """Everything that is not as it should be, in words, when so many steps and requests have succeeded."""
    yield from _unseen(ask, agents, orchestrators)
    yield from _of_what_was_done(ask, steps, requests)
    yield from _of_what_is_left(ask)


def _unseen(ask: Ask, agents: Collection[str], orchestrators: int) -> Iterator[str]:
    """Who does not answer, and whose series are not there."""
    named = {name if name.endswith("-specialist") else OTHERS for name in agents}
    for job, wanted in (("orchestrator", orchestrators), ("agents", len(agents)), ("rabbitmq", 1)):
        up = sum(value for _, value in ask(f'up{{job="{job}"}}'))
        if up != wanted:
            yield f"{up:.0f} of {wanted} answer it in job {job}"
    for series in OF_ORCHESTRATORS:
        if (told := len(ask(f'group by (instance) ({series}{{job="orchestrator"}})'))) != orchestrators:
            yield f"{told} of {orchestrators} orchestrators show {series}"
    yield from (f"no orchestrator shows {series}" for series in COUNTED if not ask(f'{series}{{job="orchestrator"}}'))
    for series in OF_AGENTS:
        shown = {labels.get("service") for labels, _ in ask(f'group by (service) ({series}{{job="agents"}})')}
        if lacking := sorted(named - shown):
            yield f"{series} is not shown by {', '.join(lacking)}"


def _of_what_was_done(ask: Ask, steps: int, requests: int) -> Iterator[str]:
    """Agents have run all the while, and count all; orchestrators were started anew amid it, and count the rest."""
    if (done := _sum(ask, 'creatorflow_tasks_total{outcome="succeeded"}')) < steps:
        yield f"the agents count {done:.0f} tasks, and {steps} steps have succeeded"
    if not 0 < (ended := _sum(ask, 'creatorflow_sagas_ended_total{status="completed"}')) <= requests:
        yield f"the orchestrators count {ended:.0f} completed requests of {requests}"
    if not 0 < (succeeded := _sum(ask, 'creatorflow_attempts_total{outcome="succeeded"}')) <= steps:
        yield f"the orchestrators count {succeeded:.0f} attempts that have succeeded, of {steps}"


def _of_what_is_left(ask: Ask) -> Iterator[str]:
    """Nothing is in work, nothing waits, nothing rests in quarantine."""
    for series in ("creatorflow_sagas", "creatorflow_outbox_rows", "creatorflow_open_tasks"):
        if left := _sum(ask, series):
            yield f"{series} is {left:g}, and should be 0"
    if resting := _sum(ask, "creatorflow_quarantine_rows"):
        yield f"{resting:g} messages rest in quarantine"
    if (age := max((value for _, value in ask("creatorflow_store_read_age_seconds")), default=0)) > 30:
        yield f"an orchestrator has not read its store for {age:.0f} s"


def _sum(ask: Ask, series: str) -> float:
    return sum(value for _, value in ask(series))


def _summary(ask: Ask) -> str:
    tasks = _sum(ask, 'creatorflow_tasks_total{outcome="succeeded"}')
    ended = _sum(ask, 'creatorflow_sagas_ended_total{status="completed"}')
    return f"{tasks:.0f} tasks, {ended:.0f} requests completed since the last restarts, nothing open"
