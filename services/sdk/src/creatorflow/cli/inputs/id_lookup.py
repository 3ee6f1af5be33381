"""Finds the request, or the messages in quarantine, by ids as typed; an id may be cut to a unique beginning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, get_args
from uuid import UUID

from creatorflow_contracts.problem import ProblemCode
from creatorflow_contracts.v1.operate import QuarantineState

from creatorflow.cli.errors import CommandError, ExitCode
from creatorflow.cli.text import counted, one_line
from creatorflow.client import Client

CANDIDATES: Final = 5
"""The number of ids listed if several have the prefix."""
_WHOLE: Final = 32
"""Hexadecimal digits of a UUID."""


async def request_id(client: Client, prefix: str) -> UUID:
    """The id of the only request whose id begins with these hexadecimal digits; a whole id is not looked up.

    Raises CommandError if no request or several requests have such an id.
    """
    if len(prefix) == _WHOLE:
        return UUID(prefix)
    states = await client.list(limit=CANDIDATES + 1, prefix=prefix)
    requests = {state.correlation_id: state.request for state in states if state.correlation_id.hex.startswith(prefix)}
    if not requests:
        hint = "`creatorflow list` shows the latest requests"
        raise CommandError(
            ExitCode.REFUSED, ProblemCode.UNKNOWN_SAGA, "there is no such request", f"request id {prefix}", hint
        )
    return _only(requests, prefix, "request")


async def message_ids(client: Client, prefixes: Iterable[str]) -> tuple[UUID, ...]:
    """The ids of quarantined messages, resolved ones included, without repetition. Raises as `request_id`."""
    return tuple(dict.fromkeys([await _message_id(client, prefix) for prefix in prefixes]))


async def _message_id(client: Client, prefix: str) -> UUID:
    if len(prefix) == _WHOLE:
        return UUID(prefix)
    messages: dict[UUID, str] = {}
    for state in get_args(QuarantineState):
        items = client.quarantine.items(state=state, limit=CANDIDATES + 1, prefix=prefix)
        messages |= {item.id: item.message async for item in items if item.id.hex.startswith(prefix)}
    if not messages:
        hint = "`creatorflow quarantine list --ids` shows the ids"
        message = "no such message is in quarantine"
        raise CommandError(ExitCode.REFUSED, ProblemCode.QUARANTINE_UNKNOWN, message, f"message id {prefix}", hint)
    return _only(messages, prefix, "message")


def _only(candidates: Mapping[UUID, str], prefix: str, thing: str) -> UUID:
    """The only id of `candidates`, which maps ids to texts that distinguish them. Raises CommandError for several."""
    if len(candidates) == 1:
        return next(iter(candidates))
    listed = "; ".join(f"{id} ({one_line(text, 40)})" for id, text in list(candidates.items())[:CANDIDATES])
    more = len(candidates) > CANDIDATES
    number = f"more than {counted(CANDIDATES, thing)}" if more else counted(len(candidates), thing)
    raise CommandError(
        ExitCode.USAGE,
        ProblemCode.ID_AMBIGUOUS,
        f"{number} have ids with this beginning",
        f"{thing} id {prefix}",
        f"write more of the id, which is one of: {listed}{'; and others' if more else ''}",
    )
