"""Work that needs the store, during an outage of the store."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.shell.housekeeping.background import retry_while_unavailable
from creatorflow_orchestrator.shell.store import StoreRefused, StoreUnavailable


class Work:
    """Raises the given errors one after another, then returns its value."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.afterwards = 0

    async def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    def after(self) -> None:
        self.afterwards += 1


async def test_work_is_restarted_until_the_store_is_available_and_possible_commits_are_looked_up() -> None:
    work = Work(StoreUnavailable("away"), StoreUnavailable("still away"))
    assert await retry_while_unavailable(work, work.after) == "done"
    assert work.afterwards == 1


async def test_without_an_outage_nothing_is_looked_up() -> None:
    work = Work()
    assert await retry_while_unavailable(work, work.after) == "done"
    assert work.afterwards == 0


async def test_an_error_of_the_store_is_not_an_outage_but_possible_commits_are_looked_up() -> None:
    work = Work(StoreUnavailable("away"), StoreRefused("no such column"), StoreUnavailable("away"))
    with pytest.raises(StoreRefused):
        await retry_while_unavailable(work, work.after)
    assert work.afterwards == 1


async def test_work_that_is_refused_at_once_was_started_once() -> None:
    work = Work(StoreRefused("no such column"))
    with pytest.raises(StoreRefused):
        await retry_while_unavailable(work, work.after)
    assert work.afterwards == 0
