"""The table of a step's states in docs/architecture.md is what simulated steps do: no transition more, none less."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from creatorflow_orchestrator.core.state.saga_state import StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition

from tests.markdown import read
from tests.simulation.trials import Trial, run

PAGE = Path(__file__).resolve().parents[2] / "docs/architecture.md"
RARE = {
    ("failed", "open"),
    ("failed", "waiting"),
    ("parked", "retrying"),
    ("retrying", "failed"),
    ("retrying", "parked"),
    ("retrying", "skipped"),
    ("retrying", "succeeded"),
    ("skipped", "waiting"),
    ("succeeded", "parked"),
    ("succeeded", "retrying"),
}
"""Less than two in a hundred worlds: too few to wait for."""
FIRST, MOST = 100, 1_000
"""Worlds that are always run, and at most until each other transition was seen."""
STATUSES = {status.value for status in StepStatus}


def documented() -> set[tuple[str, str]]:
    """Return status before and after, of every row of the table."""
    found: set[tuple[str, str]] = set()
    for row in read(PAGE.read_text()).rows:
        before, after = ({name.strip() for name in cell.split(",")} for cell in row[:2])
        if before | after <= STATUSES:
            found.update(product(before, after))
    return found


def observed(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Return status before and after, of every transition of a step in simulated worlds; a new attempt is one too."""
    seen: set[tuple[str, str]] = set()
    put = Transition.put

    def watched(transition: Transition, step: StepState) -> StepState:
        before = transition.steps[step.id]
        if before.status is not step.status or before.attempt.number != step.attempt.number:
            seen.add((before.status.value, step.status.value))
        return put(transition, step)

    monkeypatch.setattr(Transition, "put", watched)
    expected = documented() - RARE
    for seed in range(MOST):
        if seed >= FIRST and expected <= seen:
            break
        run(Trial(seed))
    return seen


def test_steps_change_their_status_as_the_table_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = observed(monkeypatch)
    assert seen - documented() == set(), "the table lacks these"
    assert documented() - RARE - seen == set(), "no step does these"
