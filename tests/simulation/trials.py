"""Runs of worlds, one or many, and the shrinking of a failing one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from . import golden
from .randomness import FAMILIES
from .transition import Violation
from .world import World

MOST_REQUESTS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One world, or a smaller form of it: only these requests, without these families of faults."""

    seed: int
    requests: frozenset[int] = frozenset(range(MOST_REQUESTS))
    without: frozenset[str] = frozenset()

    def world(self, trace: Callable[[str], None] | None = None) -> World:
        """The world before its first event."""
        return World(self.seed, self.requests, self.without, trace)

    @property
    def replay(self) -> str:
        """The command that runs it again."""
        parts = [f"python -m tests.simulation --seed {self.seed}"]
        if len(self.requests) < MOST_REQUESTS:
            parts.append("--requests " + ",".join(str(request) for request in sorted(self.requests)))
        if self.without:
            parts.append("--without " + ",".join(sorted(self.without)))
        return " ".join([*parts, "--trace"])


@dataclass(slots=True)
class Report:
    """The totals of many worlds."""

    worlds: int = 0
    events: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[int, str]] = field(default_factory=list)
    """Seed and description of each violation."""

    def add(self, other: Report) -> None:
        """Adds another report to this one."""
        self.worlds += other.worlds
        self.events += other.events
        self.seen += other.seen
        self.broken += other.broken


def run(trial: Trial) -> tuple[World, int, Violation | None]:
    """Runs a world; returns it, the number of its events, and the violation, if any."""
    world = trial.world()
    try:
        return world, world.run(), None
    except Violation as broken:
        return world, 0, broken


def run_many(seeds: Iterable[int]) -> Report:
    """Runs many worlds. A failing one is shrunk and saved."""
    report = Report()
    for seed in seeds:
        world, events, broken = run(Trial(seed))
        report.worlds += 1
        report.events += events
        report.seen += world.seen
        if broken is not None:
            report.broken.append((seed, _keep(seed, broken)))
    return report


def _keep(seed: int, broken: Violation) -> str:
    trial = shrink(Trial(seed), broken.rule)
    world, _, smaller = run(trial)
    assert smaller is not None
    event_log = world.event_log(smaller.saga_id)
    path = golden.save(seed, trial.replay, smaller, event_log)
    return f"seed {seed}: {smaller}\n  replay it: {trial.replay}\n  saved as {path.name}: it is replayed from now on"


def shrink(trial: Trial, rule: str) -> Trial:
    """The smallest trial that breaks the same rule: fewer requests, fewer families of faults."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(trial):
            broken = run(candidate)[2]
            if broken is not None and broken.rule == rule:
                trial, smaller = candidate, True
                break
    return trial


def _smaller(trial: Trial) -> list[Trial]:
    fewer = [replace(trial, requests=trial.requests - {request}) for request in sorted(trial.requests)]
    calmer = [replace(trial, without=trial.without | {family}) for family in FAMILIES if family not in trial.without]
    return [*(candidate for candidate in fewer if candidate.requests), *calmer]
