"""The domains of a request: their order of precedence, and which build on which.

A domain that is not named here (a team's own agent brought it) comes after these and builds on the database.
"""

from __future__ import annotations

from collections.abc import Collection

TESTING = "testing"
PERFORMANCE = "performance"

PRECEDENCE: tuple[str, ...] = (
    "tiktok_integration",
    "order_management",
    "inventory_sync",
    "shipping",
    "performance",
    "security",
    "testing",
    "ui_dashboard",
    "analytics",
    "billing",
    "database",
)
"""Of two domains of equal strength the earlier one leads (docs/planning.md). The contracts' list, which the core does
not import; a test compares them."""

_BUILDS_ON: dict[str, tuple[str, ...]] = {
    "security": (),
    "performance": (),
    "database": ("security",),
    "tiktok_integration": ("security", "database"),
    "billing": ("security", "database"),
    "order_management": ("database",),
    "inventory_sync": ("database",),
    "analytics": ("database",),
    "shipping": ("order_management",),
    "ui_dashboard": ("order_management", "analytics"),
}
"""Access rights come first, then the data, then the parts that store and read it, then the parts that use those."""

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
    "testing": "Prove that it works",
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


def builds_on(domain: str, present: Collection[str]) -> frozenset[str]:
    """Return the present domains that `domain` builds on; an absent one is replaced by those that it builds on."""
    if domain == TESTING:
        return frozenset(other for other in present if other != TESTING)
    domains: set[str] = set()
    for base in _BUILDS_ON.get(domain, ("database",)):
        domains |= {base} if base in present else builds_on(base, present)
    return frozenset(domains)
