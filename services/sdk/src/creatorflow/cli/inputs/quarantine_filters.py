"""The messages in quarantine that a command applies to: those named by id, or those that match filters."""

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
    """The filter options as typed; None for an option that was not given."""

    code: str | None = None
    agent: str | None = None
    contract: str | None = None
    kind: str | None = None
    request: str | None = None

    @property
    def any(self) -> bool:
        """True if at least one filter is given."""
        return any((self.code, self.agent, self.contract, self.kind, self.request))

    def check(self) -> None:
        """Check the filters. Raises CommandError for an empty or invalid one."""
        for option, value in (("--code", self.code), ("--agent", self.agent), ("--contract", self.contract)):
            if value is not None and not short_text(value, option, 256):
                hint = "`creatorflow quarantine list` shows the values there are"
                raise CommandError.usage("this filter is empty", option, hint)
        if self.request is not None:
            request_prefix(self.request, "--request")

    async def chosen(self, client: Client) -> QuarantineSelection:
        """The filters as arguments of the client. Raises CommandError if the request cannot be found."""
        saga = None if self.request is None else await request_id(client, request_prefix(self.request, "--request"))
        code = None if self.code is None else self.code.upper()
        return QuarantineSelection(code=code, agent=self.agent, contract=self.contract, kind=self.kind, saga=saga)


@dataclass(frozen=True, slots=True)
class Selection:
    """The messages that a command changes: by ids, by filters or all, and at most `limit` of them."""

    ids: tuple[str, ...]
    filters: Filters
    everything: bool
    limit: int | None

    def check(self) -> tuple[str, ...]:
        """Check the selection; return the prefixes of the ids, if any. Raises CommandError if it is ambiguous."""
        if self.ids and (self.filters.any or self.everything):
            raise CommandError.usage("both ids and filters are given", "ID", "give ids, or filters, or --all")
        if not self.ids and not self.filters.any and not self.everything:
            hint = "give ids, a filter such as --code DEAD_LETTERED, or --all"
            raise CommandError.usage("no messages are selected", "ID", hint)
        self.filters.check()
        return message_prefixes(self.ids)

    def single_id(self, option: str) -> str:
        """The prefix of the only id. Raises CommandError if there is not exactly one, as `option` needs it."""
        prefixes = message_prefixes(self.ids)
        if len(prefixes) != 1 or self.filters.any or self.everything:
            raise CommandError.usage(f"{option} needs exactly one id", "ID", "give the id of the message to edit")
        return prefixes[0]

    async def matching_ids(self, client: Client) -> list[UUID]:
        """Look up the ids of the selected messages, the oldest message first."""
        named = self.check()
        if named:
            return list((await message_ids(client, named))[: self.limit])
        items = client.quarantine.items(**await self.filters.chosen(client), limit=self.limit)
        return [item.id async for item in items]
