"""The domains of a request: their order of precedence, and the data that flows between them.

A domain that is not named here (a team's own agent brought it) comes after these and needs the schema.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.targets import TESTING

DATABASE = "database"
PERFORMANCE = "performance"

PRECEDENCE: tuple[str, ...] = (
    "tiktok_integration",
    "order_management",
    "inventory_sync",
    "shipping",
    "performance",
    "security",
    TESTING,
    "ui_dashboard",
    "analytics",
    "billing",
    "database",
)
"""Of two domains of equal strength the earlier one leads (docs/planning.md). The contracts' list, which the core does
not import; a test compares them."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The data that flows through a domain's work: what it produces, what it cannot do without, and what it uses where
    there is some. It comes after both."""

    produces: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


IMPORTED_ORDERS = "imported orders"
_FLOWS: dict[str, Flow] = {
    "security": Flow(produces=("access rules",)),
    "database": Flow(produces=("schema",), uses=("access rules",)),
    "tiktok_integration": Flow(produces=(IMPORTED_ORDERS,), needs=("schema",), uses=("access rules",)),
    "order_management": Flow(produces=("orders",), needs=("schema",), uses=(IMPORTED_ORDERS,)),
    "inventory_sync": Flow(produces=("stock",), needs=("schema",)),
    "shipping": Flow(produces=("shipments",), needs=("orders",)),
    "analytics": Flow(produces=("figures",), needs=("schema",)),
    "billing": Flow(produces=("invoices",), needs=("schema",), uses=("access rules",)),
    "ui_dashboard": Flow(produces=("screens",), uses=("orders", "figures")),
    "performance": Flow(),
}
"""Access rights come first, then the data, then the parts that store and read it, then the parts that use those."""
_ABOUT_ORDERS = re.compile(r"\b(?:orders?|sales|purchases|import)\b", re.IGNORECASE)
_OWN_FLOW = Flow(needs=("schema",))
"""Of a domain that a team's own agent brought."""
_PRODUCER = {thing: domain for domain, flow in _FLOWS.items() for thing in flow.produces}

SHORT_NAMES: dict[str, str] = {
    "tiktok_integration": "tiktok",
    "order_management": "orders",
    "inventory_sync": "inventory",
    "ui_dashboard": "dashboard",
}
"""Step names of domains whose own name is long."""

WORK: dict[str, str] = {
    "tiktok_integration": "Connect TikTok Shop",
    "order_management": "Model the order workflow",
    "inventory_sync": "Keep stock in step everywhere",
    "shipping": "Automate shipping",
    "performance": "Make it fast and keep it up under load",
    "security": "Protect access and data",
    TESTING: "Prove that it works",
    "ui_dashboard": "Build the screens",
    "analytics": "Provide the figures",
    "billing": "Charge customers correctly",
    "database": "Design the data",
}
"""The work that an agent is instructed to do, by its home domain."""


def rank(domain: str) -> tuple[int, str]:
    """Return a domain's place in the order of precedence, for sorting."""
    known = PRECEDENCE.index(domain) if domain in PRECEDENCE else len(PRECEDENCE)
    return known, domain


def builds_on(domain: str, producers: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the domains whose results `domain` builds on.

    `producers` maps each domain of the plan to what it produces there (`products`). A producer that is not in the plan
    is replaced by those that it builds on itself.
    """
    if domain == TESTING:
        return frozenset(other for other in producers if other != TESTING)
    flow = _FLOWS.get(domain, _OWN_FLOW)
    bases: set[str] = set()
    for thing in (*flow.needs, *flow.uses):
        producer = _PRODUCER[thing]
        if producer not in producers:
            bases |= builds_on(producer, producers)
        elif thing in producers[producer]:
            bases.add(producer)
    return frozenset(bases - {domain})


def needed_domains(domain: str) -> tuple[str, ...]:
    """Return the domains whose results `domain` cannot do without."""
    return tuple(_PRODUCER[thing] for thing in _FLOWS.get(domain, _OWN_FLOW).needs)


def products(domain: str, asked: Iterable[str]) -> frozenset[str]:
    """Return what a domain produces for these asks: orders are imported only where an ask is about orders."""
    produced = frozenset(_FLOWS.get(domain, _OWN_FLOW).produces)
    if IMPORTED_ORDERS in produced and not any(_ABOUT_ORDERS.search(text) for text in asked):
        return produced - {IMPORTED_ORDERS}
    return produced
