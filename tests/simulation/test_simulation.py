"""600 worlds with every kind of fault, and every rule of `rule_checker.py` after every transition.

More of them: `make system`, and `make simulate SEEDS=100000`.
"""

from __future__ import annotations

import pytest

from . import coverage
from .trials import Trial, run, run_many

WORLDS = 600


@pytest.mark.timeout(3600)  # on a machine that is busy; alone it takes forty seconds
def test_every_rule_holds_and_every_kind_of_event_occurs() -> None:
    report = run_many(range(WORLDS))
    assert not report.broken, "\n".join(description for _, description in report.broken)
    assert not coverage.missing(report.seen), coverage.report(report.seen)


def test_the_same_seed_gives_the_same_world() -> None:
    traces: list[list[str]] = [[], []]
    for trace in traces:
        Trial(7).world(trace.append).run()
    assert traces[0] == traces[1]
    assert traces[0]


def test_a_world_without_faults_breaks_no_rule() -> None:
    calm = frozenset(("network", "agents", "orchestrator", "clock", "clients"))
    for seed in range(40):
        world, _, broken = run(Trial(seed, without=calm))
        assert broken is None
        assert not [name for name in world.seen if name.startswith("fault")]
