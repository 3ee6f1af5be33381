"""The ingress: every bad input has its code, nothing makes it raise, and no refusal repeats what was sent."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from creatorflow_contracts import CONTRACTS, Delivery, Message, Problem, admit, topology
from creatorflow_contracts.refusals import MAX_BODY
from creatorflow_contracts.routes import ROUTE_OF
from hypothesis import given
from hypothesis import strategies as st

SAGA = "6f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
OTHER = "11111111-2222-4333-8444-555555555555"
AGENT = "shipping-automation-specialist"
DIRECT = "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5NzIxMTQxNwAAjY8AAAAAawNR3g==.V2toQ+yazzUjWStxkaEcjQ=="
MARK = "hunter2!swordfish"
"""Put into bodies, from which it must not come back. It is no valid name, as the steps of a faulty plan are reported by
theirs."""


def sample(name: str, **changes: Any) -> dict[str, Any]:
    text = files("creatorflow_contracts.generate").joinpath("examples", f"{name}.json").read_text("utf-8")
    return {**json.loads(text), **changes}


def request(**changes: Any) -> bytes:
    return json.dumps(
        {"contract": "request-submitted.v1", "correlation_id": SAGA, "request": "labels", **changes}
    ).encode()


def delivered(name: str, key: str, exchange: str = topology.RESULTS, **changes: Any) -> Delivery:
    properties = {field: changes.pop(field) for field in ("user_id", "reply_to") if field in changes}
    return Delivery(json.dumps(sample(name, **changes)).encode(), exchange, key, **properties)


def refused(found: Message | Problem) -> Problem:
    assert isinstance(found, Problem), found
    return found


def nested(levels: int) -> bytes:
    """Return a request whose unknown fields are `levels` deep and contain more brackets than that besides."""
    deep, flat = b"[" * (levels - 1) + b"]" * (levels - 1), json.dumps([[]] * 50).encode()
    return request()[:-1] + b', "x": ' + deep + b', "y": ' + flat + b"}"


BAD_BODIES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "EMPTY_BODY"),
    ("blanks", b" \r\n\t ", "EMPTY_BODY"),
    ("words", b"hello", "NOT_JSON"),
    ("truncated JSON", request()[:-1], "NOT_JSON"),
    ("trailing bytes", request() + b"x", "NOT_JSON"),
    ("two objects", request() + request(), "NOT_JSON"),
    ("single quotes", b"{'contract': 1}", "NOT_JSON"),
    ("a raw control character", b'{"contract": "a\x01b"}', "NOT_JSON"),
    ("a byte-order mark", b"\xef\xbb\xbf" + request(), "NOT_UTF8"),
    ("UTF-16 with a mark", request().decode().encode("utf-16"), "NOT_UTF8"),
    ("UTF-16 without a mark", request().decode().encode("utf-16-le"), "NOT_UTF8"),
    ("UTF-16, other order", request().decode().encode("utf-16-be"), "NOT_UTF8"),
    ("UTF-32", request().decode().encode("utf-32-le"), "NOT_UTF8"),
    ("invalid UTF-8", b'{"contract": "\xff"}', "NOT_UTF8"),
    ("half a surrogate pair", request(note="x").replace(b'"x"', b'"\\ud800"'), "NOT_UTF8"),
    ("half a surrogate pair as a key", request(note="x").replace(b'"note"', b'"\\uDFFF"'), "NOT_UTF8"),
    ("an array", b"[1]", "NOT_OBJECT"),
    ("null", b"null", "NOT_OBJECT"),
    ("a number", b"5", "NOT_OBJECT"),
    ("a string", b'"hello"', "NOT_OBJECT"),
    ("a body over 1 MiB", b"x" * (MAX_BODY + 1), "TOO_LARGE"),
    ("33 levels", nested(33), "TOO_DEEP"),
    ("100,000 levels of arrays", b"[" * 100_000, "TOO_DEEP"),
    ("100,000 levels of objects", b'{"a":' * 100_000, "TOO_DEEP"),
    ("100,000 keys", b"{" + b",".join(b'"%d":1' % n for n in range(80_000)) + b"}", "TOO_MANY_KEYS"),
    ("10,001 keys in small objects", request(x=[{"a": 1}] * 10_000), "TOO_MANY_KEYS"),
    ("NaN", b'{"contract": NaN}', "NUMBER_NOT_FINITE"),
    ("-Infinity", b'{"x": -Infinity}', "NUMBER_NOT_FINITE"),
    ("1e999", b'{"x": 1e999}', "NUMBER_NOT_FINITE"),
    ("an integer of 65 bits", b'{"x": 9223372036854775808}', "NUMBER_TOO_LARGE"),
    ("an integer of 5,000 digits", b'{"x": ' + b"9" * 5_000 + b"}", "NUMBER_TOO_LARGE"),
    ("U+0000", b'{"contract": "a\\u0000"}', "NUL_CHARACTER"),
    ("U+0000 after a backslash", b'{"contract": "a\\\\\\u0000"}', "NUL_CHARACTER"),
    ("U+0000 in a key", b'{"\\u0000": 1}', "NUL_CHARACTER"),
    ("a key twice", b'{"a": 1, "a": 1}', "DUPLICATE_KEY"),
    ("a key twice, spelt differently", b'{"a": 1, "\\u0061": 1}', "DUPLICATE_KEY"),
    ("a key twice deep inside", b'{"x": [{"y": {"a": 1, "a": 2}}]}', "DUPLICATE_KEY"),
    ("no contract", b"{}", "CONTRACT_MISSING"),
    ("contract true", b'{"contract": true}', "CONTRACT_INVALID"),
    ("contract 1", b'{"contract": 1}', "CONTRACT_INVALID"),
    ("contract null", b'{"contract": null}', "CONTRACT_INVALID"),
    ("an unhashable contract", b'{"contract": {"a": []}}', "CONTRACT_INVALID"),
    ("an unknown contract", request(contract="request-deleted.v1"), "CONTRACT_UNKNOWN"),
    ("a contract without version", request(contract="request-submitted"), "CONTRACT_UNKNOWN"),
    ("an empty contract", request(contract=""), "CONTRACT_UNKNOWN"),
    ("version 99", request(contract="request-submitted.v99"), "VERSION_UNSUPPORTED"),
    ("version 0", request(contract="request-submitted.v0"), "VERSION_UNSUPPORTED"),
    (
        "no correlation id",
        json.dumps({"contract": "request-submitted.v1", "request": "x"}).encode(),
        "CORRELATION_INVALID",
    ),
    ("a correlation id that is no UUID", request(correlation_id="42"), "CORRELATION_INVALID"),
    ("a number as correlation id", request(correlation_id=42), "CORRELATION_INVALID"),
    ("null as correlation id", request(correlation_id=None), "CORRELATION_INVALID"),
    ("an empty request", request(request=""), "REQUEST_EMPTY"),
    ("a blank request", request(request=" \n\u2003"), "REQUEST_EMPTY"),
    ("no request", json.dumps({"contract": "request-submitted.v1", "correlation_id": SAGA}).encode(), "FIELD_MISSING"),
    ("a number as request", request(request=5), "FIELD_INVALID"),
    ("a request over 64 KiB", request(request="x" * 65_537), "FIELD_INVALID"),
    ("1 for a flag", request(dry_run=1), "FIELD_INVALID"),
    ("a deadline without offset", request(deadline="2026-11-22T10:00:00"), "FIELD_INVALID"),
    ("a deadline as number", request(deadline=1_800_000_000), "FIELD_INVALID"),
    ("a deadline at the end of the calendar", request(deadline="9999-12-31T23:59:59-12:00"), "FIELD_INVALID"),
    ("a plan of 201 steps", request(plan={"steps": [{"id": "a"}] * 201}), "PLAN_TOO_LARGE"),
    ("a plan of 10,000 steps", request(plan={"steps": [{"id": "a", "agent": "b"}] * 10_000}), "PLAN_TOO_LARGE"),
    ("an empty plan", request(plan={"steps": []}), "PLAN_INVALID"),
    ("a plan that is a text", request(plan="first this"), "PLAN_INVALID"),
    ("a plan with an unknown field", request(plan={"steps": [{"id": "a", "after": "b"}]}), "PLAN_INVALID"),
    ("an agent with a star", request(plan={"steps": [{"id": "a", "agent": "ui-*"}]}), "NAME_INVALID"),
    ("a step of 300 bytes", request(plan={"steps": [{"id": "a" * 300}]}), "NAME_INVALID"),
]


@pytest.mark.parametrize(("body", "code"), [case[1:] for case in BAD_BODIES], ids=[case[0] for case in BAD_BODIES])
def test_a_bad_body_is_refused_with_its_code(body: bytes, code: str) -> None:
    problem = refused(admit(Delivery(body)))
    assert problem.code == code
    assert problem.message and problem.where and problem.hint


GOOD_NEIGHBOURS: list[tuple[str, bytes]] = [
    ("blanks around the object", b" \n" + request() + b"\r\n"),
    ("32 levels", nested(32)),
    ("an integer of 64 bits", request()[:-1] + b', "x": [9223372036854775807, -9223372036854775808]}'),
    ("a float that is nearly too large", request()[:-1] + b', "x": 1e308}'),
    ("a backslash and the letters u0000", request()[:-1] + b', "x": "\\\\u0000"}'),
    ("an escaped surrogate pair", request()[:-1] + b', "x": "\\ud83d\\udce6"}'),
    ("the letters of a surrogate", request()[:-1] + b', "x": "\\\\ud800"}'),
    ("10,000 keys", request(x=[{"a": 1}] * 9_996)),
    ("20,000 colons in a text", request(request="a:" * 20_000)),
    ("the same key in two objects", request(x=[{"a": 1}, {"a": 1}])),
    ("an unknown field", request(urgency="high")),
    ("an upper-case correlation id", request(correlation_id=SAGA.upper())),
    ("an offset that is not UTC", request(deadline="2026-11-22T10:00:00+05:30")),
    ("a plan of 200 steps", request(plan={"steps": [{"id": f"s{n}", "agent": AGENT} for n in range(200)]})),
    ("a name of 64 characters", request(plan={"steps": [{"id": "a" * 64}]})),
    ("exactly 1 MiB", request()[:-1] + b" " * (MAX_BODY - len(request())) + b"}"),
]


@pytest.mark.parametrize("body", [case[1] for case in GOOD_NEIGHBOURS], ids=[case[0] for case in GOOD_NEIGHBOURS])
def test_values_just_inside_the_limits_are_accepted(body: bytes) -> None:
    found = admit(Delivery(body))
    assert not isinstance(found, Problem), found


BAD_ENVELOPES: list[tuple[str, dict[str, Any], str, str]] = [
    ("gzip", {"content_encoding": "gzip"}, "ENCODING_UNSUPPORTED", "properties.content_encoding"),
    ("XML", {"content_type": "application/xml"}, "CONTENT_TYPE_UNSUPPORTED", "properties.content_type"),
    ("headers over 8 KiB", {"headers": {"a": "x" * 8_192}}, "HEADERS_TOO_LARGE", "headers"),
    ("many small headers", {"headers": {f"h{n}": n for n in range(1_000)}}, "HEADERS_TOO_LARGE", "headers"),
    ("headers in headers", {"headers": {"a": [{"b": ["x" * 9_000]}]}}, "HEADERS_TOO_LARGE", "headers"),
    ("a reply to a queue of ours", {"reply_to": topology.RESULTS_QUEUE}, "REPLY_TO_NOT_ALLOWED", "properties.reply_to"),
    ("another type", {"type": "query.v1"}, "PROPERTY_MISMATCH", "properties.type"),
    ("another correlation id", {"correlation_id": OTHER}, "PROPERTY_MISMATCH", "properties.correlation_id"),
    ("a correlation id that is no UUID", {"correlation_id": "7"}, "PROPERTY_MISMATCH", "properties.correlation_id"),
    (
        "another key",
        {"exchange": topology.REQUESTS, "routing_key": "request.other.v1"},
        "PROPERTY_MISMATCH",
        "routing_key",
    ),
    ("round the exchange", {"exchange": "", "routing_key": topology.SUBMIT_QUEUE}, "PROPERTY_MISMATCH", "routing_key"),
]


@pytest.mark.parametrize(
    ("envelope", "code", "where"), [c[1:] for c in BAD_ENVELOPES], ids=[c[0] for c in BAD_ENVELOPES]
)
def test_a_bad_envelope_is_refused_with_its_code(envelope: dict[str, Any], code: str, where: str) -> None:
    problem = refused(admit(replace(Delivery(request()), **envelope)))
    assert (problem.code, problem.where) == (code, where)


GOOD_ENVELOPES: list[tuple[str, dict[str, Any]]] = [
    (
        "all properties as documented",
        {"content_type": "application/json", "type": "request-submitted.v1", "correlation_id": SAGA},
    ),
    ("a charset", {"content_type": "Application/JSON; charset=utf-8"}),
    ("utf-8 as encoding, which some clients always say", {"content_encoding": "UTF-8"}),
    ("the correlation id in upper case", {"correlation_id": SAGA.upper()}),
    ("direct reply-to", {"reply_to": DIRECT}),
    ("a queue of one's own", {"reply_to": "my.creatorflow.replies"}),
    ("tracing", {"headers": {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "x-death": [{"count": 1}]}}),
    (
        "an agent's user as a client",
        {"user_id": AGENT, "exchange": topology.REQUESTS, "routing_key": topology.submit_key()},
    ),
]


@pytest.mark.parametrize("envelope", [c[1] for c in GOOD_ENVELOPES], ids=[c[0] for c in GOOD_ENVELOPES])
def test_a_good_envelope_is_accepted(envelope: dict[str, Any]) -> None:
    assert isinstance(admit(replace(Delivery(request()), **envelope)), CONTRACTS["request-submitted.v1"])


FORGERIES = [
    delivered("agent-result", topology.result_key("ui-ux-specialist")),
    delivered("agent-result", topology.SAGA_RESULT_KEY),
    delivered("agent-result", topology.claim_key(AGENT)),
    delivered("agent-result", topology.RESULTS_QUEUE, exchange=""),
    delivered("agent-result", topology.result_key(AGENT), user_id="ui-ux-specialist"),
    delivered("agent-result", topology.result_key(AGENT), user_id="client"),
    delivered("task-claimed", topology.claim_key(AGENT), user_id="ui-ux-specialist"),
    delivered("task-claimed", topology.claim_key("ui-ux-specialist")),
    delivered(
        "agent-heartbeat", topology.control_key("heartbeat", AGENT), topology.CONTROL, user_id="ui-ux-specialist"
    ),
    delivered("agent-heartbeat", topology.control_key("heartbeat", "ui-ux-specialist"), topology.CONTROL),
    delivered("agent-announced", topology.control_key("announce", "a-b"), topology.CONTROL, agent="a-b"),
    delivered("agent-task", topology.task_key(AGENT), topology.TASKS, user_id=AGENT),
    delivered("cancel-task", topology.control_key("cancel", AGENT), topology.CONTROL, user_id=AGENT),
]


@pytest.mark.parametrize("delivery", FORGERIES)
def test_an_agent_that_sends_in_the_name_of_another_is_refused(delivery: Delivery) -> None:
    assert refused(admit(delivery)).code == "SENDER_NOT_ALLOWED"


@pytest.mark.parametrize("user", [None, AGENT, "guest", "creatorflow-specialists"])
def test_an_agent_that_sends_in_its_own_name_is_accepted(user: str | None) -> None:
    found = admit(delivered("agent-result", topology.result_key(AGENT), user_id=user))
    assert isinstance(found, CONTRACTS["agent-result.v1"])


def test_a_dead_letter_is_read_under_its_original_routing_key() -> None:
    found = admit(delivered("agent-task", topology.task_key(AGENT), topology.DEAD_LETTERS))
    assert isinstance(found, CONTRACTS["agent-task.v1"])


def test_a_reply_is_read_whatever_the_queue_is_called() -> None:
    for name in ("query-answer", "synthesized-result", "problem"):
        assert isinstance(admit(delivered(name, "amq.gen-xyz", exchange="")), CONTRACTS[f"{name}.v1"])


def test_an_event_belongs_to_the_saga_in_its_routing_key() -> None:
    assert not isinstance(admit(delivered("saga-events", f"saga.{SAGA}.step_succeeded.v1", topology.EVENTS)), Problem)
    problem = refused(admit(delivered("saga-events", f"saga.{OTHER}.step_succeeded.v1", topology.EVENTS)))
    assert problem.code == "PROPERTY_MISMATCH"


def test_a_queue_accepts_only_its_own_contracts() -> None:
    expected = frozenset({"query.v1", "cancel-request.v1"})
    problem = refused(admit(Delivery(request()), expected))
    assert problem.code == "CONTRACT_NOT_EXPECTED"
    assert "cancel-request.v1, query.v1" in problem.hint


def test_an_unknown_contract_is_refused_with_a_list_of_the_known_ones() -> None:
    hint = refused(admit(Delivery(request(contract="wish.v1")))).hint
    assert all(contract in hint for contract in CONTRACTS)


def test_stored_bytes_are_read_again_without_any_properties() -> None:
    assert isinstance(admit(Delivery(request())), CONTRACTS["request-submitted.v1"])


def test_a_problem_carries_the_saga_id_of_the_body_or_else_of_the_property() -> None:
    assert refused(admit(Delivery(request(request="")))).correlation_id == SAGA
    assert refused(admit(Delivery(b"hello", correlation_id=SAGA))).correlation_id == SAGA
    assert refused(admit(Delivery(b"hello", correlation_id="no uuid"))).correlation_id is None


def test_an_unknown_error_type_reads_as_unknown() -> None:
    found: Any = admit(
        Delivery(json.dumps(sample("agent-result", error={"type": "moonstruck", "message": ""})).encode())
    )
    assert found.error.type == "unknown"


def test_all_invalid_fields_are_reported_and_plan_steps_by_name() -> None:
    steps = [{"id": "orders", "agent": AGENT}, {"id": "labels", "agent": AGENT, "follows": "orders", "optional": "yes"}]
    problem = refused(admit(Delivery(request(plan={"steps": steps}, dry_run="no"))))
    assert problem.code == "PLAN_INVALID"
    assert "step labels" in problem.message
    assert problem.where == "plan.steps[1].optional, plan.steps[1].*, dry_run"


def test_the_correlation_id_is_reported_despite_other_faults() -> None:
    assert refused(admit(Delivery(request(correlation_id="x", request="", dry_run=1)))).code == "CORRELATION_INVALID"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_ingress_raise(body: bytes) -> None:
    refused(admit(Delivery(body)))


@given(st.sampled_from(sorted(CONTRACTS)), st.data())
def test_no_wrong_value_in_any_field_makes_the_ingress_raise(contract: str, data: st.DataObject) -> None:
    body = sample(contract.removesuffix(".v1"))
    field = data.draw(st.sampled_from([*ROUTE_OF[contract].model.model_fields, "unknown"]))
    body[field] = data.draw(anything)
    assert isinstance(admit(Delivery(json.dumps(body).encode())), Message)


@given(
    st.builds(
        Delivery,
        body=st.just(request()),
        exchange=st.text(max_size=20),
        routing_key=st.text(max_size=20),
        content_type=st.none() | st.text(max_size=20),
        content_encoding=st.none() | st.text(max_size=20),
        type=st.none() | st.text(max_size=20),
        correlation_id=st.none() | st.text(max_size=40),
        reply_to=st.none() | st.text(max_size=20),
        user_id=st.none() | st.text(max_size=20),
        headers=st.dictionaries(st.text(max_size=9), anything | st.binary(max_size=20), max_size=3),
    )
)
def test_no_envelope_makes_the_ingress_raise(delivery: Delivery) -> None:
    assert isinstance(admit(delivery), Message)


def test_the_parsers_message_about_a_wrong_character_is_not_passed_on() -> None:
    problem = refused(
        admit(Delivery(json.dumps(sample("agent-result", task_id="\N{GREEK CAPITAL LETTER OMEGA}")).encode()))
    )
    assert (problem.code, problem.where) == ("FIELD_INVALID", "task_id")
    assert "\N{GREEK CAPITAL LETTER OMEGA}" not in problem.message


secrets = st.sampled_from([MARK, {MARK: MARK}, [MARK], {"a": {MARK: [MARK]}}, {"steps": [{"id": MARK}]}])


@given(st.sampled_from(sorted(CONTRACTS)), secrets, st.data())
def test_a_refusal_never_echoes_the_message(contract: str, secret: object, data: st.DataObject) -> None:
    body = sample(contract.removesuffix(".v1"))
    body[data.draw(st.sampled_from([*ROUTE_OF[contract].model.model_fields]))] = secret
    found = admit(Delivery(json.dumps(body).encode(), type=data.draw(st.sampled_from([None, MARK]))))
    if isinstance(found, Problem) and body.get("contract") != "problem.v1":
        assert MARK not in found.to_json().decode()


@pytest.mark.parametrize(("body", "_code"), [case[1:] for case in BAD_BODIES], ids=[case[0] for case in BAD_BODIES])
def test_a_bad_body_with_a_secret_in_it_never_echoes_it(body: bytes, _code: str) -> None:
    found = admit(Delivery(body.replace(b"labels", MARK.encode()).replace(b'"a"', f'"{MARK}"'.encode())))
    assert MARK not in found.to_json().decode() or not isinstance(found, Problem)
