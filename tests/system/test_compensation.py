"""Compensation on the real broker: in reverse order, even if the orchestrator is killed in the middle."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from creatorflow import Agent, AgentTask, GiveUp, run_agents
from creatorflow.agents import Intervals
from creatorflow.client import Client
from creatorflow.settings import Settings
from creatorflow_contracts.cards import load_cards
from pydantic import SecretStr

from tests.waiting import patient, until

from .checker import assert_consistent
from .processes import System
from .test_kills import in_thread

LABELS, STOCK, PAGES = "shipping-automation-specialist", "database-specialist", "ui-ux-specialist"
PLAN: dict[str, Any] = {
    "steps": [
        {"id": "stock", "agent": STOCK, "description": "take the stock", "compensate": STOCK},
        {"id": "labels", "agent": LABELS, "depends_on": ["stock"], "compensate": LABELS},
        {"id": "pages", "agent": PAGES, "depends_on": ["labels"]},
    ]
}


class Shop:
    """Three agents: two with compensations, which take `pause` seconds, and one that fails."""

    def __init__(self, url: str, pause: float = 0) -> None:
        self.begun: list[str] = []
        self.did: list[str] = []
        self._pause = pause
        self._settings = Settings(amqp_url=SecretStr(url))

    async def work(self, task: AgentTask) -> dict[str, Any]:
        """Does or compensates a step, and records it."""
        self.begun.append(task.step)
        if task.step == "pages":
            raise GiveUp("there is no page to make")
        if task.type == "compensation":
            await asyncio.sleep(self._pause)
        self.did.append(task.step)
        seen = {result.step: result.output["data"] for result in task.context.previous_results}
        return {"receipt": f"of {task.step}", "seen": seen}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Runs the agents."""
        ready = threading.Event()
        agents = [Agent(card, self.work) for card in load_cards() if card.name in (LABELS, STOCK, PAGES)]
        running = asyncio.create_task(
            run_agents(
                agents,
                self._settings,
                timing=Intervals(heartbeat=0.5, claim_after=0.5, grace=1.0),
                on_ready=ready.set,
            )
        )
        await asyncio.to_thread(ready.wait, 30)
        yield
        running.cancel()
        await asyncio.wait([running])


async def test_a_failed_request_is_compensated_in_reverse_with_the_earlier_results_and_reports_it(
    system: System,
) -> None:
    await in_thread(system.orchestrator)
    shop = Shop(system.broker_url)
    async with shop.open(), Client(system.broker_url) as client:
        run = await client.submit("make a shop", plan=PLAN)
        result = await run.result(patient())
    assert shop.did == ["stock", "labels", "undo-labels", "undo-stock"]
    reported = {step.step: (step.type, step.status) for step in result.execution_summary.steps}
    assert (reported["undo-stock"], reported["pages"][1]) == (("compensation", "succeeded"), "failed")
    assert result.combined_output.data["undo-labels"]["seen"]["labels"]["receipt"] == "of labels"
    assert (result.status, result.overall_success) == ("failed", False)
    assert "there is no page to make" in result.reason


async def test_after_a_kill_of_the_orchestrator_compensation_goes_on_and_no_step_is_compensated_twice(
    system: System,
) -> None:
    first = await asyncio.to_thread(system.orchestrator)
    shop = Shop(system.broker_url, pause=1)
    async with shop.open(), Client(system.broker_url) as client:
        run = await client.submit("make a shop", plan=PLAN)
        waiting = asyncio.create_task(run.result(patient()))
        await in_thread(lambda: until(lambda: "undo-labels" in shop.begun, "the first compensation"))
        await in_thread(lambda: first.end(signal.SIGKILL))
        await in_thread(system.orchestrator)
        result = await waiting
    assert shop.did == ["stock", "labels", "undo-labels", "undo-stock"]
    assert result.status == "failed"
    await in_thread(lambda: assert_consistent(system, [run.id]))
