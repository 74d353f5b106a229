"""A dispatcher with one subscriber, which wants two jobs of each event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from src.models.events import Event
from src.models.jobs import NewJob
from src.models.transaction import Transactions
from src.services.jobs.dispatching import Dispatching
from src.services.registry import Services
from src.utils.clock import Clock

JOBS = Counter({"test.tell": 1, "test.count": 1})


def dispatch(services: Services | None = None) -> None:
    Dispatching(subscribers=[_subscriber], transactions=Transactions(timeout_s=5), clock=Clock()).dispatch_pending(10)


def _subscriber(event: Event) -> Iterable[NewJob]:
    for kind in JOBS:
        yield NewJob(kind, f"{kind}:{event.id}", event.store_id, {"event": str(event.id)})
