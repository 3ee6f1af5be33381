"""Replays of event logs that once broke a rule; and the shrinking and saving of new ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from creatorflow_orchestrator.core.state.saga_state import SagaStatus

from . import golden, rule_checker
from .reference_model import ReferenceModel
from .transition import Transition, Violation
from .trials import Trial, run, run_many, shrink

FILES = sorted(golden.FOLDER.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_event_log_that_once_broke_a_rule_keeps_every_rule(file: Path) -> None:
    golden.replay(golden.load(file))


def nothing_fails(transition: Transition, model: ReferenceModel) -> str:
    """A rule that many worlds break: no saga fails."""
    return "it failed" if transition.after.status is SagaStatus.FAILED else ""


def test_a_world_that_breaks_a_rule_is_reported_shrunk_and_saved_as_an_event_log_that_breaks_it_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rule_checker, "RULES", (*rule_checker.RULES, nothing_fails))
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    report = run_many(range(5))
    seed, description = report.broken[0]
    assert f"seed {seed}: nothing_fails" in description
    assert f"python -m tests.simulation --seed {seed}" in description
    with pytest.raises(Violation, match="nothing_fails"):
        golden.replay(golden.load(tmp_path / f"{seed}.json"))
    smaller = shrink(Trial(seed), "nothing_fails")
    assert len(smaller.requests) + len(smaller.without) != len(Trial(seed).requests)
    assert f"{run(smaller)[2]}".startswith("nothing_fails")
