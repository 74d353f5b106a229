"""Prometheus metrics of this process; gunicorn's workers share them through files."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY

HTTP_REQUESTS = Histogram(
    "minimall_http_request_seconds",
    "Time to answer a request, by route and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ORDERS_PLACED = Counter("minimall_orders_placed", "Orders placed.")
SETTLEMENTS = Counter("minimall_settlements", "Paid transactions from WeChat, by what became of them.", ["result"])
NOTIFICATIONS_REFUSED = Counter("minimall_notifications_refused", "Notifications that were not WeChat's or unreadable.")
WECHAT_FAILURES = Counter("minimall_wechat_failures", "Calls to WeChat without the wanted answer.", ["call"])


def exposition(multiprocess_dir: str) -> bytes:
    """Returns all metrics in Prometheus' text format, summed over the workers if they share a directory."""
    if not multiprocess_dir:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=multiprocess_dir)
    return generate_latest(registry)
