"""Readiness and liveness of an agent process while the broker becomes unavailable and returns."""

from __future__ import annotations

import asyncio
from pathlib import Path

from creatorflow import AgentTask, agent, run_agents
from creatorflow.asyncio_tasks import end_tasks
from creatorflow.health import LIVE, READY, examine
from creatorflow.settings import Settings
from pydantic import SecretStr

from tests.waiting import eventually

from .dispatcher import unique
from .proxy import TcpProxy


async def test_an_agent_is_ready_while_it_consumes_and_live_also_while_the_broker_is_unavailable(
    proxy: TcpProxy, tmp_path: Path
) -> None:
    @agent(name=unique("health"), summary="Is well.")
    def work(task: AgentTask) -> dict[str, object]:
        return {"summary": "done"}

    settings = Settings(amqp_url=SecretStr(proxy.url), state_dir=tmp_path)
    running = asyncio.create_task(run_agents([work], settings))
    await eventually(lambda: examine(tmp_path, READY).yes, "ready")
    proxy.refuse(True)
    proxy.cut()
    await eventually(
        lambda: examine(tmp_path, READY) == (False, "the broker is unavailable"), "not ready without a broker"
    )
    assert examine(tmp_path, LIVE).yes
    proxy.refuse(False)
    await eventually(lambda: examine(tmp_path, READY).yes, "ready again")
    await end_tasks(running)
    assert not examine(tmp_path, LIVE).yes
