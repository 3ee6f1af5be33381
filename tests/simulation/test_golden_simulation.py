"""What the simulation has found once is tried again for ever; and what it finds is shrunk and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from creatorflow_orchestrator.core.state.saga_state import SagaStatus

from . import golden, witness
from .account import Account
from .moment import Moment, Violation
from .trials import Trial, run, run_many, shrink

FILES = sorted(golden.FOLDER.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_story_that_once_broke_a_rule_keeps_every_rule(file: Path) -> None:
    golden.replay(golden.load(file))


def nothing_fails(moment: Moment, account: Account) -> str:
    """A rule that many worlds break."""
    return "it failed" if moment.after.status is SagaStatus.FAILED else ""


def test_a_world_that_breaks_a_rule_is_told_shrunk_and_kept_as_a_story_that_breaks_it_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(witness, "RULES", (*witness.RULES, nothing_fails))
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    report = run_many(range(5))
    seed, what = report.broken[0]
    assert f"seed {seed}: nothing_fails" in what
    assert f"python -m tests.simulation --seed {seed}" in what
    with pytest.raises(Violation, match="nothing_fails"):
        golden.replay(golden.load(tmp_path / f"{seed}.json"))
    smaller = shrink(Trial(seed), "nothing_fails")
    assert len(smaller.requests) + len(smaller.without) != len(Trial(seed).requests)
    assert f"{run(smaller)[2]}".startswith("nothing_fails")
