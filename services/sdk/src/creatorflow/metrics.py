"""Metrics of a process for Prometheus: OpenTelemetry's instruments, and the HTTP endpoint that serves them.

Without CREATORFLOW_METRICS_PORT there is no endpoint, nothing is counted and nothing is loaded. A scrape is answered in
a thread of its own from values in memory: nothing is fetched for it, so that it never waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.queue_time import waited_ms
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from .logs import get_logger
from .loop_monitor import LoopMonitor
from .settings import PREFIX, Settings

Figure = tuple[float, Mapping[str, str]]
"""A value, and the labels that distinguish it from others of the same name."""

DURATIONS: Sequence[float] = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
    120,
    300,
    600,
    1800,
    3600,
)
"""Histogram bucket bounds in seconds, for durations from a few milliseconds to an hour."""

log = get_logger(__name__)


def setup_metrics(service_name: str, settings: Settings) -> Meter | None:
    """Start the endpoint for Prometheus if the settings name a port. Returns the meter of its instruments, or None.

    If the port is not available (another process has it), the service runs without metrics, and one warning is logged.
    """
    port, host = settings.metrics_port, settings.metrics_host
    if port is None:
        return None
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
    from opentelemetry.sdk.resources import Resource
    from prometheus_client import start_http_server

    try:
        server, _ = start_http_server(port, host)
    except OSError as error:
        hint = f"the service works without its metrics: free the port, or set another {PREFIX}METRICS_PORT"
        log.warning("metrics_unserved", host=host, port=port, reason=error.strerror or str(error), hint=hint)
        return None
    provider = MeterProvider(
        metric_readers=[PrometheusMetricReader(scope_info_enabled=False)],
        resource=Resource.create({"service.name": service_name}),
        exemplar_filter=AlwaysOffExemplarFilter(),
        shutdown_on_exit=False,
    )
    log.info("metrics_served", host=host, port=server.server_port)
    return provider.get_meter("creatorflow")


def gauge(meter: Meter, name: str, unit: str, description: str, read: Callable[[], Iterable[Figure]]) -> None:
    """Add a gauge that is read at each scrape. `read` is called in another thread, and must return at once."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, dict(labels)) for value, labels in read()]

    meter.create_observable_gauge(name, [observe], unit=unit, description=description)


def gauge_of_loop(meter: Meter, monitor: LoopMonitor) -> None:
    """Add the gauge of the longest block of the event loop."""
    gauge(
        meter,
        "creatorflow.event_loop.blocked",
        "s",
        "Longest time for which the event loop was blocked in the last minute; 0 below 0.1 s",
        lambda: [(monitor.lately_ms / 1000, {})],
    )


class BufferedCounter:
    """A counter for hot code in one thread. Its sums are passed to the instrument at each scrape: measured, an addition
    costs a fortieth of the instrument's."""

    def __init__(self, meter: Meter, name: str, unit: str, description: str, *labels: str) -> None:
        self._labels = labels
        self._sums: dict[tuple[str, ...], float] = {}
        meter.create_observable_counter(name, [self._observe], unit=unit, description=description)

    def add(self, amount: float, *values: str) -> None:
        """Add an amount under these values of the labels, in their order."""
        self._sums[values] = self._sums.get(values, 0) + amount

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        sums = self._sums.copy()  # called in another thread
        return [Observation(total, dict(zip(self._labels, values, strict=True))) for values, total in sums.items()]


class QueueTimes:
    """Histogram of queue times: from a message's publish until its processing begins."""

    def __init__(self, meter: Meter) -> None:
        self._lag = meter.create_histogram(
            "creatorflow.queue.lag",
            "s",
            "From a message's publish until its processing begins, by queue",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )

    def record(self, queue: str, delivery: Delivery, at: float) -> None:
        """Record a delivery whose processing begins at this Unix time; one without a time of publish is left out."""
        waited = waited_ms(delivery, at)
        if waited is not None:
            self._lag.record(waited / 1000, {"queue": queue})
