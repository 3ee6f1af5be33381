"""Checks the metrics of every service by Prometheus' query API; ops/prometheus/README.md describes the series."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from ops.local.wait import until
from ops.stack.compose import Project, StackFailure
from ops.stack.http_json import get
from ops.stack.report import Say

SEEN_S = 40
"""Seconds; Prometheus scrapes every five seconds, and an orchestrator reads its store as often."""
OF_ORCHESTRATORS = (
    "creatorflow_sagas",
    "creatorflow_saga_age_seconds",
    "creatorflow_outbox_rows",
    "creatorflow_outbox_age_seconds",
    "creatorflow_store_read_age_seconds",
    "creatorflow_event_loop_blocked_seconds",
)
"""Series of every orchestrator, also of one that was just started."""
COUNTED = (
    "creatorflow_sagas_ended_total",
    "creatorflow_attempts_total",
    "creatorflow_step_duration_seconds_count",
)
"""Series in which an orchestrator counts its own work since it was started."""
OF_AGENTS = (
    "creatorflow_tasks_total",
    "creatorflow_task_duration_seconds_count",
    "creatorflow_event_loop_blocked_seconds",
)
"""Series of agents that have worked."""
OTHERS = "agents"
"""The name by which Prometheus finds agents that are not in compose.yaml."""

Ask = Callable[[str], list[tuple[dict[str, str], float]]]
"""Runs a query; returns labels and value of each series."""


def check_metrics(project: Project, say: Say, requests: int) -> None:
    """Check that every service is scraped and every series exists with the right values. Raises StackFailure."""
    steps = int(project.sql("SELECT count(*) FROM history WHERE event = 'step_succeeded'"))
    services = {container.service for container in project.containers(lambda entry: entry.state == "running")}
    agents = {name for name in services if name.endswith(("-specialist", "-agent"))}
    address = f"http://127.0.0.1:{project.environment['PROMETHEUS_PORT']}/api/v1/query"
    orchestrators = len(project.of("orchestrator"))

    def ask(query: str) -> list[tuple[dict[str, str], float]]:
        series: list[dict[str, Any]] = get(address, query=query)["data"]["result"]
        return [(entry["metric"], float(entry["value"][1])) for entry in series]

    missing: list[str] = []

    def complete() -> bool:
        missing[:] = wrong(ask, agents, orchestrators, steps=steps, requests=requests)
        return not missing

    try:
        until(complete, SEEN_S, "the metrics", every=1)
    except TimeoutError:
        raise StackFailure(f"Prometheus, after {SEEN_S} s: {'; '.join(missing)}") from None
    say(f"Prometheus has the metrics of {orchestrators} orchestrators and {len(agents)} agents: {_summary(ask)}")


def wrong(ask: Ask, agents: Collection[str], orchestrators: int, *, steps: int, requests: int) -> Iterator[str]:
    """Describe each wrong metric, given the numbers of steps and requests that have succeeded."""
    yield from _missing(ask, agents, orchestrators)
    yield from _wrong_counters(ask, steps, requests)
    yield from _wrong_gauges(ask)


def _missing(ask: Ask, agents: Collection[str], orchestrators: int) -> Iterator[str]:
    """Describe the services that are not scraped and the series that are missing."""
    named = {name if name.endswith("-specialist") else OTHERS for name in agents}
    for job, wanted in (("orchestrator", orchestrators), ("agents", len(agents)), ("rabbitmq", 1)):
        up = sum(value for _, value in ask(f'up{{job="{job}"}}'))
        if up != wanted:
            yield f"{up:.0f} of {wanted} instances are up in job {job}"
    for series in OF_ORCHESTRATORS:
        if (number := len(ask(f'group by (instance) ({series}{{job="orchestrator"}})'))) != orchestrators:
            yield f"{number} of {orchestrators} orchestrators have {series}"
    yield from (f"no orchestrator has {series}" for series in COUNTED if not ask(f'{series}{{job="orchestrator"}}'))
    for series in OF_AGENTS:
        shown = {labels.get("service") for labels, _ in ask(f'group by (service) ({series}{{job="agents"}})')}
        if lacking := sorted(named - shown):
            yield f"{series} is missing from {', '.join(lacking)}"


def _wrong_counters(ask: Ask, steps: int, requests: int) -> Iterator[str]:
    """Describe wrong counters. Agents ran all the time and count everything; orchestrators were restarted, and count
    only what they did since."""
    if (done := _sum(ask, 'creatorflow_tasks_total{outcome="succeeded"}')) < steps:
        yield f"the agents count {done:.0f} tasks, and {steps} steps have succeeded"
    if not 0 < (ended := _sum(ask, 'creatorflow_sagas_ended_total{status="completed"}')) <= requests:
        yield f"the orchestrators count {ended:.0f} completed requests of {requests}"
    if not 0 < (succeeded := _sum(ask, 'creatorflow_attempts_total{outcome="succeeded"}')) <= steps:
        yield f"the orchestrators count {succeeded:.0f} attempts that have succeeded, of {steps}"


def _wrong_gauges(ask: Ask) -> Iterator[str]:
    """Describe gauges that are not 0 although nothing is open, and a store that was not read."""
    for series in ("creatorflow_sagas", "creatorflow_outbox_rows", "creatorflow_open_tasks"):
        if left := _sum(ask, series):
            yield f"{series} is {left:g}, and should be 0"
    if quarantined := _sum(ask, "creatorflow_quarantine_rows"):
        yield f"{quarantined:g} messages are in quarantine"
    if (age := max((value for _, value in ask("creatorflow_store_read_age_seconds")), default=0)) > 30:
        yield f"an orchestrator has not read its store for {age:.0f} s"


def _sum(ask: Ask, series: str) -> float:
    return sum(value for _, value in ask(series))


def _summary(ask: Ask) -> str:
    tasks = _sum(ask, 'creatorflow_tasks_total{outcome="succeeded"}')
    ended = _sum(ask, 'creatorflow_sagas_ended_total{status="completed"}')
    return f"{tasks:.0f} tasks, {ended:.0f} requests completed since the last restarts, nothing open"
