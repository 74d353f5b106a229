"""When deliveries are tried again, and when an endpoint is switched off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from src.models.webhooks import WebhookEndpoint
from src.services.webhooks.retrying import MAX_TRIES, PAUSES, pause_after, reason_to_switch_off

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_the_pauses_grow_and_fill_a_day() -> None:
    assert sorted(set(PAUSES)) == list(PAUSES)
    assert timedelta(hours=22) < sum(PAUSES, timedelta()) < timedelta(hours=24)


def test_there_is_a_pause_after_every_try_but_the_last() -> None:
    assert MAX_TRIES == 12
    assert [pause_after(tries) for tries in range(1, MAX_TRIES + 1)] == [*PAUSES, None]
    assert pause_after(MAX_TRIES + 1) is None


@pytest.mark.parametrize(
    ("dead", "failing_for", "reason"),
    [
        (0, None, None),
        (4, timedelta(days=2), None),
        (5, timedelta(days=2), "5 deliveries in a row were given up"),
        (0, timedelta(days=3) - timedelta(milliseconds=1), None),
        (0, timedelta(days=3), "nothing has arrived for 3 days"),
    ],
)
def test_when_hope_is_lost(dead: int, failing_for: timedelta | None, reason: str | None) -> None:
    endpoint = WebhookEndpoint(
        id=ObjectId(), dead_deliveries=dead, failing_since=None if failing_for is None else NOW - failing_for
    )
    assert reason_to_switch_off(endpoint, now=NOW) == reason
