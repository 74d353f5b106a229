"""The dispatcher is killed between each two of its steps: the next one stores every job, once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError

from config.settings import Settings
from src.models.connection import client
from src.models.events import Event
from src.models.jobs import Job
from src.utils.clock import Clock
from tests.factories.shop import Shop
from tests.fault.dispatcher_under_test import STEPS, dispatching
from tests.fault.workers import LONG_S, ROOT, environ

LIFETIME = "transactionLifetimeLimitSeconds"


@pytest.fixture
def short_transactions(shop: Shop) -> Iterator[None]:
    """What a dead client leaves open keeps others off for a second, not for fifteen."""
    admin = client().admin
    usual = admin.command({"getParameter": 1, LIFETIME: 1})[LIFETIME]
    admin.command({"setParameter": 1, LIFETIME: 1})
    yield
    admin.command({"setParameter": 1, LIFETIME: usual})


@pytest.mark.usefixtures("short_transactions")
@pytest.mark.parametrize("step", STEPS)
def test_a_dispatcher_that_dies_is_made_good(shop: Shop, settings: Settings, step: str) -> None:
    event = _event(shop)

    command = [sys.executable, "-m", "tests.fault.dispatcher_under_test", step]
    died = subprocess.run(command, cwd=ROOT, env=environ(settings), capture_output=True, check=False, timeout=LONG_S)
    assert died.returncode == -signal.SIGKILL, died.stderr

    assert _jobs() == ({"test.tell": 1, "test.count": 1} if step == "committed" else {})
    _dispatch_the_rest()

    assert _jobs() == {"test.tell": 1, "test.count": 1}
    assert Event.collection().count_documents({"_id": event.id, "dispatched_at": {"$ne": None}}) == 1


def _dispatch_the_rest() -> None:
    deadline = time.monotonic() + LONG_S
    while Event.list_pending(limit=1):
        assert time.monotonic() < deadline, "the event is still pending"
        try:
            dispatching().dispatch_pending(10)
        except PyMongoError:  # the transaction of the dead one is still open
            time.sleep(0.05)


def _event(shop: Shop) -> Event:
    return Event(
        store_id=shop.store_id,
        aggregate="test",
        aggregate_id=ObjectId(),
        seq=1,
        type="test.happened",
        occurred_at=Clock().now(),
    ).insert(session=None)


def _jobs() -> Counter[str]:
    return Counter(raw["kind"] for raw in Job.collection().find())
