"""The table of metrics in `ops/prometheus/README.md` matches the instruments that the program makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from creatorflow.agents.agent_metrics import AgentMetrics
from creatorflow.loop_monitor import LoopMonitor
from creatorflow.metrics import gauge_of_loop
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.observability.batch_metrics import BatchMetrics
from creatorflow_orchestrator.shell.observability.store_metrics import StoreMetrics
from opentelemetry.metrics import NoOpMeter

from tests.markdown import read

TABLE = Path(__file__).parents[4] / "ops" / "prometheus" / "README.md"


class InstrumentList(NoOpMeter):
    """Records the instruments made with it: the series as Prometheus names it, and its kind."""

    def __init__(self) -> None:
        super().__init__("listing")
        self.made: dict[str, str] = {}

    def create_observable_counter(self, name: str, callbacks: Any = None, unit: str = "", description: str = "") -> Any:
        self._record("counter", name, unit, description)
        return super().create_observable_counter(name, callbacks, unit, description)

    def create_histogram(self, name: str, unit: str = "", description: str = "", **ignored: Any) -> Any:
        self._record("histogram", name, unit, description)
        return super().create_histogram(name, unit, description)

    def create_observable_gauge(self, name: str, callbacks: Any = None, unit: str = "", description: str = "") -> Any:
        self._record("gauge", name, unit, description)
        return super().create_observable_gauge(name, callbacks, unit, description)

    def _record(self, kind: str, name: str, unit: str, description: str) -> None:
        assert description and unit, name
        series = name.replace(".", "_") + ("_seconds" if unit == "s" else "")
        self.made[series + ("_total" if kind == "counter" else "")] = kind


def documented(*of: str) -> dict[str, str]:
    """Return series and kind of the rows of the table for any of these sources."""
    rows = [row for row in read(TABLE.read_text()).rows if row[0].startswith("`creatorflow_")]
    return {row[0].strip("`"): row[2] for row in rows if set(of) & set(row[1].split(", "))}


def recorded_by(*makers: Callable[[InstrumentList], object]) -> dict[str, str]:
    listing = InstrumentList()
    for make in makers:
        make(listing)
    return listing.made


def test_an_orchestrator_makes_the_metrics_that_the_table_lists_for_it_and_the_store() -> None:
    watched = recorded_by(
        BatchMetrics,
        lambda meter: StoreMetrics(meter, None, list, Environment()),  # type: ignore[arg-type]
        lambda meter: gauge_of_loop(meter, LoopMonitor()),
    )
    assert watched == documented("orchestrator", "store")


def test_an_agent_makes_the_metrics_that_the_table_lists_for_it() -> None:
    watched = recorded_by(
        lambda meter: AgentMetrics(meter).watch(["a"], list), lambda meter: gauge_of_loop(meter, LoopMonitor())
    )
    assert watched == documented("agent")
