"""From the outbox to jobs: each event's jobs are stored once, in order, whatever happens meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

import pytest
from bson import ObjectId

from src.models.events import Event
from src.models.jobs import Job, NewJob
from src.models.transaction import Transactions
from src.services.jobs.contracts import Subscriber
from src.services.jobs.dispatching import Dispatching
from src.services.jobs.running import Running
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.job_bench import LEASE, stored
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of
from tests.fault.failpoints import CLOSED_CONNECTION, OUT_OF_TIME, WRITE_CONFLICT, failing

Numbered = tuple[ObjectId, int]


def told(event: Event) -> Iterable[NewJob]:
    yield NewJob("test.tell", f"tell:{event.id}", event.store_id, {"seq": event.seq, "of": str(event.aggregate_id)})


def counted(event: Event) -> Iterable[NewJob]:
    yield NewJob("test.count", f"count:{event.id}", event.store_id)


def dispatching(clock: MovableClock, *subscribers: Subscriber) -> Dispatching:
    return Dispatching(subscribers=subscribers, transactions=Transactions(timeout_s=3), clock=clock)


def record(
    shop: Shop, clock: MovableClock, aggregate_id: ObjectId, seq: int, event_id: ObjectId | None = None
) -> Event:
    return Event(
        id=event_id or ObjectId(),
        store_id=shop.store_id,
        aggregate="test",
        aggregate_id=aggregate_id,
        seq=seq,
        type="test.happened",
        occurred_at=clock.now(),
    ).insert(session=None)


def pending() -> int:
    return Event.collection().count_documents({"pending": True})


def kinds() -> Counter[str]:
    return Counter(raw["kind"] for raw in Job.collection().find())


def test_an_event_becomes_the_jobs_of_all_subscribers(shop: Shop, clock: MovableClock) -> None:
    event = record(shop, clock, ObjectId(), 1)

    assert dispatching(clock, told, counted).dispatch_pending(10) == 1

    assert kinds() == {"test.tell": 1, "test.count": 1}
    told_job = stored(kind="test.tell")
    assert (told_job.store_id, told_job.state, told_job.payload["seq"]) == (shop.store_id, JobState.WAITING, 1)
    done = Event.find_document({"_id": event.id})
    assert done is not None and done.dispatched_at is not None and pending() == 0
    with nothing_changes():
        assert dispatching(clock, told, counted).dispatch_pending(10) == 0


def test_placing_an_order_is_dispatched(shop: Shop, clock: MovableClock) -> None:
    data_of(shop.buyer().order((shop.sku(), 1)), 201)
    seen: list[str] = []

    def listening(event: Event) -> Iterator[NewJob]:
        seen.append(event.type)
        return iter(())

    dispatching(clock, listening).dispatch_pending(10)
    assert seen == ["order.placed"]


def test_an_aggregates_events_keep_their_order_though_their_ids_do_not(shop: Shop, clock: MovableClock) -> None:
    """Ids that two processes make within one second are in no order."""
    aggregate, ids = ObjectId(), sorted(ObjectId() for _ in range(4))
    for seq, event_id in zip((3, 1, 4, 2), ids, strict=True):
        record(shop, clock, aggregate, seq, event_id)

    dispatching(clock, told).dispatch_pending(10)

    made = Job.collection().find({"kind": "test.tell"}).sort("$natural", 1)
    assert [job["payload"]["seq"] for job in made] == [1, 2, 3, 4]


def test_a_batch_is_bounded_and_the_rest_comes_next(shop: Shop, clock: MovableClock) -> None:
    for _ in range(5):
        record(shop, clock, ObjectId(), 1)
    outbox = dispatching(clock, told)
    assert [outbox.dispatch_pending(2) for _ in range(4)] == [2, 2, 1, 0]
    assert kinds() == {"test.tell": 5}


def test_dispatchers_that_run_together_store_each_job_once(shop: Shop, clock: MovableClock) -> None:
    for _ in range(10):
        record(shop, clock, ObjectId(), 1)

    results(at_once([partial(dispatching(clock, told, counted).dispatch_pending, 10)] * 4))

    assert (kinds(), pending()) == ({"test.tell": 10, "test.count": 10}, 0)


@pytest.mark.parametrize(
    "failure", [CLOSED_CONNECTION, OUT_OF_TIME, WRITE_CONFLICT], ids=["closed", "late", "conflict"]
)
@pytest.mark.parametrize(
    ("command", "collection"), [("update", "events"), ("update", "jobs"), ("commitTransaction", None)]
)
def test_a_dispatch_cut_off_anywhere_is_made_good(
    shop: Shop, clock: MovableClock, command: str, collection: str | None, failure: dict[str, object]
) -> None:
    record(shop, clock, ObjectId(), 1)
    outbox = dispatching(clock, told, counted)
    times = 1 if failure is WRITE_CONFLICT else 4
    with failing(command, collection=collection, failure=failure, times=times):
        outcome = at_once([partial(outbox.dispatch_pending, 10)])
    if not (outcome == [1] and pending() == 0):
        assert outbox.dispatch_pending(10) == 1

    _run_what_was_put_off(clock, outbox)
    assert (kinds()["test.tell"], kinds()["test.count"], pending()) == (1, 1, 0)


def test_a_broken_subscriber_holds_nobody_else_up(shop: Shop, clock: MovableClock) -> None:
    """Its event is asked about again as a job, with pauses, and ends among the failed ones."""
    broken_for = ObjectId()

    def broken(event: Event) -> Iterable[NewJob]:
        if event.aggregate_id == broken_for and not mended:
            raise KeyError("a bug")
        return told(event)

    mended: list[bool] = []
    bad, good = record(shop, clock, broken_for, 1), record(shop, clock, ObjectId(), 1)
    outbox = dispatching(clock, broken)

    assert (outbox.dispatch_pending(10), pending()) == (2, 0)

    assert stored(kind="test.tell").key == f"tell:{good.id}"
    again = stored(kind="events.ask_again")
    running = _running(clock, outbox)
    assert running.run(again.id) is JobState.WAITING
    assert stored(_id=again.id).reason == "KeyError"
    mended.append(True)
    clock.advance(seconds=2)
    assert running.run(again.id) is JobState.SUCCEEDED
    assert stored(key=f"tell:{bad.id}").payload["seq"] == 1


def test_a_job_that_cannot_be_stored_holds_nobody_else_up(shop: Shop, clock: MovableClock) -> None:
    too_large = record(shop, clock, ObjectId(), 1)
    record(shop, clock, ObjectId(), 1)

    def huge(event: Event) -> Iterable[NewJob]:
        text = "x" * 17_000_000 if event.id == too_large.id else ""
        yield NewJob("test.huge", f"huge:{event.id}", event.store_id, {"text": text})

    assert dispatching(clock, huge).dispatch_pending(10) == 2
    assert (kinds(), pending()) == ({"test.huge": 1, "events.ask_again": 1}, 0)


def _run_what_was_put_off(clock: MovableClock, outbox: Dispatching) -> None:
    for raw in list(Job.collection().find({"kind": "events.ask_again"})):
        _running(clock, outbox).run(raw["_id"])


def _running(clock: MovableClock, outbox: Dispatching) -> Running:
    handler = outbox.asking_again()
    return Running(handlers={handler.kind: handler}, clock=clock, lease=LEASE, draw=lambda: 1.0)
