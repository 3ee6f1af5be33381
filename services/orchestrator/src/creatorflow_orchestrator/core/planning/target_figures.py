"""The figures of a reading as quantities of a task, and which of them are targets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from creatorflow_orchestrator.core.plan import Quantity
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.request import Constraint, Fact, FactKind

_MEASURED = frozenset(("ms", "%", "rps", "qps", "tps", "rpm"))
_CURRENCY = re.compile(r"[A-Z]{3}")
_PERIODS = frozenset(("s", "min"))


def quantity_of(fact: Fact) -> Quantity | None:
    """Return a figure as a quantity; `None` for a fact of another kind."""
    if fact.kind is not FactKind.QUANTITY or fact.value is None:
        return None
    text = " ".join(fact.text.split())
    return Quantity(fact.subject, fact.comparison or "=", fact.value, fact.unit, text)


def given_quantities(constraints: Iterable[Constraint]) -> tuple[Quantity, ...]:
    """Return the figures of the constraints that came beside the text, which has no place for their facts."""
    lines = (constraint.text for constraint in constraints if constraint.given)
    return tuple(quantity for line in lines for quantity in quantities_in(line))


def quantities_in(text: str) -> tuple[Quantity, ...]:
    """Return the figures that a text states, in its order."""
    return tuple(quantity for fact in find_facts(text) if (quantity := quantity_of(fact)))


def is_target(quantity: Quantity) -> bool:
    """True if the quantity is a target that can be measured: a bound on a time, a rate, a share, a multiple.

    A schedule ("every evening", "twice a day") is none.
    """
    if quantity.comparison == "x" or quantity.unit in _MEASURED:
        return True
    if quantity.unit.startswith("times/"):
        return False
    if "/" in quantity.unit:
        return not _CURRENCY.fullmatch(quantity.unit.split("/")[0])
    return quantity.unit in _PERIODS and quantity.comparison != "="


def states_target(fact: Fact) -> bool:
    """True if a fact is a figure that can be measured."""
    quantity = quantity_of(fact)
    return quantity is not None and is_target(quantity)


def figure(quantity: Quantity) -> str:
    """Return a quantity in the request's words, with its subject: "response times <2s", "5000+ orders/hour"."""
    named = quantity.subject and quantity.subject.lower() not in quantity.text.lower()
    return f"{quantity.subject} {quantity.text}" if named else quantity.text
