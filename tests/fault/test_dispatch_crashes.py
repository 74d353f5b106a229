"""The dispatcher is killed between each two of its steps: the next one stores every job, once."""

from __future__ import annotations

import signal
from collections import Counter
from itertools import count

from bson import ObjectId

from config.settings import Settings
from src.models.events import Event
from src.models.jobs import Job
from src.utils.clock import Clock
from tests.factories.shop import Shop
from tests.fault.dispatcher_under_test import JOBS, dispatch
from tests.fault.mortals import forget_transactions, mortal

# Marks the event, stores two jobs, commits.
STEPS = 4


def test_a_dispatcher_that_dies_is_made_good(shop: Shop, settings: Settings) -> None:
    for step in count(1):
        event = _event(shop)
        with mortal(dispatch, settings, step=step, ending=signal.SIGKILL) as dispatcher:
            if not dispatcher.met_its_end(signal.SIGKILL):
                break
        assert _jobs_of(event) == {}

        forget_transactions()
        dispatch()

        assert _jobs_of(event) == JOBS
        assert Event.list_pending(limit=1) == []
    assert _jobs_of(event) == JOBS
    assert step == STEPS + 1


def _event(shop: Shop) -> Event:
    return Event(
        store_id=shop.store_id,
        aggregate="test",
        aggregate_id=ObjectId(),
        seq=1,
        type="test.happened",
        occurred_at=Clock().now(),
    ).insert(session=None)


def _jobs_of(event: Event) -> Counter[str]:
    return Counter(raw["kind"] for raw in Job.collection().find({"payload.event": str(event.id)}))
