"""Products that go on sale by themselves."""

from __future__ import annotations

from datetime import timedelta

from src.models.publishing import products_due, publish
from src.services.jobs.contracts import ScheduledWork
from src.utils.clock import Clock

_EVERY = timedelta(seconds=30)


class Publishing:
    """Puts products on sale at the time that they are to be."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self.scheduled = ScheduledWork("publish_products", _EVERY, self.publish_due, limit=200)

    def publish_due(self, limit: int) -> int:
        """Publishes at most `limit` products whose time has come; one that is just being edited is left for later."""
        now = self._clock.now()
        return sum(publish(product, now=now) for product in products_due(now, limit=limit))
