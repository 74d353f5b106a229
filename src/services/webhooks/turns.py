"""One delivery to an endpoint at a time: a receiver that is slow holds up itself, and one process of the worker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from src.models.webhooks import WebhookEndpoint
from src.services.jobs.contracts import Postponed
from src.utils.clock import Clock

# Longer than an attempt with its look-up; for as long an endpoint waits for a delivery whose worker died.
LONGEST_TURN = timedelta(seconds=30)
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)


@contextmanager
def turn(endpoint: WebhookEndpoint, *, waiting_since: datetime, clock: Clock) -> Iterator[None]:
    """Holds the endpoint for the block.

    Raises:
        Postponed: another delivery is on its way there.
    """
    now = clock.now()
    # Rounded as the database does: it is compared with what was stored.
    until = (now + LONGEST_TURN).replace(microsecond=0)
    if not endpoint.take_turn(now=now, until=until):
        raise Postponed("another delivery to this endpoint is under way", wait(now - waiting_since))
    try:
        yield
    finally:
        endpoint.end_turn(until=until)


def wait(waited: timedelta) -> timedelta:
    """Returns how long to wait for a turn, having `waited`: the longer the queue, the more seldom each one asks."""
    longest = min(max(waited / 4, _SHORTEST_WAIT), _LONGEST_WAIT)
    # Drawn, so that a queue does not come back all at once.
    return longest * random.uniform(0.5, 1)  # noqa: S311
