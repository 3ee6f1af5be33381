"""What the door says for each code: what happened, and what to do next. Data; no value of a message ever enters it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .problem import ProblemCode as Code

MAX_BODY = 1024 * 1024
MAX_HEADERS = 8 * 1024
MAX_NESTING = 32
MAX_KEYS = 10_000
MAX_INTEGER = 2**63 - 1

TEXTS: Mapping[Code, tuple[str, str]] = MappingProxyType(
    {
        Code.EMPTY_BODY: ("the body is empty", "send one JSON object in UTF-8"),
        Code.NOT_UTF8: ("the body is not plain UTF-8", "encode the body as UTF-8, without a byte-order mark"),
        Code.NOT_JSON: ("the body is not JSON", "send exactly one JSON object and nothing after it"),
        Code.NOT_OBJECT: ("the body is JSON, but no object", "send one JSON object with a `contract` field"),
        Code.TOO_LARGE: (
            "the body is larger than 1 MiB",
            "send a smaller body; put large things elsewhere and refer to them",
        ),
        Code.TOO_DEEP: ("the body is nested deeper than 32 levels", "flatten the body"),
        Code.TOO_MANY_KEYS: ("the body has more than 10,000 keys", "send fewer keys"),
        Code.HEADERS_TOO_LARGE: ("the headers are larger than 8 KiB", "move what is large into the body"),
        Code.ENCODING_UNSUPPORTED: (
            "the content encoding is not supported",
            "send the body uncompressed, without content_encoding",
        ),
        Code.CONTENT_TYPE_UNSUPPORTED: ("the content type is not JSON", "set content_type to application/json"),
        Code.NUMBER_NOT_FINITE: ("a number is not finite", "send finite numbers; NaN, Infinity and 1e999 are none"),
        Code.NUMBER_TOO_LARGE: ("an integer needs more than 64 bits", "send it as a string"),
        Code.NUL_CHARACTER: ("a string holds the character U+0000", "remove it"),
        Code.DUPLICATE_KEY: ("an object has the same key twice", "send each key once"),
        Code.CONTRACT_MISSING: (
            "the body does not say which contract it follows",
            "set `contract`, such as request-submitted.v1",
        ),
        Code.CONTRACT_INVALID: (
            "`contract` is not a text",
            "set `contract` to a name and a major version, such as request-submitted.v1",
        ),
        Code.CONTRACT_UNKNOWN: ("nothing is known of this contract", "the known contracts are: {known}"),
        Code.CONTRACT_NOT_EXPECTED: ("this contract is not taken here", "this queue takes: {known}"),
        Code.VERSION_UNSUPPORTED: (
            "this version of the contract is not understood yet",
            "the understood versions are: {known}",
        ),
        Code.CORRELATION_INVALID: (
            "the correlation id is missing or no UUID",
            "set `correlation_id` to a UUID of your choice",
        ),
        Code.PROPERTY_MISMATCH: (
            "a property of the message differs from its body",
            "send the same value in both, or leave the property out",
        ),
        Code.FIELD_MISSING: (
            "a required field is missing",
            "add the fields named in `where`; the JSON Schemas list them",
        ),
        Code.FIELD_INVALID: (
            "a field does not meet its contract",
            "correct the fields named in `where`; the JSON Schemas describe them",
        ),
        Code.NAME_INVALID: (
            "a name is not lower-case words joined by '-' or '_', at most 64 characters",
            "use a name such as shipping-automation-specialist",
        ),
        Code.REQUEST_EMPTY: ("the request has no text", "say in `request` what is to be done"),
        Code.SENDER_NOT_ALLOWED: (
            "the sender speaks for another agent",
            "an agent answers only in its own name, under its own routing key, as its own user",
        ),
        Code.REPLY_TO_NOT_ALLOWED: (
            "`reply_to` names a queue of the system, or none that there can be",
            "use amq.rabbitmq.reply-to or a queue whose name does not begin with creatorflow.",
        ),
        Code.PLAN_INVALID: (
            "the plan cannot be read",
            "correct what `where` names; the JSON Schema of PlanSpec describes a plan",
        ),
        Code.PLAN_TOO_LARGE: ("the plan has more than 200 steps", "split the plan into child requests"),
    }
)
"""Every code that the door itself gives."""


class Refusal(Exception):
    """Travels inside the door only: a code, and where it happened."""

    def __init__(self, code: Code, where: str = "body", detail: str = "", known: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.where = where
        self.detail = detail
        self.known = known
