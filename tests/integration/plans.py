"""Plans for the agents of the shared system, with steps that tests can name."""

from __future__ import annotations

from typing import Any

DATABASE = {"id": "database", "agent": "database-specialist"}
ORDERS = {"id": "orders", "agent": "order-workflow-specialist", "depends_on": ["database"]}
SHIPPING = {"id": "shipping", "agent": "shipping-automation-specialist", "depends_on": ["orders"]}
THREE: dict[str, Any] = {"steps": [DATABASE, ORDERS, SHIPPING]}
ENDLESS: dict[str, Any] = {"steps": [DATABASE, {"id": "billing", "agent": "subscription-billing-specialist"}]}
"""A plan whose second agent never ends its work."""
