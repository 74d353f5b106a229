"""Prometheus metrics of this process; those of a shop share them through files."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.registry import REGISTRY

from src.utils.gauges import Gauge, Gauges
from src.utils.shared_counts import SharedCounts, are_shared, process_name

if are_shared():
    values.ValueClass = values.MultiProcessValue(process_name)

HTTP_REQUESTS = Histogram(
    "minimall_http_request_seconds",
    "Time to answer a request, by route and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ORDERS_PLACED = Counter("minimall_orders_placed", "Orders placed.")
SETTLEMENTS = Counter("minimall_settlements", "Paid transactions from WeChat, by what became of them.", ["result"])
NOTIFICATIONS_REFUSED = Counter("minimall_notifications_refused", "Notifications that were not WeChat's or unreadable.")
REFUNDS = Counter(
    "minimall_refund_answers", "What WeChat says of refunds, and what became of it.", ["state", "outcome"]
)
WECHAT_FAILURES = Counter("minimall_wechat_failures", "Calls to WeChat without the wanted answer.", ["call"])
WECHAT_MESSAGES = Counter(
    "minimall_wechat_messages", "Messages that WeChat pushed, by what became of them.", ["event", "result"]
)
SUBSCRIBE_MESSAGES = Counter("minimall_subscribe_messages", "Subscribe messages, by what became of them.", ["result"])
FIGURES_FAILED = Counter("minimall_figures_failed", "Times that a store's days could not be added up.")
WEBHOOK_ATTEMPTS = Counter("minimall_webhook_attempts", "Webhook requests, by what became of them.", ["result"])


def exposition(metrics_dir: str, gauges: Iterable[Gauge]) -> bytes:
    """Returns all metrics in Prometheus' text format, summed over the processes if they share a folder."""
    read = CollectorRegistry()
    read.register(Gauges(gauges))
    if not metrics_dir:
        return generate_latest(REGISTRY) + generate_latest(read)
    read.register(SharedCounts(metrics_dir))
    return generate_latest(read)
