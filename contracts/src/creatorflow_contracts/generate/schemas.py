"""One JSON Schema a message, and one each for the parts that people write by hand: a card, a plan, an output."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from creatorflow_contracts.routes import ROUTES
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_contracts.v1.request import PlanSpec

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PARTS: dict[str, type[BaseModel]] = {"agent-card": AgentCard, "plan": PlanSpec, "specialist-output": SpecialistOutput}


def schemas() -> dict[str, Schema]:
    """File name (without `.json`) to schema, as a reader of version 1 understands it."""
    models = {route.contract.removesuffix(".v1"): route.model for route in ROUTES} | PARTS
    return {name: _schema(name, models[name]) for name in sorted(models)} | {"plan": plan_schema()}


def plan_schema() -> Schema:
    """A plan as its author writes it: a child plan is one as well (in a message it is any object)."""
    made = _schema("plan", PlanSpec)
    child = made["$defs"]["StepSpec"]["properties"]["plan"]
    child["anyOf"] = [{"$ref": "#"}, {"type": "null"}]
    return made


def as_text(schema: Schema) -> str:
    """A stable text: the same models give the same bytes."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(name: str, model: type[BaseModel]) -> Schema:
    made = model.model_json_schema(mode="validation", by_alias=True)
    return {"$schema": DIALECT, "$id": f"urn:creatorflow:{name}.v1", **without_titles(made)}


def without_titles(node: Any) -> Any:
    """pydantic titles every field with its own name, which says nothing. A field that is called `title` stays."""
    if isinstance(node, list):
        return [without_titles(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: without_titles(each) for name, each in value.items()} if key in _NAMED else without_titles(value)
        for key, value in node.items()
        if key != "title"
    }


_NAMED = frozenset({"properties", "$defs"})
