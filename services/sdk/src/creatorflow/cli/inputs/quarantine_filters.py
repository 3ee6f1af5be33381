"""Which messages of the quarantine a command is about: those named, or those that filters find."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from creatorflow.cli.errors import CommandError
from creatorflow.client import Client
from creatorflow.client.quarantine_client import QuarantineSelection

from .arguments import message_prefixes, request_prefix, short_text
from .id_lookup import message_ids, request_id


@dataclass(frozen=True, slots=True)
class Filters:
    """What was typed."""

    code: str | None = None
    agent: str | None = None
    contract: str | None = None
    kind: str | None = None
    request: str | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return any((self.code, self.agent, self.contract, self.kind, self.request))

    def check(self) -> None:
        """Raises CommandError for a filter that cannot be meant."""
        for option, value in (("--code", self.code), ("--agent", self.agent), ("--contract", self.contract)):
            if value is not None and not short_text(value, option, 256):
                raise CommandError.usage("this is empty", option, "`creatorflow quarantine list` shows what there is")
        if self.request is not None:
            request_prefix(self.request, "--request")

    async def chosen(self, client: Client) -> QuarantineSelection:
        """The filters as the client takes them. Raises CommandError where the request cannot be found."""
        saga = None if self.request is None else await request_id(client, request_prefix(self.request, "--request"))
        code = None if self.code is None else self.code.upper()
        return QuarantineSelection(code=code, agent=self.agent, contract=self.contract, kind=self.kind, saga=saga)


@dataclass(frozen=True, slots=True)
class Selection:
    """The messages that a command changes: ids, filters or all, and at most how many."""

    ids: tuple[str, ...]
    filters: Filters
    everything: bool
    limit: int | None

    def check(self) -> tuple[str, ...]:
        """The ids that were named, if any, as typed. Raises CommandError where it is not clear what is meant."""
        if self.ids and (self.filters.any or self.everything):
            raise CommandError.usage("ids and filters are given", "ID", "name ids, or filters, or --all")
        if not self.ids and not self.filters.any and not self.everything:
            hint = "name ids, a filter such as --code DEAD_LETTERED, or --all"
            raise CommandError.usage("it is not said which messages", "ID", hint)
        self.filters.check()
        return message_prefixes(self.ids)

    def one(self, option: str) -> str:
        """The one id, as typed. Raises CommandError."""
        found = message_prefixes(self.ids)
        if len(found) != 1 or self.filters.any or self.everything:
            raise CommandError.usage(f"{option} goes with one id", "ID", "name the one message that is edited")
        return found[0]

    async def found(self, client: Client) -> list[UUID]:
        """The ids, the oldest message first."""
        named = self.check()
        if named:
            return list((await message_ids(client, named))[: self.limit])
        items = client.quarantine.items(**await self.filters.chosen(client), limit=self.limit)
        return [item.id async for item in items]
