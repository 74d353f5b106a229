"""Numbers that are read from the database when somebody asks, and so are the same in every process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Values = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class Gauge:
    """One metric: a value for each combination of its labels; a metric without labels has the key `()`."""

    name: str
    documentation: str
    values: Values
    labels: tuple[str, ...] = ()


class Gauges(Collector):
    """Gives gauges to Prometheus' exposition."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = tuple(gauges)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.documentation, labels=gauge.labels)
            for labels, value in gauge.values.items():
                family.add_metric(labels, value)
            yield family
