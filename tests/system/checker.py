"""Checks after a fault that nothing was lost, done twice, unexpected, or is stuck.

Two sources are compared: the store, and the agents' record of every run that they began. An agent may begin a task
again when the process that worked on it was killed (work is at least once, with the same task id); a test states how
often that may have happened. Nothing else may happen twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

from tests.waiting import until

from .processes import System

FINAL = frozenset({"completed", "failed", "cancelled"})
MAX_ITERATIONS = 50
"""The limit of a loop; the numbers of attempts go on from iteration to iteration."""


@dataclass(frozen=True)
class Verdict:
    """The violations of each kind, as sentences."""

    lost: tuple[str, ...]
    duplicate_effects: tuple[str, ...]
    unexpected: tuple[str, ...]
    stuck: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """True if there is no violation."""
        return not (self.lost or self.duplicate_effects or self.unexpected or self.stuck)

    def __str__(self) -> str:
        counted = " ".join(f"{name}={len(violations)}" for name, violations in vars(self).items())
        return "\n".join(
            [f"checker: {counted}", *(violation for violations in vars(self).values() for violation in violations)]
        )


@dataclass(frozen=True)
class _Entry:
    """A history entry."""

    saga: UUID
    event: str
    step: str
    attempt: int


def assert_consistent(system: System, accepted: Collection[UUID] = (), *, again: int = 0, quarantined: int = 0) -> None:
    """Waits until there is no violation and prints the four counts. Raises `AssertionError` with the violations.

    `accepted` are the requests that clients know to be accepted; `again` runs may have been begun twice, because an
    agent was killed; `quarantined` messages belong in quarantine.
    """
    verdict: list[Verdict] = []

    def clean() -> bool:
        verdict[:] = [check(system, accepted, again=again, quarantined=quarantined)]
        return verdict[0].clean

    try:
        until(clean, "a clean verdict")
    except TimeoutError:
        raise AssertionError(str(verdict[0])) from None
    print(verdict[0])


def check(system: System, accepted: Collection[UUID] = (), *, again: int = 0, quarantined: int = 0) -> Verdict:
    """Compares the two sources now."""
    sagas = {UUID(row[0]): row[1:] for row in system.read("SELECT id, status, wake_at FROM saga")}
    rows = system.read("SELECT saga_id, event, data FROM history ORDER BY saga_id, seq")
    outbox = system.read("SELECT type, saga_id FROM outbox")
    quarantine = system.read("SELECT kind, code FROM quarantine WHERE settled IS NULL")
    entries = [_entry(*row) for row in rows]
    dispatched = Counter(
        (entry.saga, entry.step, entry.attempt) for entry in entries if entry.event == "step_dispatched"
    )
    succeeded = Counter((entry.saga, entry.step, entry.attempt) for entry in entries if entry.event == "step_succeeded")
    ended = Counter(entry.saga for entry in entries if entry.event in FINAL)
    runs = Counter(_runs(system))
    twice = sum(count - 1 for count in runs.values())
    known = {
        uuid5(saga, f"{step}/{iteration}/{attempt}")
        for saga, step, attempt in dispatched
        for iteration in range(1, MAX_ITERATIONS + 1)
    }
    return Verdict(
        lost=(
            *(f"saga {saga} was accepted and is not stored" for saga in accepted if saga not in sagas),
            *(f"saga {saga} is {status}" for saga, (status, _) in sagas.items() if status not in FINAL),
            *(f"saga {saga} is final without a final event" for saga in sagas if not ended[saga]),
        ),
        duplicate_effects=(
            *((f"{twice} runs were begun again, at most {again} may be",) if twice > again else ()),
            *(f"attempt {key} counts {count} times" for key, count in succeeded.items() if count > 1),
            *(f"attempt {key} was recorded {count} times" for key, count in dispatched.items() if count > 1),
            *(f"saga {saga} has ended {count} times" for saga, count in ended.items() if count > 1),
        ),
        unexpected=(
            *(f"a run of task {task}, which was never dispatched" for task in runs if task not in known),
            *(
                f"a success of attempt {key}, which was never dispatched"
                for key in succeeded.keys() - dispatched.keys()
            ),
            *((f"in quarantine: {quarantine}",) if len(quarantine) != quarantined else ()),
        ),
        stuck=(
            *(f"unsent: {kind} of saga {saga}" for kind, saga in outbox),
            *(f"saga {saga} is final and waits until {wake}" for saga, (status, wake) in sagas.items() if wake),
        ),
    )


def _entry(saga: str, event: str, data: str) -> _Entry:
    content = json.loads(data)
    return _Entry(UUID(saga), event, content.get("step") or "", content.get("attempt") or 0)


def _runs(system: System) -> Iterator[UUID]:
    """The task id of each run that an agent has begun."""
    if system.runs.exists():
        yield from (UUID(line.split()[3]) for line in system.runs.read_text().splitlines())
