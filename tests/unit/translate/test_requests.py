"""What makes two submissions the same request."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from creatorflow_contracts.v1.request import RequestSubmitted
from creatorflow_orchestrator.translate.requests import request_digest


def digest(**fields: Any) -> str:
    body = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "do it"} | fields
    return request_digest(RequestSubmitted.model_validate_json(json.dumps(body)))


def test_what_is_said_by_default_makes_no_difference() -> None:
    said = {"on_failure": "fail", "dry_run": False, "constraints": [], "tags": {}, "deadline": None}
    assert digest() == digest(**said) == digest(added_later=1)
    step = {"id": "one", "agent": "database-specialist"}
    assert digest(plan={"steps": [step]}) == digest(plan={"steps": [step | {"optional": False, "depends_on": []}]})


@pytest.mark.parametrize(
    "other",
    [
        {"request": "do that"},
        {"on_failure": "park"},
        {"dry_run": True},
        {"constraints": ["soon"]},
        {"tags": {"team": "a"}},
        {"deadline": "2030-01-01T00:00:00Z"},
        {"plan": {"steps": [{"id": "one", "agent": "database-specialist"}]}},
    ],
)
def test_everything_else_does(other: dict[str, Any]) -> None:
    assert digest() != digest(**other)
