"""Frames that the client's decoder cannot read, made readable."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from creatorflow.bus.tolerant_decoding import HEADER, MAX_TABLE, METHOD, PROPERTIES, UNREAD, readable
from hypothesis import given
from hypothesis import strategies as st
from pamqp import decode
from pamqp.commands import Basic, Channel
from pamqp.frame import marshal, unmarshal
from pamqp.header import ContentHeader

KINDS = "contentType contentEncoding headers mode priority correlation replyTo expiration id time type user app cluster"
BITS = {name: 0x8000 >> number for number, name in enumerate(KINDS.split())}
SHORT = st.binary(max_size=255)


def short(raw: bytes) -> bytes:
    return bytes((len(raw),)) + raw


def table(*entries: tuple[bytes, bytes]) -> bytes:
    body = b"".join(short(key) + value for key, value in entries)
    return len(body).to_bytes(4) + body


def header(*properties: tuple[str, bytes]) -> bytes:
    """Return the payload of a content header frame with these properties, in the order of the protocol."""
    flags = sum(BITS[name] for name, _ in properties)
    return struct.pack(">HHQH", 60, 0, 2, flags) + b"".join(value for _, value in properties)


def read(kind: int, payload: bytes) -> Any:
    """Return the decoded frame, after it was made readable."""
    payload = readable(kind, payload)
    return unmarshal(struct.pack(">BHI", kind, 1, len(payload)) + payload + b"\xce")[2]


def headers(body: bytes) -> Any:
    return read(HEADER, header(("headers", body))).properties.headers


@given(
    st.builds(
        Basic.Properties,
        content_type=st.none() | st.text(max_size=60),
        headers=st.none()
        | st.dictionaries(
            st.text(max_size=20),
            st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=99) | st.floats(width=32),
        ),
        delivery_mode=st.sampled_from([None, 1, 2]),
        priority=st.none() | st.integers(0, 255),
        message_id=st.none() | st.text(max_size=60),
        timestamp=st.none() | st.integers(0, 250_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
        message_type=st.none() | st.text(max_size=60),
        app_id=st.none() | st.text(max_size=60),
    )
)
def test_a_readable_header_is_unchanged(properties: Basic.Properties) -> None:
    payload = marshal(ContentHeader(body_size=3, properties=properties), 1)[7:-1]
    assert readable(HEADER, payload) == payload


@given(st.text("abc.-_", max_size=60), st.text(max_size=60))
def test_a_readable_method_is_unchanged(exchange: str, key: str) -> None:
    deliver = Basic.Deliver("ctag", 2**40 + 200, True, exchange, key)
    for method in (deliver, Basic.Return(312, "NO_ROUTE", exchange, key), Channel.Close(404, exchange, 60, 40)):
        payload = marshal(method, 1)[7:-1]
        assert readable(METHOD, payload) == payload


@given(SHORT, SHORT, st.integers(0, 2**64 - 1), SHORT)
def test_properties_with_any_bytes_are_readable_and_invalid_text_is_marked(
    content_type: bytes, message_id: bytes, time: int, kind: bytes
) -> None:
    fields = (("contentType", short(content_type)), ("id", short(message_id)), ("time", time.to_bytes(8)))
    properties = read(HEADER, header(*fields, ("type", short(kind)))).properties
    for raw, text in ((content_type, properties.content_type), (kind, properties.message_type)):
        try:
            assert text == raw.decode()
        except UnicodeDecodeError:
            assert "\ufffd" in text


@given(SHORT, SHORT, SHORT)
def test_a_method_with_any_bytes_is_readable(reason: bytes, exchange: bytes, key: bytes) -> None:
    read(METHOD, struct.pack(">HHH", 60, 50, 312) + short(reason) + short(exchange) + short(key))
    read(METHOD, struct.pack(">HH", 60, 60) + short(b"ctag") + bytes(9) + short(exchange) + short(key))
    read(METHOD, struct.pack(">HHH", 20, 40, 404) + short(reason) + bytes(4))
    read(METHOD, struct.pack(">HHH", 10, 50, 320) + short(reason) + bytes(4))


@given(st.lists(st.tuples(SHORT, st.binary(max_size=80)), max_size=20))
def test_the_property_after_a_table_with_any_bytes_is_readable(entries: list[tuple[bytes, bytes]]) -> None:
    properties = read(HEADER, header(("headers", table(*entries)), ("type", short(b"next")))).properties
    assert properties.message_type == "next"


@pytest.mark.parametrize(
    "value",
    [
        b"T" + bytes([255] * 8),
        b"F" + table((b"\xff", b"t\1")),
        b"A" + (9).to_bytes(4) + b"T" + bytes([255] * 8),
    ],
    ids=["no time", "a key that is no text", "no time in an array"],
)
def test_an_unreadable_value_becomes_its_bytes_and_its_neighbours_are_unchanged(value: bytes) -> None:
    found = headers(table((b"before", b"t\1"), (b"bad", value), (b"x-delivery-count", b"l" + (7).to_bytes(8))))
    assert found == {"before": True, "bad": value[1:], "x-delivery-count": 7}


def test_an_unknown_type_hides_only_the_following_values() -> None:
    found = headers(table((b"before", b"t\1"), (b"odd", b"?1234"), (b"after", b"t\1")))
    assert found["before"] is True
    assert set(found) == {"before", UNREAD}


def test_a_table_that_is_slow_to_decode_is_not_examined() -> None:
    body = table(*((str(number).encode(), b"V") for number in range(MAX_TABLE // 5)))
    assert set(headers(body)) == {UNREAD}
    assert len(headers(body)[UNREAD]) == len(body) - 4


@pytest.mark.parametrize("levels", [90, 110, 300, 1500])
def test_nested_tables_end_no_connection(levels: int) -> None:
    body = table((b"x", b"t\1"))
    for _ in range(levels):
        body = table((b"x", b"F" + body))
    assert set(headers(body)) <= {"x", UNREAD}


@given(st.sampled_from([METHOD, HEADER]), st.binary(max_size=60))
def test_a_truncated_frame_is_passed_on_without_an_error(kind: int, payload: bytes) -> None:
    assert isinstance(readable(kind, payload), bytes)


def test_the_sizes_of_values_match_the_decoder() -> None:
    """Every type that pamqp knows is skipped at its right size, so that the next value is found."""
    for kind, read_value in decode.TABLE_MAPPING.items():
        raw = bytes(8)
        size, _ = read_value(raw)
        bad = (b"bad", b"T" + bytes([255] * 8))
        found = headers(table(bad, (b"value", kind + raw[:size]), (b"after", b"t\1")))
        assert found["after"] is True, kind


def test_the_properties_match_the_protocol() -> None:
    names = Basic.Properties.attributes()
    kinds = {"shortstr": 0, "table": -1, "octet": 1, "timestamp": -2}
    assert [Basic.Properties.flags[name] for name in names] == list(BITS.values())
    assert tuple(kinds[Basic.Properties.amqp_type(name)] for name in names) == PROPERTIES
