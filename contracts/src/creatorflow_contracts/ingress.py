"""The ingress, the same for every service: turns bytes into a message or a `Problem`.

It never raises, whatever arrives, never echoes a value, and reads no clock: if a deadline has passed, if a saga is
known and whose task it was is decided by the core. Cheap checks come first, so that most refusals cost little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from . import topology
from .cards import known_agents
from .codes import CODES
from .json_parsing import parse
from .permissions import CLIENT_USER
from .problem import Problem
from .problem import ProblemCode as Code
from .refusals import MAX_BODY, MAX_HEADERS, Refusal
from .routes import CONTRACTS, ROUTE_OF, Route
from .v1.base import Message
from .validation_errors import explain

__all__ = ["CONTRACTS", "Delivery", "admit"]

_PLAIN_ENCODINGS = frozenset({"", "identity", "utf-8"})
"""`utf-8` is no compression, and some clients always set it."""
_VERSIONED = re.compile(r"(.+)\.v\d{1,9}")
_OPEN_TO_AGENTS = frozenset({"", topology.REQUESTS})
"""Replies and requests: an agent may be a client too. On all other exchanges its user may send for that agent only."""
_QUERY = "query.v1"
_NO_HEADERS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery of the broker. An empty routing key means that the bytes come from elsewhere (a store, a file)."""

    body: bytes
    exchange: str = ""
    routing_key: str = ""
    content_type: str | None = None
    content_encoding: str | None = None
    type: str | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    user_id: str | None = None
    headers: Mapping[str, object] = field(default_factory=lambda: _NO_HEADERS)
    redelivered: bool = False
    delivery_count: int = 0


def admit(delivery: Delivery, expected: frozenset[str] | None = None) -> Message | Problem:
    """Return the message in `delivery`, or the problem for which it is refused.

    `expected` is the set of contract names that this queue accepts; None accepts all. A `Problem` that arrives as a
    message (a reply) is returned unchanged; leave `problem.v1` out of `expected` where that must not happen.
    """
    body: dict[str, Any] = {}
    try:
        _check_envelope(delivery)
        body = parse(delivery.body)
        route = _route(body, expected)
        _check_copies(delivery, body, route)
        message = _read(delivery, body, route)
        _check_sender(delivery, message, route)
    except Refusal as refusal:
        return _problem(refusal, delivery, body)
    return message


def _read(delivery: Delivery, body: dict[str, Any], route: Route) -> Message:
    try:
        return route.model.model_validate_json(delivery.body)
    except ValidationError as error:
        raise explain(error, body, route.model) from None


def _check_envelope(delivery: Delivery) -> None:
    if len(delivery.body) > MAX_BODY:
        raise Refusal(Code.TOO_LARGE)
    if delivery.content_encoding and delivery.content_encoding.lower() not in _PLAIN_ENCODINGS:
        raise Refusal(Code.ENCODING_UNSUPPORTED, "properties.content_encoding")
    kind = delivery.content_type
    if kind and kind != "application/json" and kind.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(Code.CONTENT_TYPE_UNSUPPORTED, "properties.content_type")
    if delivery.headers and _size(delivery.headers) > MAX_HEADERS:
        raise Refusal(Code.HEADERS_TOO_LARGE, "headers")
    if delivery.reply_to and not topology.may_reply_to(delivery.reply_to):
        raise Refusal(Code.REPLY_TO_NOT_ALLOWED, "properties.reply_to")


def _size(headers: Mapping[str, object]) -> int:
    """Return the approximate bytes of a header table: strings by their length, all else as 8. Stops over the limit."""
    size, pending = 0, [headers]
    while pending and size <= MAX_HEADERS:
        value: object = pending.pop()
        if isinstance(value, str | bytes | bytearray):
            size += len(value)
        elif isinstance(value, Mapping):
            pending.extend([*value, *value.values()])
        elif isinstance(value, list | tuple):
            pending.extend(value)
        else:
            size += 8
    return size


def _route(body: dict[str, Any], expected: frozenset[str] | None) -> Route:
    if "contract" not in body:
        raise Refusal(Code.CONTRACT_MISSING, "contract")
    contract = body["contract"]
    if not isinstance(contract, str):
        raise Refusal(Code.CONTRACT_INVALID, "contract")
    route = ROUTE_OF.get(contract)
    if route is None:
        raise _unknown(contract)
    if expected is not None and contract not in expected:
        raise Refusal(Code.CONTRACT_NOT_EXPECTED, "contract", known=_listed(expected))
    return route


def _unknown(contract: str) -> Refusal:
    named = _VERSIONED.fullmatch(contract)
    same = [known for known in CONTRACTS if named and known.rpartition(".v")[0] == named[1]]
    if same:
        return Refusal(Code.VERSION_UNSUPPORTED, "contract", known=_listed(same))
    return Refusal(Code.CONTRACT_UNKNOWN, "contract", known=_listed(CONTRACTS))


def _check_copies(delivery: Delivery, body: dict[str, Any], route: Route) -> None:
    if delivery.type and delivery.type != body["contract"]:
        raise Refusal(Code.PROPERTY_MISMATCH, "properties.type")
    body_id = body.get("correlation_id")
    if delivery.correlation_id and body_id != delivery.correlation_id and isinstance(body_id, str):
        own, copy = _uuid(body_id), _uuid(delivery.correlation_id)
        if own is not None and own != copy:  # a body without a valid id is refused as CORRELATION_INVALID instead
            raise Refusal(Code.PROPERTY_MISMATCH, "properties.correlation_id")


def _check_sender(delivery: Delivery, message: Message, route: Route) -> None:
    if delivery.routing_key and not (route.reply and not delivery.exchange):
        _check_key(delivery.routing_key, message, route)
    user = delivery.user_id
    if user and route.exchange not in _OPEN_TO_AGENTS and _is_single_sender(user) and user != _sender(message, route):
        raise Refusal(Code.SENDER_NOT_ALLOWED, "properties.user_id")


def _is_single_sender(user: str) -> bool:
    """True if a user of the broker belongs to one agent, or to clients. Others may be shared, so they prove nothing."""
    return user == CLIENT_USER or user in known_agents()


def _sender(message: Message, route: Route) -> str | None:
    return getattr(message, "agent", None) if route.from_agent else None


def _check_key(key: str, message: Message, route: Route) -> None:
    prefix, event, _ = route.key.partition("{event}")
    expected = prefix.format_map(message.__dict__)
    if key != expected and not (event and key.startswith(expected)):
        code = Code.SENDER_NOT_ALLOWED if route.exchange and route.from_agent else Code.PROPERTY_MISMATCH
        raise Refusal(code, "routing_key")


def _problem(refusal: Refusal, delivery: Delivery, body: dict[str, Any]) -> Problem:
    entry = CODES[refusal.code]
    saga = _uuid(body.get("correlation_id")) or _uuid(delivery.correlation_id)
    return Problem(
        code=refusal.code.value,
        message=f"{entry.when}: {refusal.detail}" if refusal.detail else entry.when,
        where=refusal.where,
        correlation_id=str(saga) if saga else None,
        query_id=_uuid(body.get("id")) if body.get("contract") == _QUERY else None,
        hint=entry.hint.replace("{known}", refusal.known),
    )


def _listed(contracts: Iterable[str]) -> str:
    return ", ".join(sorted(contracts))


def _uuid(text: object) -> UUID | None:
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
