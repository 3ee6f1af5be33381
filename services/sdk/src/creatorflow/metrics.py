"""Figures of a process for Prometheus: OpenTelemetry's instruments, and the address where they are asked for.

Without CREATORFLOW_METRICS_PORT there is no address, nothing is counted and nothing is loaded. Whoever asks is answered
in a thread of its own, from what the process has at hand: nothing is fetched for it, so that it waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from creatorflow_contracts.queue_time import waited_ms
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from .bus import IncomingMessage
from .logs import get_logger
from .loop_monitor import LoopMonitor
from .settings import PREFIX, Settings

Figure = tuple[float, Mapping[str, str]]
"""A value, and the labels that tell it from the others of its name."""

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
"""Bounds of the classes, in seconds, of what takes from a moment to an hour."""

log = get_logger(__name__)


def setup_metrics(service_name: str, settings: Settings) -> Meter | None:
    """Open the address for Prometheus if the settings name a port; what makes the instruments that are seen there.

    A port that cannot be had (another process has it) costs the figures alone: it is told in the log, once.
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
        hint = f"the service works without its figures: free the port, or set another {PREFIX}METRICS_PORT"
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
    """A gauge that is read when somebody asks. `read` is called in another thread, and must return at once."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, dict(labels)) for value, labels in read()]

    meter.create_observable_gauge(name, [observe], unit=unit, description=description)


def gauge_of_loop(meter: Meter, watch: LoopMonitor) -> None:
    """How long the event loop was blocked."""
    gauge(
        meter,
        "creatorflow.event_loop.blocked",
        "s",
        "Longest time for which the event loop was blocked in the last minute; 0 below 0.1 s",
        lambda: [(watch.lately_ms / 1000, {})],
    )


class BufferedCounter:
    """A counter that is added to where much happens, in one thread. The instrument is told of the sums when somebody
    asks: measured, an addition costs a fortieth of its own."""

    def __init__(self, meter: Meter, name: str, unit: str, description: str, *labels: str) -> None:
        self._labels = labels
        self._sums: dict[tuple[str, ...], float] = {}
        meter.create_observable_counter(name, [self._observe], unit=unit, description=description)

    def add(self, amount: float, *values: str) -> None:
        """So much more under these values of the labels, in their order."""
        self._sums[values] = self._sums.get(values, 0) + amount

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        sums = self._sums.copy()  # another thread asks
        return [Observation(each, dict(zip(self._labels, values, strict=True))) for values, each in sums.items()]


class QueueTimes:
    """How long messages have waited, from their publish until they were taken up."""

    def __init__(self, meter: Meter) -> None:
        self._lag = meter.create_histogram(
            "creatorflow.queue.lag",
            "s",
            "From a message's publish until it is taken up, by queue",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )

    def ended(self, incoming: IncomingMessage, at: float) -> None:
        """A delivery is taken up at this Unix time; one that does not say when it was sent is left out."""
        waited = waited_ms(incoming.delivery, at)
        if waited is not None:
            self._lag.record(waited / 1000, {"queue": incoming.queue})
