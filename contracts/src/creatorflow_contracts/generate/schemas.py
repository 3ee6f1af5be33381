"""One JSON Schema per message, and one for each part that people write themselves: a card, a plan, an output."""

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
    """Return the schemas by file name (without `.json`), as a reader of version 1 understands them."""
    models = {route.contract.removesuffix(".v1"): route.model for route in ROUTES} | PARTS
    return {name: _schema(name, models[name]) for name in sorted(models)} | {"plan": plan_schema()}


def plan_schema() -> Schema:
    """Return the schema of a plan for its author: a child plan has the same schema (in a message it is any object)."""
    made = _schema("plan", PlanSpec)
    child = made["$defs"]["StepSpec"]["properties"]["plan"]
    child["anyOf"] = [{"$ref": "#"}, {"type": "null"}]
    return made


def as_text(schema: Schema) -> str:
    """Return a stable text: the same models give the same bytes."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(name: str, model: type[BaseModel]) -> Schema:
    made = model.model_json_schema(mode="validation", by_alias=True)
    return {"$schema": DIALECT, "$id": f"urn:creatorflow:{name}.v1", **without_titles(made)}


def without_titles(node: Any) -> Any:
    """Remove the titles that pydantic derives from field names. A field that is called `title` stays."""
    if isinstance(node, list):
        return [without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: without_titles(each) for name, each in value.items()} if key in _NAMED else without_titles(value)
        for key, value in node.items()
        if key != "title"
    }


_NAMED = frozenset({"properties", "$defs"})
