"""Quarantine commands: no message is dropped or redriven unless the command selects it."""

import base64
import json
from typing import Any

import pytest
from creatorflow_contracts import Delivery, Problem, QuarantineCommand, admit
from creatorflow_contracts.v1.operate import MAX_EDITED

ID = "019abcde-f012-7345-8678-9abcdef01234"
OTHER = "019abcde-f012-7345-8678-9abcdef01235"
BODY = base64.b64encode(b"{}").decode()


def admitted(**fields: Any) -> Any:
    return admit(Delivery(json.dumps({"contract": "quarantine-command.v1", **fields}).encode()))


@pytest.mark.parametrize("action", ["redrive", "drop"])
def test_a_redrive_or_a_drop_selects_messages_by_id_or_by_filter(action: str) -> None:
    refused = admitted(action=action)
    assert isinstance(refused, Problem)
    assert (refused.code, refused.where) == ("FIELD_INVALID", "ids")
    assert "name `ids`" in refused.message
    assert isinstance(admitted(action=action, ids=[ID]), QuarantineCommand)
    for name in ("code", "agent", "contract_name", "kind", "correlation_id"):
        assert isinstance(admitted(action=action, **{name: ID}), QuarantineCommand)


def test_a_show_command_needs_ids() -> None:
    assert admitted(action="show", code="NOT_JSON").where == "ids"
    assert isinstance(admitted(action="show", ids=[ID, OTHER]), QuarantineCommand)


def test_a_list_command_needs_no_ids() -> None:
    assert isinstance(admitted(action="list"), QuarantineCommand)
    assert isinstance(admitted(action="groups"), QuarantineCommand)


def test_an_edited_body_needs_exactly_one_id() -> None:
    assert isinstance(admitted(action="redrive", ids=[ID], body=BODY), QuarantineCommand)
    for reported in ({"action": "drop", "ids": [ID]}, {"action": "redrive", "ids": [ID, OTHER]}, {"action": "list"}):
        refused = admitted(**reported, body=BODY)
        assert isinstance(refused, Problem)
        assert (refused.code, refused.where) == ("FIELD_INVALID", "body")


@pytest.mark.parametrize("body", ["{}", "e30=\n", "=e30", "A" * (MAX_EDITED + 4)])
def test_an_edited_body_is_base64_of_a_bounded_length(body: str) -> None:
    assert admitted(action="redrive", ids=[ID], body=body).code == "FIELD_INVALID"


@pytest.mark.parametrize("ids", [[ID] * 1001, ["x"], [None]])
def test_ids_are_uuids_and_limited_in_number(ids: list[Any]) -> None:
    refused = admitted(action="show", ids=ids)
    assert isinstance(refused, Problem) and refused.where.startswith("ids")
