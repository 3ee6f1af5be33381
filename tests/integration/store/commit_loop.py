"""A program that commits batch after batch to a SQLite file, and prints each number after its commit."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from creatorflow_orchestrator.shell.store import Changes, Store

from tests.integration.store.samples import event, message, saga


async def commit_for_ever(url: str, owner: str) -> None:
    async with await Store.open(url, owner) as store:
        row = saga(seq=0)
        async with store.transaction() as transaction:
            await transaction.conclude(Changes(new=(row,)))
        print(row.id, flush=True)
        while True:
            row = replace(row, seq=row.seq + 3)
            history = tuple(event(row.id, row.seq - back, data="x" * 3000) for back in (2, 1, 0))
            async with store.transaction() as transaction:
                await transaction.conclude(Changes(saved=(row,), history=history, outbox=(message(row.id),)))
            print(row.seq, flush=True)


if __name__ == "__main__":
    asyncio.run(commit_for_ever(sys.argv[1], sys.argv[2]))
