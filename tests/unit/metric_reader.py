"""A meter whose values a test reads."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint

Figures = Mapping[tuple[str, ...], float]
"""Values by metric name and label values, in the order of the label names; a histogram's value is its count."""


class MetricReader:
    """Provides a meter and reads the values recorded with it."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self._provider = MeterProvider([self._reader], shutdown_on_exit=False)

    @property
    def meter(self) -> Meter:
        """The meter to record with."""
        return self._provider.get_meter("test")

    def all(self) -> Figures:
        """Return all values recorded so far."""
        metrics_data = self._reader.get_metrics_data()
        if metrics_data is None:
            return {}
        return {
            (metric.name.removeprefix("creatorflow."), *_labels(point)): _value(point)
            for resource in metrics_data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        }


def _labels(point: object) -> list[str]:
    assert isinstance(point, HistogramDataPoint | NumberDataPoint)
    return [str(value) for _, value in sorted((point.attributes or {}).items())]


def _value(point: object) -> float:
    return point.count if isinstance(point, HistogramDataPoint) else point.value  # type: ignore[attr-defined]
