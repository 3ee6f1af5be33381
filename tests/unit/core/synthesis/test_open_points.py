from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.synthesis.open_points import from_assumption
from creatorflow_orchestrator.core.synthesis.synthesis_values import Assumption, CombinedAssumption, Source

LABELS = Source("shipping-automation-specialist", "labels")


@pytest.mark.parametrize(
    ("assumption", "confirmed"),
    [
        (Assumption("500 orders/hour", "orders"), "Confirm 500 orders/hour, which"),
        (Assumption("99.9 %", "uptime"), "Confirm 99.9 % (uptime), which"),
    ],
)
def test_the_subject_of_an_assumption_is_named_where_its_text_does_not(assumption: Assumption, confirmed: str) -> None:
    assert from_assumption(CombinedAssumption(assumption, (LABELS,))).text.startswith(confirmed)
