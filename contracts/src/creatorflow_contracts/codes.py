"""Every code of a `Problem`: when it is given, by whom, and what to do next. Data.

The door and the orchestrator take their words from here, the AsyncAPI document lists it. No value of a message ever
enters it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from .problem import ProblemCode as Code


class Source(StrEnum):
    """The part of the system that first gives a code."""

    DOOR = "door"
    """Whoever receives a message: the orchestrator, an agent, a client."""
    ORCHESTRATOR = "orchestrator"
    CLIENT = "client"
    """The Python client, of what it notices itself; never sent over the bus."""
    COMMAND_LINE = "command line"
    """`creatorflow ... --json`; never sent over the bus."""


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code: `when` it is given, what to do next (`hint`; `{known}` stands for a list that depends on the queue)."""

    when: str
    hint: str
    source: Source


def _door(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.DOOR)


def _orchestrator(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.ORCHESTRATOR)


def _client(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.CLIENT)


def _command_line(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.COMMAND_LINE)


CODES: Mapping[Code, CodeEntry] = MappingProxyType(
    {
        Code.EMPTY_BODY: _door("the body is empty", "send one JSON object in UTF-8"),
        Code.NOT_UTF8: _door("the body is not plain UTF-8", "encode the body as UTF-8, without a byte-order mark"),
        Code.NOT_JSON: _door("the body is not JSON", "send exactly one JSON object and nothing after it"),
        Code.NOT_OBJECT: _door("the body is JSON, but no object", "send one JSON object with a `contract` field"),
        Code.TOO_LARGE: _door(
            "the body is larger than 1 MiB",
            "send a smaller body; put large things elsewhere and refer to them",
        ),
        Code.TOO_DEEP: _door("the body is nested deeper than 32 levels", "flatten the body"),
        Code.TOO_MANY_KEYS: _door("the body has more than 10,000 keys", "send fewer keys"),
        Code.HEADERS_TOO_LARGE: _door("the headers are larger than 8 KiB", "move what is large into the body"),
        Code.ENCODING_UNSUPPORTED: _door(
            "the content encoding is not supported",
            "send the body uncompressed, without content_encoding",
        ),
        Code.CONTENT_TYPE_UNSUPPORTED: _door("the content type is not JSON", "set content_type to application/json"),
        Code.NUMBER_NOT_FINITE: _door(
            "a number is not finite", "send finite numbers; NaN, Infinity and 1e999 are none"
        ),
        Code.NUMBER_TOO_LARGE: _door("an integer needs more than 64 bits", "send it as a string"),
        Code.NUL_CHARACTER: _door("a string holds the character U+0000", "remove it"),
        Code.DUPLICATE_KEY: _door("an object has the same key twice", "send each key once"),
        Code.CONTRACT_MISSING: _door(
            "the body does not say which contract it follows",
            "set `contract`, such as request-submitted.v1",
        ),
        Code.CONTRACT_INVALID: _door(
            "`contract` is not a text",
            "set `contract` to a name and a major version, such as request-submitted.v1",
        ),
        Code.CONTRACT_UNKNOWN: _door("nothing is known of this contract", "the known contracts are: {known}"),
        Code.CONTRACT_NOT_EXPECTED: _door("this contract is not taken here", "this queue takes: {known}"),
        Code.VERSION_UNSUPPORTED: _door(
            "this version of the contract is not understood yet",
            "the understood versions are: {known}",
        ),
        Code.CORRELATION_INVALID: _door(
            "the correlation id is missing or no UUID",
            "set `correlation_id` to a UUID of your choice",
        ),
        Code.PROPERTY_MISMATCH: _door(
            "a property of the message differs from its body",
            "send the same value in both, or leave the property out",
        ),
        Code.FIELD_MISSING: _door(
            "a required field is missing",
            "add the fields named in `where`; the JSON Schemas list them",
        ),
        Code.FIELD_INVALID: _door(
            "a field does not meet its contract",
            "correct the fields named in `where`; the JSON Schemas describe them",
        ),
        Code.NAME_INVALID: _door(
            "a name is not lower-case words joined by '-' or '_', at most 64 characters",
            "use a name such as shipping-automation-specialist",
        ),
        Code.REQUEST_EMPTY: _door("the request has no text", "say in `request` what is to be done"),
        Code.SENDER_NOT_ALLOWED: _door(
            "the sender speaks for another agent",
            "an agent answers only in its own name, under its own routing key, as its own user",
        ),
        Code.REPLY_TO_NOT_ALLOWED: _door(
            "`reply_to` names a queue of the system, or none that there can be",
            "use amq.rabbitmq.reply-to or a queue whose name does not begin with creatorflow.",
        ),
        Code.PLAN_INVALID: _door(
            "the plan cannot be read",
            "correct what `where` names; the JSON Schema of PlanSpec describes a plan",
        ),
        Code.PLAN_TOO_LARGE: _door("the plan has more than 200 steps", "split the plan into child requests"),
        Code.NO_AGENT_MATCHES: _orchestrator(
            "no agent can answer the request",
            "say what you want in the words that the hint lists, or bring a plan",
        ),
        Code.DEADLINE_PAST: _orchestrator(
            "the deadline has passed",
            "give a deadline in the future, or none",
        ),
        Code.DEADLINE_TOO_FAR: _orchestrator(
            "the deadline is more than 7 days ahead",
            "give a nearer one",
        ),
        Code.CONFLICTING_REQUEST: _orchestrator(
            "this id was accepted with another request",
            "use a fresh request id (`correlation_id`) for another request",
        ),
        Code.UNKNOWN_SAGA: _orchestrator(
            "no request of this id was accepted",
            "check the request id; a request that was never accepted, or was pruned, is not known",
        ),
        Code.OVERLOADED: _orchestrator(
            "too many requests are open; this one was not accepted",
            "submit the same request with the same id again after `retry_after_ms`",
        ),
        Code.STEP_UNKNOWN: _orchestrator(
            "the plan has no step of this name",
            "see `creatorflow history` for the steps of the request",
        ),
        Code.STEP_SETTLED: _orchestrator(
            "the step has ended, or cannot be instructed so any more",
            "see the state of the request for what became of the step",
        ),
        Code.TOO_MANY_AGENTS: _orchestrator(
            "so many agents are known that one more is not taken up",
            "stop agents that nobody needs and restart the orchestrator, then announce again",
        ),
        Code.QUARANTINE_UNKNOWN: _orchestrator(
            "no such message is in quarantine",
            "see `creatorflow quarantine list` for the messages and their ids",
        ),
        Code.REDRIVE_REFUSED: _orchestrator(
            "the message cannot be sent again as it is",
            "read the outcome's message: edit the body, repair the step, or drop it",
        ),
        Code.LATE_RESULT: _orchestrator(
            "a result came for an attempt that does not count any more",
            "nothing: another attempt was counted, or the request has ended",
        ),
        Code.CONFLICTING_RESULT: _orchestrator(
            "an agent answered the same attempt twice and differently",
            "the first answer stands; see why the agent answered the same task differently",
        ),
        Code.CONTEXT_TOO_LARGE: _orchestrator(
            "a task would be larger than any receiver takes",
            "let the steps before it answer with less, or split the plan",
        ),
        Code.REDELIVERED_TOO_OFTEN: _orchestrator(
            "a message was delivered again and again and never processed",
            "see what ended the orchestrator each time, then redrive it",
        ),
        Code.DEAD_LETTERED: _orchestrator(
            "a task died in its agent's queue",
            "see the message's bytes in the quarantine, and the agent's log",
        ),
        Code.UNPROCESSABLE: _orchestrator(
            "a message could not be processed or stored",
            "keep the bytes and report them: this is a defect of the orchestrator",
        ),
        Code.CARDS_INVALID: _orchestrator(
            "the agent cards that come with the system cannot be read",
            "correct the card that the message names, or install the package again",
        ),
        Code.BROKER_UNAVAILABLE: _client(
            "the broker cannot be reached, or was lost and did not come back in time",
            "start a broker (`make up` does), or name one: export CREATORFLOW_AMQP_URL=amqp://user:password@host:5672/",
        ),
        Code.BROKER_REFUSED: _client(
            "the broker turned the client away: credentials, virtual host, permissions or its version",
            "check user, password, virtual host and permissions in the broker's URL; `creatorflow doctor` tells more",
        ),
        Code.NO_ORCHESTRATOR: _client(
            "no queue takes requests at this broker: no orchestrator has ever run there",
            "start one with `creatorflow-orchestrator serve` (or `make up`), or name another broker",
        ),
        Code.ORCHESTRATOR_BUSY: _client(
            "the queue of requests is full; the request was not accepted",
            "try again in a moment; the same request id makes sure that it runs once",
        ),
        Code.NO_ANSWER: _client(
            "the orchestrator did not answer a question in time",
            "see whether an orchestrator runs (`creatorflow doctor`), and ask again",
        ),
        Code.NOT_FINISHED: _client(
            "the result is not there yet; the request goes on",
            "follow it with `creatorflow watch ID`, ask for its result later, or stop it with `creatorflow cancel ID`",
        ),
        Code.USAGE: _command_line(
            "the command was asked for what cannot be done",
            "see `--help` of the command",
        ),
        Code.ID_AMBIGUOUS: _command_line(
            "several ids begin as the given one",
            "write more of the id",
        ),
        Code.URL_INVALID: _command_line(
            "the broker's URL cannot be read",
            "give one such as amqp://user:password@host:5672/",
        ),
        Code.CONFIGURATION: _command_line(
            "a setting in the environment cannot be used",
            "correct the variable that the message names",
        ),
        Code.NOT_AGREED: _command_line(
            "the question was not answered with yes; nothing was done",
            "answer y, or add --yes",
        ),
        Code.STEP_PARKED: _command_line(
            "the request waits for a decision about a parked step",
            "decide with `creatorflow step retry|skip|complete`",
        ),
        Code.SYSTEM: _command_line(
            "the machine refused something, such as writing to a full disk",
            "see whether standard output can be written to",
        ),
        Code.DEFECT: _command_line(
            "a defect of the command",
            "run it again with CREATORFLOW_LOG_LEVEL=DEBUG, and report its output",
        ),
        Code.INTERRUPTED: _command_line(
            "the command was interrupted; a submitted request goes on",
            "follow it with `creatorflow watch ID`",
        ),
    }
)
"""Code to its entry, in the order of the documentation; every member of `ProblemCode` has one."""
DOOR_CODES = frozenset(str(code) for code, entry in CODES.items() if entry.source is Source.DOOR)
