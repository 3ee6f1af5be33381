"""The orchestrator as a process: from its settings to a clean stop."""

from __future__ import annotations

import asyncio
import signal
from uuid import uuid4

from creatorflow.bus import BrokerRefused, Bus
from creatorflow.faults import FaultInvalid, arm
from creatorflow.logs import get_logger, setup_logs
from creatorflow.settings import ConfigurationError
from creatorflow.telemetry import setup_tracing

from . import __version__
from .bootstrap import Orchestrator
from .settings import OrchestratorSettings
from .shell.store import Store, StoreUnusable

SERVICE = "creatorflow-orchestrator"
PATIENCE_S = float("inf")
"""An outage of the broker at the start is waited for, as one later is."""

log = get_logger(__name__)


def serve(settings: OrchestratorSettings) -> None:
    """Run until SIGTERM or SIGINT. Raises `ConfigurationError` for what no waiting will mend."""
    setup_logs(settings.log_level, service=SERVICE)
    setup_tracing(SERVICE)
    try:
        arm(settings.fault)
        asyncio.run(_serve(settings))
    except (FaultInvalid, BrokerRefused, StoreUnusable) as error:
        raise ConfigurationError(str(error)) from error


async def _serve(settings: OrchestratorSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url = settings.amqp_url.get_secret_value()
    app_id = f"{SERVICE}/{__version__}"
    async with (
        await Store.open(settings.store, owner=uuid4().hex) as store,
        Bus.connect(url, name=SERVICE, app_id=app_id, patience=PATIENCE_S) as bus,
    ):
        orchestrator = Orchestrator(bus, store, settings)
        await orchestrator.start()
        running, stopping = asyncio.ensure_future(orchestrator.run()), asyncio.ensure_future(stop.wait())
        done, _ = await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await orchestrator.stop()
        if running in done:
            running.result()
        running.cancel()
