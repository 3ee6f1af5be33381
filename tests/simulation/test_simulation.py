"""1,200 worlds with every kind of fault, and every rule of `rule_checker.py` after every transition.

More of them: `make simulate SEEDS=100000`. Two classes, so that two test processes share the work.
"""

from __future__ import annotations

import pytest

from . import coverage
from .trials import Trial, run, run_many

CHUNK = 600


def check(first: int) -> None:
    """Asserts that these worlds keep every rule and together cover every kind of event."""
    report = run_many(range(first, first + CHUNK))
    assert not report.broken, "\n".join(description for _, description in report.broken)
    assert not coverage.missing(report.seen), coverage.report(report.seen)


@pytest.mark.timeout(3600)  # on a machine that is busy; alone each takes forty seconds
class TestEvenWorlds:
    """Half of the worlds."""

    @pytest.mark.parametrize("first", [0])
    def test_every_rule_holds_and_every_kind_of_event_occurs(self, first: int) -> None:
        check(first)


@pytest.mark.timeout(3600)
class TestOddWorlds:
    """The other half of the worlds."""

    @pytest.mark.parametrize("first", [600])
    def test_every_rule_holds_and_every_kind_of_event_occurs(self, first: int) -> None:
        check(first)

    def test_the_same_seed_gives_the_same_world(self) -> None:
        traces: list[list[str]] = [[], []]
        for trace in traces:
            Trial(7).world(trace.append).run()
        assert traces[0] == traces[1]
        assert traces[0]

    def test_a_world_without_faults_breaks_no_rule(self) -> None:
        calm = frozenset(("network", "agents", "orchestrator", "clock", "clients"))
        for seed in range(40):
            world, _, broken = run(Trial(seed, without=calm))
            assert broken is None
            assert not [name for name in world.seen if name.startswith("fault")]
