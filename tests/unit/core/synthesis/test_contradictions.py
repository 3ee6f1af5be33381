from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.request import Fact, FactKind
from creatorflow_orchestrator.core.synthesis.contradictions import contradictions
from creatorflow_orchestrator.core.synthesis.synthesis_values import Assumption, CombinedAssumption, Source

from tests.unit.synthesis_builders import figure, named

USUAL = figure("400 orders an hour", 400, "orders/hour", "orders", role="usual")
PEAK = figure("at the peak 7,500", 7500, "orders/hour", "orders", role="peak")


def contradicted(assumption: Assumption, *facts: Fact) -> list[str]:
    found = contradictions([CombinedAssumption(assumption, (Source("agent", "step"),))], facts)
    return [fact.text for contradiction in found for fact in contradiction.facts]


@pytest.mark.parametrize(
    ("assumption", "fact"),
    [
        (Assumption("500 orders/hour", "orders"), PEAK),
        (Assumption("500 orders an hour"), PEAK),
        (Assumption("2000 ms response time", "response time"), figure("p95 < 350 ms", 350, "ms", "p95")),
        (Assumption("a latency of 2 s", "latency"), figure("answers under 350 ms", 350, "ms", "answers")),
        (Assumption("49 USD a month", "plan"), figure("$12", 12, "USD", "plan")),
        (Assumption("a trial of 14 days", "trial"), figure("30 days trial", 30, "day", "trial")),
        (Assumption("three carriers: UPS, FedEx, USPS", "carriers"), named("DPD", "carrier")),
        (Assumption("PostgreSQL 16", "database"), named("MySQL", "database")),
    ],
)
def test_a_default_beside_a_stated_fact_of_its_subject_contradicts_it(assumption: Assumption, fact: Fact) -> None:
    assert contradicted(assumption, fact) == [fact.text]


@pytest.mark.parametrize(
    ("assumption", "fact"),
    [
        (Assumption("7500 orders/hour", "orders"), PEAK),
        (Assumption("125 orders a minute", "orders"), PEAK),
        (Assumption("500 orders/hour", "orders"), figure("250 orders", 250, "orders", "orders")),
        (Assumption("500 orders/hour", "orders"), figure("300 labels/hour", 300, "labels/hour", "labels")),
        (Assumption("invoices are kept for 30 days", "invoices"), figure("2 s", 2, "s", "answers")),
        (Assumption("20 database connections", "database connections"), named("MySQL", "database")),
        (Assumption("one carrier: DPD", "carrier"), named("DPD", "carrier")),
        (Assumption("the shop's time zone", "time zone"), Fact(0, 1, "half past three", FactKind.TIME, name="15:30")),
    ],
)
def test_an_assumption_of_another_subject_or_of_the_stated_value_contradicts_nothing(
    assumption: Assumption, fact: Fact
) -> None:
    assert contradicted(assumption, fact) == []


def test_all_figures_of_the_subject_are_named_unless_the_assumption_uses_one_of_them() -> None:
    assert contradicted(Assumption("500 orders/hour", "orders"), USUAL, PEAK) == [USUAL.text, PEAK.text]
    assert contradicted(Assumption("400 orders/hour at the least", "orders"), USUAL, PEAK) == []
