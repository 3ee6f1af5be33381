"""Finds the request, or the messages in quarantine, that typed ids mean; an id may be cut to a unique beginning."""

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
"""Ids that are listed where a prefix fits several."""
_WHOLE: Final = 32
"""Hexadecimal digits of a UUID."""


async def request_id(client: Client, prefix: str) -> UUID:
    """The id of the one request whose id begins with these hexadecimal digits; a whole id is not looked up.

    Raises CommandError when no request has such an id, or several have.
    """
    if len(prefix) == _WHOLE:
        return UUID(prefix)
    states = await client.list(limit=CANDIDATES + 1, prefix=prefix)
    found = {state.correlation_id: state.request for state in states if state.correlation_id.hex.startswith(prefix)}
    if not found:
        hint = "`creatorflow list` shows the requests there are"
        raise CommandError(
            ExitCode.REFUSED, ProblemCode.UNKNOWN_SAGA, "no such request was accepted", f"request id {prefix}", hint
        )
    return _only(found, prefix, "request")


async def message_ids(client: Client, prefixes: Iterable[str]) -> tuple[UUID, ...]:
    """The ids of messages in quarantine, whatever has become of them, without repetition. Raises as `request_id`."""
    return tuple(dict.fromkeys([await _message_id(client, prefix) for prefix in prefixes]))


async def _message_id(client: Client, prefix: str) -> UUID:
    if len(prefix) == _WHOLE:
        return UUID(prefix)
    found: dict[UUID, str] = {}
    for state in get_args(QuarantineState):
        items = client.quarantine.items(state=state, limit=CANDIDATES + 1, prefix=prefix)
        found |= {item.id: item.message async for item in items if item.id.hex.startswith(prefix)}
    if not found:
        hint = "`creatorflow quarantine list --ids` shows the ids"
        what = "no such message is in quarantine"
        raise CommandError(ExitCode.REFUSED, ProblemCode.QUARANTINE_UNKNOWN, what, f"message id {prefix}", hint)
    return _only(found, prefix, "message")


def _only(found: Mapping[UUID, str], prefix: str, thing: str) -> UUID:
    """The one id of `found`, which maps each to a text that tells it from the others."""
    if len(found) == 1:
        return next(iter(found))
    listed = "; ".join(f"{id} ({one_line(text, 40)})" for id, text in list(found.items())[:CANDIDATES])
    more = len(found) > CANDIDATES
    number = f"more than {counted(CANDIDATES, thing)}" if more else counted(len(found), thing)
    raise CommandError(
        ExitCode.USAGE,
        ProblemCode.ID_AMBIGUOUS,
        f"{number} have ids that begin so",
        f"{thing} id {prefix}",
        f"write more of the id: {listed}{'; and others' if more else ''}",
    )
