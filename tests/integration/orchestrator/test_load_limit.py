"""At the load limit a request is refused before it is accepted, with the time after which to retry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from creatorflow.client import Run
from creatorflow.client.errors import Overloaded

from tests.integration.orchestrator.scripted_system import ScriptedSystem, scripted_system
from tests.waiting import patient

PLAN = {"steps": [{"id": "sleep", "agent": "sleeper"}]}


async def test_a_request_over_the_load_limit_is_refused_with_a_time_to_retry_and_accepted_then(
    broker_url: str, tmp_path: Path
) -> None:
    async with scripted_system(broker_url, tmp_path, max_open_sagas=2) as scripted:
        await scripted.declare_without_consumer("sleeper")
        await scripted.wait_until_known("sleeper")
        first, _ = await accepted(scripted), await accepted(scripted)
        third = await scripted.client.submit("sleep", plan=PLAN)
        with pytest.raises(Overloaded) as refused:
            await third.result(patient())
        assert 5 <= refused.value.retry_after <= 15
        await scripted.client.cancel(first.id)  # commands are never refused
        again = await accepted(scripted, correlation_id=third.id)
        await scripted.client.cancel(again.id)
        assert (await again.result(patient())).status == "cancelled"


async def accepted(scripted: ScriptedSystem, **more: Any) -> Run:
    """Submits a request and waits until it is accepted."""
    run = await scripted.client.submit("sleep", plan=PLAN, **more)
    async for _ in run.events():
        break
    return run
