"""After a fault: was anything lost, done twice, unexpected, or is anything stuck? All four are to be none.

Two witnesses are held against each other: the store, and what the agents wrote down of every run they began. An agent
may begin a task again when the process that worked on it was killed (work is at least once, the task's id says that it
is the same); how often that may have happened, the test says. Nothing else may happen twice.
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
ROUNDS = 50
"""A loop's at most; an attempt's number goes on from round to round."""


@dataclass(frozen=True)
class Verdict:
    """What was found of each kind, in words."""

    lost: tuple[str, ...]
    duplicate_effects: tuple[str, ...]
    unexpected: tuple[str, ...]
    stuck: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether all four are none."""
        return not (self.lost or self.duplicate_effects or self.unexpected or self.stuck)

    def __str__(self) -> str:
        counted = " ".join(f"{name}={len(found)}" for name, found in vars(self).items())
        return "\n".join([f"checker: {counted}", *(each for found in vars(self).values() for each in found)])


@dataclass(frozen=True)
class _Entry:
    """A history entry."""

    saga: UUID
    event: str
    step: str
    attempt: int


def all_is_well(system: System, accepted: Collection[UUID] = (), *, again: int = 0, resting: int = 0) -> None:
    """Print the four numbers and fail unless all are 0; waits for what is on its way.

    `accepted` are the requests that a client was told of; `again` runs may have been begun twice, because an agent was
    killed; `resting` messages belong into quarantine.
    """
    verdict: list[Verdict] = []

    def clean() -> bool:
        verdict[:] = [check(system, accepted, again=again, resting=resting)]
        return verdict[0].clean

    try:
        until(clean, "a clean verdict")
    except TimeoutError:
        raise AssertionError(str(verdict[0])) from None
    print(verdict[0])


def check(system: System, accepted: Collection[UUID] = (), *, again: int = 0, resting: int = 0) -> Verdict:
    """What the two witnesses say now."""
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
        for iteration in range(1, ROUNDS + 1)
    }
    return Verdict(
        lost=(
            *(f"saga {saga} was accepted and is not there" for saga in accepted if saga not in sagas),
            *(f"saga {saga} is {status}" for saga, (status, _) in sagas.items() if status not in FINAL),
            *(f"saga {saga} is final and was never said to be" for saga in sagas if not ended[saga]),
        ),
        duplicate_effects=(
            *((f"{twice} runs were begun again, at most {again} may be",) if twice > again else ()),
            *(f"attempt {key} counts {count} times" for key, count in succeeded.items() if count > 1),
            *(f"attempt {key} was recorded {count} times" for key, count in dispatched.items() if count > 1),
            *(f"saga {saga} has ended {count} times" for saga, count in ended.items() if count > 1),
        ),
        unexpected=(
            *(f"a run of task {task}, which nobody dispatched" for task in runs if task not in known),
            *(f"a success of attempt {key}, which nobody dispatched" for key in succeeded.keys() - dispatched.keys()),
            *((f"in quarantine: {quarantine}",) if len(quarantine) != resting else ()),
        ),
        stuck=(
            *(f"unsent: {kind} of saga {saga}" for kind, saga in outbox),
            *(f"saga {saga} is final and waits until {wake}" for saga, (status, wake) in sagas.items() if wake),
        ),
    )


def _entry(saga: str, event: str, data: str) -> _Entry:
    reported = json.loads(data)
    return _Entry(UUID(saga), event, reported.get("step") or "", reported.get("attempt") or 0)


def _runs(system: System) -> Iterator[UUID]:
    """The task of each run that an agent has begun."""
    if system.runs.exists():
        yield from (UUID(line.split()[3]) for line in system.runs.read_text().splitlines())
