"""Running worlds: one, or many, and making a failing one smaller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from . import golden
from .moment import Violation
from .randomness import FAMILIES
from .world import World

MOST_REQUESTS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One world, or a smaller form of it: only these requests, without these families of faults."""

    seed: int
    requests: frozenset[int] = frozenset(range(MOST_REQUESTS))
    without: frozenset[str] = frozenset()

    def world(self, trace: Callable[[str], None] | None = None) -> World:
        """It, before anything has happened."""
        return World(self.seed, self.requests, self.without, trace)

    @property
    def replay(self) -> str:
        """How to see it again."""
        parts = [f"python -m tests.simulation --seed {self.seed}"]
        if len(self.requests) < MOST_REQUESTS:
            parts.append("--requests " + ",".join(str(request) for request in sorted(self.requests)))
        if self.without:
            parts.append("--without " + ",".join(sorted(self.without)))
        return " ".join([*parts, "--trace"])


@dataclass(slots=True)
class Report:
    """What many worlds have shown."""

    worlds: int = 0
    things: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[int, str]] = field(default_factory=list)
    """Seed and what was found."""

    def add(self, other: Report) -> None:
        """Take another's account into this one."""
        self.worlds += other.worlds
        self.things += other.things
        self.seen += other.seen
        self.broken += other.broken


def run(trial: Trial) -> tuple[World, int, Violation | None]:
    """Let a world happen: how many things did, and what rule was broken."""
    world = trial.world()
    try:
        return world, world.run(), None
    except Violation as broken:
        return world, 0, broken


def run_many(seeds: Iterable[int]) -> Report:
    """Let many worlds happen. A failing one is shrunk and saved."""
    report = Report()
    for seed in seeds:
        world, things, broken = run(Trial(seed))
        report.worlds += 1
        report.things += things
        report.seen += world.seen
        if broken is not None:
            report.broken.append((seed, _keep(seed, broken)))
    return report


def _keep(seed: int, broken: Violation) -> str:
    trial = shrink(Trial(seed), broken.rule)
    world, _, smaller = run(trial)
    assert smaller is not None
    story = world.story(smaller.saga_id)
    path = golden.save(seed, trial.replay, smaller, story)
    return f"seed {seed}: {smaller}\n  replay it: {trial.replay}\n  saved as {path.name}: it is replayed from now on"


def shrink(trial: Trial, rule: str) -> Trial:
    """The same rule broken with fewer requests and fewer families of faults, as far as that goes."""
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
    return [*(each for each in fewer if each.requests), *calmer]
