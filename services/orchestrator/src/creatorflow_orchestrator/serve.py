"""The orchestrator process: starts from its settings, runs until a signal, and stops cleanly."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial
from uuid import uuid4

from creatorflow.asyncio_tasks import end_tasks, run_unless
from creatorflow.bus import BrokerRefused, Bus
from creatorflow.fault_injection import FaultInvalid, arm
from creatorflow.gc_tuning import freeze_loaded_objects
from creatorflow.health import STOPPING, Health
from creatorflow.logs import get_logger, setup_logs
from creatorflow.loop_monitor import LoopMonitor
from creatorflow.metrics import gauge_of_loop, setup_metrics
from creatorflow.settings import PREFIX, ConfigurationError, without_password
from creatorflow.telemetry import setup_tracing
from opentelemetry.metrics import Meter

from . import __version__
from .bootstrap import Orchestrator
from .settings import OrchestratorSettings
from .shell.housekeeping.background import retry_while_unavailable
from .shell.store import Store, StoreUnusable

SERVICE = "creatorflow-orchestrator"
PATIENCE_S = float("inf")
"""Seconds to wait for the broker at the start: without limit, as in a later outage."""
SWITCH_INTERVAL_S = 0.0005
"""The store works in its own thread and releases the interpreter's lock at every step of SQLite; with Python's default
it may wait 5 ms for it every time (measured: a batch of 150 rows beside a busy thread 168 ms, with this 27 ms)."""

log = get_logger(__name__)


def serve(settings: OrchestratorSettings) -> None:
    """Run until SIGTERM or SIGINT. Raises `ConfigurationError` for errors that do not go away by waiting."""
    setup_logs(settings.log_level, service=SERVICE)
    setup_tracing(SERVICE)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        arm(settings.fault)
        watch, meter = LoopMonitor(), setup_metrics(SERVICE, settings)
        if meter is not None:
            gauge_of_loop(meter, watch)
        watch.run(_serve(settings, watch, meter))
    except BrokerRefused as error:
        place = without_password(settings.amqp_url.get_secret_value())
        hint = f"check user, password and virtual host in {PREFIX}AMQP_URL, and the broker's version"
        raise ConfigurationError(f"the broker at {place} refuses the connection ({error}): {hint}") from error
    except (FaultInvalid, StoreUnusable) as error:
        raise ConfigurationError(str(error)) from error


async def _open_store(url: str) -> Store:
    """Open the store; wait while it is unavailable. Raises `StoreUnusable`."""
    return await retry_while_unavailable(partial(Store.open, url, owner=uuid4().hex))


async def _start(settings: OrchestratorSettings, stack: AsyncExitStack, meter: Meter | None) -> Orchestrator:
    """Open the store and the bus, which `stack` closes, and start. Waits while they are unavailable."""
    store = await stack.enter_async_context(await _open_store(settings.store))
    url, app_id = settings.amqp_url.get_secret_value(), f"{SERVICE}/{__version__}"
    bus = await stack.enter_async_context(Bus.connect(url, name=SERVICE, app_id=app_id, patience=PATIENCE_S))
    orchestrator = Orchestrator(bus, store, settings, meter)
    freeze_loaded_objects()
    await orchestrator.start()
    return orchestrator


async def _serve(settings: OrchestratorSettings, watch: LoopMonitor, meter: Meter | None) -> None:
    health = Health(settings.state_dir)
    health_task = asyncio.ensure_future(health.run())
    try:
        await _serve_until_stopped(settings, watch, health, meter)
    finally:
        await end_tasks(health_task)


async def _serve_until_stopped(
    settings: OrchestratorSettings, watch: LoopMonitor, health: Health, meter: Meter | None
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        orchestrator = await run_unless(stop, _start(settings, stack, meter))
        if orchestrator is None:
            return
        watch.begin()
        health.waits_for = orchestrator.waits_for
        run, stop_requested = asyncio.ensure_future(orchestrator.run()), asyncio.ensure_future(stop.wait())
        done, _ = await asyncio.wait({run, stop_requested}, return_when=asyncio.FIRST_COMPLETED)
        stop_requested.cancel()
        health.waits_for = lambda: STOPPING
        if run in done:
            log.critical("orchestrator_failed", exc_info=run.exception())
        await orchestrator.stop()
        longest, of_processor = round(watch.longest_ms), round(watch.longest_cpu_ms)
        log.info("orchestrator_stopped", longest_block_ms=longest, longest_block_cpu_ms=of_processor)
        if run in done:
            run.result()
        run.cancel()
