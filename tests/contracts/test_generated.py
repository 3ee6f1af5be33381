"""The committed schemas and the AsyncAPI document match the models, are valid, and agree with the ingress."""

import json
from pathlib import Path
from typing import Any

import creatorflow_contracts
import jsonschema
import pytest
import yaml
from creatorflow_contracts import Delivery, Problem, admit, topology
from creatorflow_contracts.generate.__main__ import different, generated, main
from creatorflow_contracts.generate.asyncapi import document, example, example_properties
from creatorflow_contracts.generate.naming import unnamed, with_names
from creatorflow_contracts.generate.schemas import schemas
from creatorflow_contracts.routes import ROUTES, Route

CONTRACTS_FOLDER = Path(creatorflow_contracts.__file__).parents[2]
NAMES = [route.contract for route in ROUTES]


def contracts_in(folder: Path) -> Path:
    """Create a folder that the generator takes for the repository's `contracts/`; it also writes beside it."""
    home = folder / "contracts"
    home.mkdir()
    (home / "pyproject.toml").touch()
    return home


def committed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONTRACTS_FOLDER / "asyncapi.yaml").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def public_schema(node_modules: Path) -> dict[str, Any]:
    path = node_modules / "@asyncapi" / "specs" / "schemas" / "3.1.0.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_the_committed_files_match_the_models() -> None:
    assert different(CONTRACTS_FOLDER, generated()) == []


def test_a_file_that_differs_is_missing_or_left_over_is_reported(tmp_path: Path) -> None:
    home, wanted = contracts_in(tmp_path), generated()
    assert main([str(home)]) == 0
    folder = home / "schemas" / "v1"
    (folder / "query.json").write_text("{}")
    (folder / "problem.json").unlink()
    (folder / "left-over.json").write_text("{}")
    (tmp_path / "ops" / "rabbitmq" / "definitions.json").write_text("{}")
    expected = [
        "../ops/rabbitmq/definitions.json",
        "schemas/v1/left-over.json",
        "schemas/v1/problem.json",
        "schemas/v1/query.json",
    ]
    assert different(home, wanted) == expected
    assert main([str(home), "--check"]) == 1
    assert main([str(home)]) == 0
    assert different(home, wanted) == []


def test_a_folder_outside_the_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(tmp_path)])
    assert caught.value.code == 2


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_schema_is_a_valid_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_every_example_meets_its_schema(route: Route) -> None:
    jsonschema.validate(example(route), schemas()[route.contract.removesuffix(".v1")])


def test_the_pattern_of_a_name_is_visible_in_the_schema() -> None:
    agent = schemas()["agent-task"]["properties"]["agent"]
    assert (agent["pattern"], agent["maxLength"]) == ("^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", 64)


def test_the_document_is_accepted_by_the_public_schema(public_schema: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(public_schema).validate(committed())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda reported: reported.pop("info"),
        lambda reported: reported["operations"]["sendAgentTask"].update(action="publish"),
        lambda reported: reported["channels"]["query"]["bindings"]["amqp"].update({"is": "topic"}),
        lambda reported: reported["components"]["messages"]["Query"].update(payloads={}),
    ],
)
def test_a_fault_in_the_document_is_detected_by_the_public_schema(public_schema: dict[str, Any], spoil: Any) -> None:
    reported = committed()
    spoil(reported)
    assert not jsonschema.Draft7Validator(public_schema).is_valid(reported)


def test_every_reference_in_the_document_resolves() -> None:
    reported = document()
    pending, seen = [reported], 0
    while pending:
        node: Any = pending.pop()
        pending += node if isinstance(node, list) else list(node.values()) if isinstance(node, dict) else []
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            target: Any = reported
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            seen += 1
    assert seen > 50


def example_key(route: Route) -> str:
    """Return the routing key with which the documented example is published."""
    body = example(route)
    return route.key.format(**{**body, "event": body.get("events", [{}])[-1].get("event", "")}) if route.key else ""


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_the_ingress_accepts_every_example_as_documented(route: Route) -> None:
    properties = {key: value for key, value in example_properties(route).items() if key != "delivery_mode"}
    body = json.dumps(example(route)).encode()
    found = admit(Delivery(body, route.exchange, example_key(route), **properties), frozenset({route.contract}))
    assert isinstance(found, route.model), found
    assert not isinstance(found, Problem) or route.model is Problem


def test_every_route_has_a_channel_an_operation_and_a_message() -> None:
    reported = committed()
    assert set(reported["components"]["messages"]) == {route.model.__name__ for route in ROUTES}
    addresses = {channel["address"] for channel in reported["channels"].values()}
    assert {route.key for route in ROUTES if route.key} <= addresses
    assert len(reported["operations"]) == len([route for route in ROUTES if route.key])


def test_no_schema_needs_a_name_invented_by_a_generator() -> None:
    reported = committed()
    schemas = reported["components"]["schemas"]
    assert unnamed(schemas) == []
    for message in reported["components"]["messages"].values():
        assert {*message["payload"]} == {*message["headers"]} == {"$ref"}
    assert (schemas["StepCommandAction"]["enum"], schemas["QueryAsk"]["enum"][0]) == (
        ["retry", "skip", "complete"],
        "state",
    )


def test_an_inline_schema_that_needs_a_name_is_detected() -> None:
    choice = {"enum": ["a", "b"]}
    inner = {"type": "object", "properties": {"x": choice}}
    schemas = {
        "A": {"properties": {"p": {"type": "array", "items": inner}, "q": {"anyOf": [choice, {"type": "null"}]}}}
    }
    assert unnamed(schemas) == ["A.p.items", "A.p.items.x", "A.q.anyOf"]
    named = with_names(schemas)
    assert unnamed(named) == []
    assert sorted(named) == ["A", "APItem", "APItemX"], "equal ones share a name"


def test_a_request_documents_the_address_and_the_messages_of_its_reply() -> None:
    reported = committed()
    reply = reported["operations"]["receiveRequestSubmitted"]["reply"]
    assert reply["address"]["location"] == "$message.header#/reply_to"
    names = [message["$ref"].rpartition("/")[2] for message in reply["messages"]]
    assert names == ["SynthesizedResult", "Problem"]


def test_the_documented_topology_matches_the_declared_one() -> None:
    reported = committed()["x-topology"]
    agent = "ui-ux-specialist"
    real = topology.orchestrator_topology() + topology.agent_topology(agent)
    queues = {queue["name"].replace("<agent>", agent): queue["arguments"] for queue in reported["queues"]}
    assert queues == {queue.name: dict(queue.arguments) for queue in real.queues}
    bindings = {
        tuple(binding[key].replace("<agent>", agent) for key in ("exchange", "queue", "key"))
        for binding in reported["bindings"]
    }
    assert bindings == {(binding.exchange, binding.queue, binding.key) for binding in real.bindings}
