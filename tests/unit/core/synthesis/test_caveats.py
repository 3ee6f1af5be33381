from __future__ import annotations

from creatorflow_orchestrator.core.synthesis.caveats import merge_assumptions, merge_not_honoured
from creatorflow_orchestrator.core.synthesis.synthesis_values import (
    Assumption,
    CombinedAssumption,
    CombinedNotHonoured,
    Contribution,
    NotHonoured,
    Source,
    StepOutput,
)

TABLES, LABELS = Source("database-specialist", "tables"), Source("shipping-automation-specialist", "labels")


def test_an_assumption_of_two_steps_is_listed_once_with_both_and_says_how_to_state_it() -> None:
    contributions = [
        Contribution(TABLES, (), StepOutput(assumptions=(Assumption("500 orders/hour", "orders"),))),
        Contribution(
            LABELS,
            (),
            StepOutput(
                assumptions=(
                    Assumption("500  Orders/hour.", "Orders", "say how many"),
                    Assumption("500 orders/hour", "labels"),
                )
            ),
        ),
    ]
    assert merge_assumptions(contributions) == (
        CombinedAssumption(Assumption("500 orders/hour", "orders", "say how many"), (TABLES, LABELS)),
        CombinedAssumption(Assumption("500 orders/hour", "labels"), (LABELS,)),
    )


def test_a_constraint_that_two_steps_do_not_keep_is_listed_once_for_each_reason() -> None:
    mysql = NotHonoured("MySQL 8", "the files are for PostgreSQL")
    contributions = [
        Contribution(TABLES, (), StepOutput(not_honoured=(mysql,))),
        Contribution(LABELS, (), StepOutput(not_honoured=(mysql, NotHonoured("MySQL 8", "no driver")))),
    ]
    assert merge_not_honoured(contributions) == (
        CombinedNotHonoured(mysql, (TABLES, LABELS)),
        CombinedNotHonoured(NotHonoured("MySQL 8", "no driver"), (LABELS,)),
    )
