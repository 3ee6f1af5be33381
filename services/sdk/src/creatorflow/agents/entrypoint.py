"""Running agents as a process: from a file or a list to an exit code."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from creatorflow.bus import BrokerRefused
from creatorflow.fault_injection import FaultInvalid, arm
from creatorflow.gc_tuning import freeze_loaded_objects
from creatorflow.logs import setup_logs
from creatorflow.loop_monitor import LoopMonitor
from creatorflow.metrics import gauge_of_loop, setup_metrics
from creatorflow.settings import EXIT_CONFIGURATION, ConfigurationError, Settings
from creatorflow.telemetry import setup_tracing

from .agent import Agent
from .runtime import Intervals, run_agents

LEAVE_S = 1.0


def run_process(
    agents: Sequence[Agent], *, service: str = "", settings: Settings | None = None, timing: Intervals | None = None
) -> int:
    """Run agents until SIGTERM or SIGINT. Returns the exit code: 0, or 78 with one line on standard error."""
    service = service or (agents[0].name if len(agents) == 1 else "creatorflow-agents")
    try:
        settings = settings or Settings.load()
        setup_logs(settings.log_level, service=service)
        setup_tracing(service)
        arm(settings.fault)
        run_watched(agents, settings, service, timing=timing, on_end=_leave_soon)
    except (ConfigurationError, FaultInvalid, BrokerRefused, OSError) as error:
        print(f"{service}: {error}", file=sys.stderr)  # noqa: T201 - the one line that reports what to change
        return EXIT_CONFIGURATION
    return 0


def run_watched(
    agents: Sequence[Agent],
    settings: Settings,
    service: str,
    *,
    timing: Intervals | None = None,
    on_end: Callable[[], None] | None = None,
) -> None:
    """Run agents, with this process's metrics if the settings ask for them. Raises what `run_agents` raises."""
    watch, meter = LoopMonitor(), setup_metrics(service, settings)
    if meter is not None:
        gauge_of_loop(meter, watch)
    freeze_loaded_objects()
    watch.run(run_agents(agents, settings, timing=timing, on_end=on_end, meter=meter))


def _leave_soon() -> None:
    """End the process after the last answer, also while a handler blocks its main thread for long."""
    leaving = threading.Timer(LEAVE_S, os._exit, (0,))
    leaving.daemon = True
    leaving.start()


def load_agents(file: Path) -> list[Agent]:
    """Load the agents that a Python file defines, in its order; it may import modules beside it.

    Raises ConfigurationError, which names the file.
    """
    spec = importlib.util.spec_from_file_location(f"agent_file_{file.stem}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ConfigurationError(f"{file}: no such Python file: it must exist, and its name must end with .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(file.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConfigurationError(f"{file}: cannot be loaded: {type(error).__name__}: {error}") from error
    agents = list(dict.fromkeys(value for value in vars(module).values() if isinstance(value, Agent)))
    if not agents:
        raise ConfigurationError(f"{file}: defines no agent; decorate a function with @agent(...)")
    return agents
