"""The connection of a command to the orchestrator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from creatorflow.client import BrokerConfiguration, BrokerUnavailable, Client

from .broker_url import find_broker


@asynccontextmanager
async def connect(url: str | None) -> AsyncIterator[Client]:
    """Open a client. If no broker answers, the error's hint says where it was looked for and what to export.

    Raises CommandError for an invalid URL, BrokerUnavailable, BrokerConfiguration.
    """
    broker = find_broker(url)
    try:
        async with Client(broker.url, name="creatorflow-cli") as client:
            yield client
    except (BrokerUnavailable, BrokerConfiguration) as error:
        if broker.hint:
            error.problem = error.problem.model_copy(update={"hint": broker.hint})
        raise
