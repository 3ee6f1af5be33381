"""A request that was read, and results of it, as an orchestrator sends them."""

from __future__ import annotations

from typing import Any, TypeVar

from creatorflow_contracts.v1.output import (
    Answered,
    CombinedAssumption,
    CombinedNotHonoured,
    Completeness,
    Suggestion,
    SynthesizedResult,
)
from creatorflow_contracts.v1.reading import (
    Ask,
    Attachment,
    Constraint,
    Context,
    Exclusion,
    Fact,
    Passage,
    Reading,
)

from .samples import DATABASE, ORDERS, result

REQUEST = (
    "Hello team,\nprint packing slips, 300 orders/hour, for DHL. Why do two pickers get the same order?\n"
    "Knit a scarf for every buyer. No charts and no test plan. MySQL 8 only. Blah blah.\n"
    "```sql\nSELECT 1;\nSELECT 2;\n```\n"
)
_Kind = TypeVar("_Kind", bound=Passage)


def found(element: type[_Kind], text: str, /, **fields: Any) -> _Kind:
    """Return an element of the reading, at its place in the request."""
    start = REQUEST.index(text)
    return element(start=start, end=start + len(text), text=text, **fields)


READING = Reading(
    asks=(
        found(Ask, "print packing slips", kind="build", object="packing slips", domains=("shipping",)),
        found(
            Ask,
            "Why do two pickers get the same order?",
            kind="fix",
            object="the same order",
            domains=("order_management", "database"),
        ),
        found(Ask, "Knit a scarf for every buyer.", kind="build", object="a scarf"),
    ),
    exclusions=(
        found(Exclusion, "No charts", domains=("analytics",)),
        found(
            Exclusion, "no test plan", agents=("integration-testing-specialist",), sections=("testing_requirements",)
        ),
    ),
    facts=(
        found(
            Fact,
            "300 orders/hour",
            kind="quantity",
            subject="orders",
            comparison="=",
            value=300.0,
            unit="orders/hour",
            asks=(0,),
        ),
        found(Fact, "DHL", kind="name", name="DHL", category="carrier"),
    ),
    constraints=(found(Constraint, "MySQL 8 only"),),
    attachments=(found(Attachment, "SELECT 1;\nSELECT 2;", language="sql"),),
    context=(found(Context, "Hello team,", kind="greeting"),),
    unread=(found(Passage, "Blah blah."),),
)
ASSUMED = CombinedAssumption(
    text="three carriers", subject="carriers", state_it="name the carriers", sources=(ORDERS, DATABASE)
)
NOT_HONOURED = CombinedNotHonoured(
    constraint="MySQL 8 only", reason="the schema is for PostgreSQL", sources=(DATABASE,)
)
JUDGED = (
    Answered(requirement="print packing slips", answered_by=(ORDERS,), verdict="partly", missing=("DHL",)),
    Answered(requirement="Why do two pickers get the same order?", answered_by=(ORDERS,), verdict="answered"),
    Answered(requirement="Knit a scarf for every buyer.", verdict="nobody"),
)


def read_result(**fields: Any) -> SynthesizedResult:
    """Return the result of a request that was read, with every part filled."""
    reported: dict[str, Any] = {
        "request": REQUEST,
        "reading": READING,
        "assumptions": (ASSUMED,),
        "not_honoured": (NOT_HONOURED,),
        "completeness": Completeness(complete=False, requirements=JUDGED),
        "next_steps": (Suggestion(text="Name the carrier.", follows_from="assumption"),),
    }
    return result(**{**reported, **fields})
