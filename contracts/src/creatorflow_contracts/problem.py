"""The error value: one shape for people, programs and the quarantine.

A `Problem` never echoes the offending value: it names the place, not the content.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from .v1.base import CorrelationId, Message


class ProblemCode(StrEnum):
    """Every code that a client can get; `codes.CODES` lists when, and what to do.

    Codes are never renamed; new ones may be added.
    """

    EMPTY_BODY = "EMPTY_BODY"
    NOT_UTF8 = "NOT_UTF8"
    NOT_JSON = "NOT_JSON"
    NOT_OBJECT = "NOT_OBJECT"
    TOO_LARGE = "TOO_LARGE"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_KEYS = "TOO_MANY_KEYS"
    HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
    ENCODING_UNSUPPORTED = "ENCODING_UNSUPPORTED"
    CONTENT_TYPE_UNSUPPORTED = "CONTENT_TYPE_UNSUPPORTED"
    NUMBER_NOT_FINITE = "NUMBER_NOT_FINITE"
    NUMBER_TOO_LARGE = "NUMBER_TOO_LARGE"
    NUL_CHARACTER = "NUL_CHARACTER"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    CONTRACT_MISSING = "CONTRACT_MISSING"
    CONTRACT_INVALID = "CONTRACT_INVALID"
    CONTRACT_UNKNOWN = "CONTRACT_UNKNOWN"
    CONTRACT_NOT_EXPECTED = "CONTRACT_NOT_EXPECTED"
    VERSION_UNSUPPORTED = "VERSION_UNSUPPORTED"
    CORRELATION_INVALID = "CORRELATION_INVALID"
    PROPERTY_MISMATCH = "PROPERTY_MISMATCH"
    FIELD_MISSING = "FIELD_MISSING"
    FIELD_INVALID = "FIELD_INVALID"
    NAME_INVALID = "NAME_INVALID"
    REQUEST_EMPTY = "REQUEST_EMPTY"
    NO_AGENT_MATCHES = "NO_AGENT_MATCHES"
    LANGUAGE_NOT_READ = "LANGUAGE_NOT_READ"
    DEADLINE_PAST = "DEADLINE_PAST"
    DEADLINE_TOO_FAR = "DEADLINE_TOO_FAR"
    CONFLICTING_REQUEST = "CONFLICTING_REQUEST"
    UNKNOWN_SAGA = "UNKNOWN_SAGA"
    LATE_RESULT = "LATE_RESULT"
    CONFLICTING_RESULT = "CONFLICTING_RESULT"
    SENDER_NOT_ALLOWED = "SENDER_NOT_ALLOWED"
    REPLY_TO_NOT_ALLOWED = "REPLY_TO_NOT_ALLOWED"
    PLAN_INVALID = "PLAN_INVALID"
    PLAN_TOO_LARGE = "PLAN_TOO_LARGE"
    CONTEXT_TOO_LARGE = "CONTEXT_TOO_LARGE"
    REDELIVERED_TOO_OFTEN = "REDELIVERED_TOO_OFTEN"
    DEAD_LETTERED = "DEAD_LETTERED"
    OVERLOADED = "OVERLOADED"
    STEP_UNKNOWN = "STEP_UNKNOWN"
    STEP_SETTLED = "STEP_SETTLED"
    QUARANTINE_UNKNOWN = "QUARANTINE_UNKNOWN"
    REDRIVE_REFUSED = "REDRIVE_REFUSED"
    UNPROCESSABLE = "UNPROCESSABLE"
    TOO_MANY_AGENTS = "TOO_MANY_AGENTS"
    CARDS_INVALID = "CARDS_INVALID"
    BROKER_UNAVAILABLE = "BROKER_UNAVAILABLE"
    BROKER_REFUSED = "BROKER_REFUSED"
    NO_ORCHESTRATOR = "NO_ORCHESTRATOR"
    ORCHESTRATOR_BUSY = "ORCHESTRATOR_BUSY"
    NO_ANSWER = "NO_ANSWER"
    NOT_FINISHED = "NOT_FINISHED"
    USAGE = "USAGE"
    ID_AMBIGUOUS = "ID_AMBIGUOUS"
    URL_INVALID = "URL_INVALID"
    CONFIGURATION = "CONFIGURATION"
    NOT_AGREED = "NOT_AGREED"
    STEP_PARKED = "STEP_PARKED"
    SYSTEM = "SYSTEM"
    DEFECT = "DEFECT"
    INTERRUPTED = "INTERRUPTED"


class Problem(Message):
    """An error as a value: what happened (`code`, `message`), to what (`where`), and what to do next (`hint`)."""

    contract: Literal["problem.v1"] = "problem.v1"
    code: str = Field(description="Stable, machine-readable; one of the documented codes.", max_length=64)
    message: str = Field(description="What happened, in one sentence, without the offending value.", max_length=4096)
    where: str = Field(description="The field, message or object that the problem is about.", max_length=1024)
    correlation_id: str | None = Field(default=None, description="The saga it belongs to, if known.", max_length=64)
    query_id: CorrelationId | None = Field(default=None, description="The `id` of the `Query` that this answers.")
    hint: str = Field(description="What to do next.", max_length=4096)
    retry_after_ms: int | None = Field(default=None, ge=0, description="Milliseconds after which a retry makes sense.")
