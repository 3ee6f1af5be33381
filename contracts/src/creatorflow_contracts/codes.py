"""Every code of a `Problem` as data: when it is given, by which part of the system, and what to do next.

The ingress and the orchestrator take their texts from here, and the AsyncAPI document lists them. No text contains a
value of a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from .problem import ProblemCode as Code


class Source(StrEnum):
    """The part of the system that first gives a code."""

    INGRESS = "ingress"
    """Any receiver of a message: the orchestrator, an agent, a client."""
    ORCHESTRATOR = "orchestrator"
    CLIENT = "client"
    """The Python client, about conditions that it detects itself; never sent over the bus."""
    COMMAND_LINE = "command line"
    """`creatorflow ... --json`; never sent over the bus."""


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code: `when` it is given, what to do next (`hint`; `{known}` stands for a list that depends on the queue)."""

    when: str
    hint: str
    source: Source


def _ingress(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.INGRESS)


def _orchestrator(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.ORCHESTRATOR)


def _client(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.CLIENT)


def _command_line(when: str, hint: str) -> CodeEntry:
    return CodeEntry(when, hint, Source.COMMAND_LINE)


CODES: Mapping[Code, CodeEntry] = MappingProxyType(
    {
        Code.EMPTY_BODY: _ingress("the body is empty", "send one JSON object in UTF-8"),
        Code.NOT_UTF8: _ingress("the body is not plain UTF-8", "encode the body as UTF-8, without a byte-order mark"),
        Code.NOT_JSON: _ingress("the body is not JSON", "send exactly one JSON object and nothing after it"),
        Code.NOT_OBJECT: _ingress(
            "the body is JSON, but not an object", "send one JSON object with a `contract` field"
        ),
        Code.TOO_LARGE: _ingress(
            "the body is larger than 1 MiB",
            "send a smaller body; put large things elsewhere and refer to them",
        ),
        Code.TOO_DEEP: _ingress("the body is nested deeper than 32 levels", "flatten the body"),
        Code.TOO_MANY_KEYS: _ingress("the body has more than 10,000 keys", "send fewer keys"),
        Code.HEADERS_TOO_LARGE: _ingress("the headers are larger than 8 KiB", "move large values into the body"),
        Code.ENCODING_UNSUPPORTED: _ingress(
            "the content encoding is not supported",
            "send the body uncompressed, without content_encoding",
        ),
        Code.CONTENT_TYPE_UNSUPPORTED: _ingress("the content type is not JSON", "set content_type to application/json"),
        Code.NUMBER_NOT_FINITE: _ingress("a number is not finite", "send finite numbers, not NaN, Infinity or 1e999"),
        Code.NUMBER_TOO_LARGE: _ingress("an integer needs more than 64 bits", "send it as a string"),
        Code.NUL_CHARACTER: _ingress("a string contains the character U+0000", "remove it"),
        Code.DUPLICATE_KEY: _ingress("an object has the same key twice", "send each key once"),
        Code.CONTRACT_MISSING: _ingress(
            "the body does not name the contract that it follows",
            "set `contract`, such as request-submitted.v1",
        ),
        Code.CONTRACT_INVALID: _ingress(
            "`contract` is not a string",
            "set `contract` to a name and a major version, such as request-submitted.v1",
        ),
        Code.CONTRACT_UNKNOWN: _ingress("this contract is unknown", "the known contracts are: {known}"),
        Code.CONTRACT_NOT_EXPECTED: _ingress("this contract is not accepted here", "this queue accepts: {known}"),
        Code.VERSION_UNSUPPORTED: _ingress(
            "this version of the contract is not supported yet",
            "the supported versions are: {known}",
        ),
        Code.CORRELATION_INVALID: _ingress(
            "the correlation id is missing or not a UUID",
            "set `correlation_id` to a UUID of your choice",
        ),
        Code.PROPERTY_MISMATCH: _ingress(
            "a property of the message differs from its body",
            "send the same value in both, or leave the property out",
        ),
        Code.FIELD_MISSING: _ingress(
            "a required field is missing",
            "add the fields named in `where`; the JSON Schemas list them",
        ),
        Code.FIELD_INVALID: _ingress(
            "a field does not meet its contract",
            "correct the fields named in `where`; the JSON Schemas describe them",
        ),
        Code.NAME_INVALID: _ingress(
            "a name is not lower-case words joined by '-' or '_', at most 64 characters",
            "use a name such as shipping-automation-specialist",
        ),
        Code.REQUEST_EMPTY: _ingress("the request has no text", "say in `request` what is to be done"),
        Code.SENDER_NOT_ALLOWED: _ingress(
            "the sender uses the name of another agent",
            "an agent answers only in its own name, under its own routing key, as its own user",
        ),
        Code.REPLY_TO_NOT_ALLOWED: _ingress(
            "`reply_to` names a queue of the system, or is not a possible queue name",
            "use amq.rabbitmq.reply-to or a queue whose name does not begin with creatorflow.",
        ),
        Code.PLAN_INVALID: _ingress(
            "the plan cannot be read",
            "correct the places named in `where`; the JSON Schema of PlanSpec describes a plan",
        ),
        Code.PLAN_TOO_LARGE: _ingress("the plan has more than 200 steps", "split the plan into child requests"),
        Code.NO_AGENT_MATCHES: _orchestrator(
            "no agent can answer the request",
            "describe the request in the words that the hint lists, or submit a plan",
        ),
        Code.LANGUAGE_NOT_READ: _orchestrator(
            "the request is in a language that the reader does not know",
            "write the request in English, or let a reader that uses a model read it",
        ),
        Code.DEADLINE_PAST: _orchestrator(
            "the deadline has passed",
            "give a deadline in the future, or none",
        ),
        Code.DEADLINE_TOO_FAR: _orchestrator(
            "the deadline is more than 7 days ahead",
            "give an earlier one",
        ),
        Code.CONFLICTING_REQUEST: _orchestrator(
            "this id was accepted with another request",
            "use a fresh request id (`correlation_id`) for another request",
        ),
        Code.UNKNOWN_SAGA: _orchestrator(
            "no request of this id was accepted",
            "check the request id; a request that was never accepted, or was pruned, is unknown",
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
            "the step has ended, or no longer accepts this command",
            "see the state of the request for the outcome of the step",
        ),
        Code.TOO_MANY_AGENTS: _orchestrator(
            "the registry of agents is full; another agent is not added",
            "stop agents that are not needed and restart the orchestrator, then announce again",
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
            "a result arrived for an attempt that no longer counts",
            "nothing: another attempt was counted, or the request has ended",
        ),
        Code.CONFLICTING_RESULT: _orchestrator(
            "an agent sent two different results for the same attempt",
            "the first result counts; find out why the agent answered the same task differently",
        ),
        Code.CONTEXT_TOO_LARGE: _orchestrator(
            "a task would be larger than receivers accept",
            "have the earlier steps return less, or split the plan",
        ),
        Code.REDELIVERED_TOO_OFTEN: _orchestrator(
            "a message was redelivered many times and never processed",
            "find out what ended the orchestrator each time, then redrive the message",
        ),
        Code.DEAD_LETTERED: _orchestrator(
            "a task was dead-lettered in its agent's queue",
            "see the message's body in the quarantine, and the agent's log",
        ),
        Code.UNPROCESSABLE: _orchestrator(
            "a message could not be processed or stored",
            "keep the message's body and report it: this is a defect of the orchestrator",
        ),
        Code.CARDS_INVALID: _orchestrator(
            "the agent cards that come with the system cannot be read",
            "correct the card named in the message, or reinstall the package",
        ),
        Code.BROKER_UNAVAILABLE: _client(
            "the broker cannot be reached, or was lost and did not come back in time",
            "start a broker (`make up` does), or name one: export CREATORFLOW_AMQP_URL=amqp://user:password@host:5672/",
        ),
        Code.BROKER_REFUSED: _client(
            "the broker refused the client: credentials, virtual host, permissions or its version",
            "check user, password, virtual host and permissions in the broker's URL; `creatorflow doctor` shows more",
        ),
        Code.NO_ORCHESTRATOR: _client(
            "this broker has no queue for requests: no orchestrator has ever run there",
            "start one with `creatorflow-orchestrator serve` (or `make up`), or name another broker",
        ),
        Code.ORCHESTRATOR_BUSY: _client(
            "the queue of requests is full; the request was not accepted",
            "try again in a moment; with the same request id it runs only once",
        ),
        Code.NO_ANSWER: _client(
            "the orchestrator did not answer a query in time",
            "check that an orchestrator is running (`creatorflow doctor`), and try again",
        ),
        Code.NOT_FINISHED: _client(
            "the result is not ready yet; the request continues",
            "follow it with `creatorflow watch ID`, fetch its result later, or stop it with `creatorflow cancel ID`",
        ),
        Code.USAGE: _command_line(
            "the command's arguments cannot be used",
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
            "the question was not answered with yes; nothing was changed",
            "answer y, or add --yes",
        ),
        Code.STEP_PARKED: _command_line(
            "the request waits for a decision about a parked step",
            "decide with `creatorflow step retry|skip|complete`",
        ),
        Code.SYSTEM: _command_line(
            "the operating system refused an operation, such as writing to a full disk",
            "check that standard output can be written to",
        ),
        Code.DEFECT: _command_line(
            "the command has a defect",
            "run it again with CREATORFLOW_LOG_LEVEL=DEBUG, and report its output",
        ),
        Code.INTERRUPTED: _command_line(
            "the command was interrupted; a submitted request continues",
            "follow it with `creatorflow watch ID`",
        ),
    }
)
"""Code to its entry, in the order of the documentation; every member of `ProblemCode` has one."""
INGRESS_CODES = frozenset(str(code) for code, entry in CODES.items() if entry.source is Source.INGRESS)
