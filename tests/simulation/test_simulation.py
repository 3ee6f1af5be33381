"""Thousands of worlds in which everything goes wrong, and every rule of `witness.py` after every step of each.

More of them: `make simulate SEEDS=100000`. Two classes, so that two test processes share the work.
"""

from __future__ import annotations

import pytest

from . import coverage
from .trials import Trial, run, run_many

CHUNK = 600


def check(first: int) -> None:
    """These worlds keep every rule, and between them see everything."""
    report = run_many(range(first, first + CHUNK))
    assert not report.broken, "\n".join(what for _, what in report.broken)
    assert not coverage.missing(report.seen), coverage.report(report.seen)


@pytest.mark.timeout(3600)  # on a machine that is busy; alone each takes forty seconds
class TestEvenWorlds:
    """Half of them."""

    @pytest.mark.parametrize("first", [0, 1200])
    def test_whatever_happens_every_rule_is_kept_and_everything_has_happened(self, first: int) -> None:
        check(first)


@pytest.mark.timeout(3600)
class TestOddWorlds:
    """The other half."""

    @pytest.mark.parametrize("first", [600, 1800])
    def test_whatever_happens_every_rule_is_kept_and_everything_has_happened(self, first: int) -> None:
        check(first)

    def test_a_seed_is_the_same_world_every_time(self) -> None:
        tales: list[list[str]] = [[], []]
        for tale in tales:
            Trial(7).world(tale.append).run()
        assert tales[0] == tales[1]
        assert tales[0]

    def test_a_world_without_faults_completes_whatever_can(self) -> None:
        calm = frozenset(("network", "agents", "orchestrator", "clock", "clients"))
        for seed in range(40):
            world, _, broken = run(Trial(seed, without=calm))
            assert broken is None
            assert not [name for name in world.seen if name.startswith("fault")]
