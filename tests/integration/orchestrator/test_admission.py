"""When full, a request is refused before it is accepted, and told when to come back: seen by a client on the broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from creatorflow.client import Run
from creatorflow.client.errors import Overloaded

from tests.integration.orchestrator.stage import Stage, staged
from tests.waiting import patient

PLAN = {"steps": [{"id": "sleep", "agent": "sleeper"}]}


async def test_one_request_too_many_is_told_when_to_come_back_and_is_taken_when_it_does(
    broker_url: str, tmp_path: Path
) -> None:
    async with staged(broker_url, tmp_path, max_open_sagas=2) as stage:
        await stage.queue("sleeper")
        await stage.known("sleeper")
        first, _ = await accepted(stage), await accepted(stage)
        third = await stage.client.submit("sleep", plan=PLAN)
        with pytest.raises(Overloaded) as refused:
            await third.result(patient())
        assert 5 <= refused.value.retry_after <= 15
        await stage.client.cancel(first.id)  # commands are never refused
        again = await accepted(stage, correlation_id=third.id)
        await stage.client.cancel(again.id)
        assert (await again.result(patient())).status == "cancelled"


async def accepted(stage: Stage, **more: Any) -> Run:
    """A request that is open."""
    run = await stage.client.submit("sleep", plan=PLAN, **more)
    async for _ in run.events():
        break
    return run
