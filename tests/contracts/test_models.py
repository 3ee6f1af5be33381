"""Properties that all messages of version 1 share."""

import json
from typing import Any, get_args

import pytest
from creatorflow_contracts import (
    CONTRACTS,
    AgentAnnounced,
    AgentCard,
    AgentResult,
    Delivery,
    Message,
    Problem,
    ProblemCode,
    RequestSubmitted,
    admit,
)
from creatorflow_contracts.generate.asyncapi import example
from creatorflow_contracts.routes import ROUTES
from creatorflow_contracts.v1.card import DECISION_KEYS, DOMAINS
from creatorflow_contracts.v1.request import PlanSpec, Repeat, StepSpec
from pydantic import BaseModel, ValidationError

SAGA = "6f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"


def parts_of(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return the model and every model that it is built from."""
    found = {model}
    pending: list[Any] = [field.annotation for field in model.model_fields.values()]
    while pending:
        annotation = pending.pop()
        pending.extend(get_args(annotation))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found |= parts_of(annotation)
    return found


ALL_MODELS = sorted({part for route in ROUTES for part in parts_of(route.model)}, key=lambda model: model.__name__)


@pytest.mark.parametrize("model", ALL_MODELS, ids=lambda model: model.__name__)
def test_every_model_is_frozen_and_strict_and_ignores_fields_of_later_versions(model: type[BaseModel]) -> None:
    assert model.model_config["frozen"] is True
    assert model.model_config["strict"] is True
    assert model.model_config["extra"] == ("forbid" if model in (PlanSpec, StepSpec, Repeat) else "ignore")
    assert model.__doc__


def test_a_message_cannot_be_changed() -> None:
    message = RequestSubmitted.model_validate_json(json.dumps(example(ROUTES[0])))
    with pytest.raises(ValidationError, match="frozen"):
        message.request = "another"  # type: ignore[misc]


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
def test_a_contract_names_its_type_and_major_version(contract: str) -> None:
    name, _, major = contract.rpartition(".v")
    assert name and major == "1"
    assert CONTRACTS[contract].model_fields["contract"].default == contract


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
def test_a_schema_requires_the_contract(contract: str) -> None:
    schema = CONTRACTS[contract].model_json_schema()
    assert schema["required"][0] == "contract"
    assert schema["properties"]["contract"]["const"] == contract


def test_absent_optional_fields_are_omitted_but_null_in_free_data_is_kept() -> None:
    result = AgentResult.model_validate_json(
        json.dumps(
            {
                "contract": "agent-result.v1",
                "task_id": SAGA,
                "correlation_id": SAGA,
                "agent": "a",
                "instance": "i",
                "attempt": 1,
                "success": True,
                "output": {"data": {"nothing": None}},
            }
        )
    )
    written = json.loads(result.to_json())
    assert "error" not in written
    assert written["output"] == {"data": {"nothing": None}}


def test_a_name_in_any_message_is_checked() -> None:
    with pytest.raises(ValidationError) as caught:
        AgentResult(task_id=SAGA, agent="ui.*", instance="i", attempt=1, success=True)  # type: ignore[arg-type, call-arg]
    assert "NAME_INVALID" in {error["type"] for error in caught.value.errors()}


def test_an_agent_announces_only_its_own_card() -> None:
    body = example(next(route for route in ROUTES if route.model is AgentAnnounced))
    body["card"]["name"] = "ui-ux-specialist"
    found = admit(Delivery(json.dumps(body).encode()))
    assert isinstance(found, Problem) and found.code == "SENDER_NOT_ALLOWED"


@pytest.mark.parametrize("name", ["all", "saga"])
def test_no_card_has_a_reserved_name(name: str) -> None:
    with pytest.raises(ValidationError, match="no agent may be called"):
        AgentCard(name=name, group="g", summary="", expertise=(), domains=())


def test_a_problem_accepts_unknown_codes_for_later_versions() -> None:
    problem = Problem(code="LATER", message="m", where="w", hint="h")
    assert isinstance(problem, Message)
    assert Problem(code=ProblemCode.NOT_JSON, message="m", where="w", hint="h").code == "NOT_JSON"


def test_codes_equal_their_names() -> None:
    assert all(code.name == code.value for code in ProblemCode)


def test_domains_and_decision_keys_are_the_documented_ones() -> None:
    assert len(DOMAINS) == 11 and DOMAINS[0] == "tiktok_integration" and DOMAINS[-1] == "database"
    assert len(DECISION_KEYS) == 8
