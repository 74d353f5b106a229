"""When a delivery is tried again, and when an endpoint is switched off."""

from __future__ import annotations

from datetime import datetime, timedelta

from src.models.webhooks import WebhookEndpoint

# The pause after each attempt but the last: 12 attempts in about 23 hours.
PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=20),
    timedelta(minutes=40),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=9),
)
MAX_TRIES = len(PAUSES) + 1
MAX_DEAD_DELIVERIES = 5
MAX_FAILING = timedelta(days=3)


def pause_after(tries: int) -> timedelta | None:
    """Returns how long to wait after attempt number `tries` (from 1) has failed; None if that was the last one."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def reason_to_switch_off(endpoint: WebhookEndpoint, *, now: datetime) -> str | None:
    """Returns why nothing more is sent to an endpoint that fails; None while there is hope."""
    if endpoint.dead_deliveries >= MAX_DEAD_DELIVERIES:
        return f"{endpoint.dead_deliveries} deliveries in a row were given up"
    if endpoint.failing_since is not None and now - endpoint.failing_since >= MAX_FAILING:
        return f"nothing has arrived for {MAX_FAILING.days} days"
    return None
