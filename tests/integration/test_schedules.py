"""Scheduled work: once per tick, bounded, recorded, and free again after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from ecosystem.bench.profile import profiling
from src.models.events import Event
from src.models.jobs import Job
from src.models.orders import Order
from src.models.schedules import Schedule
from src.services.jobs.contracts import ScheduledWork
from src.services.jobs.scheduling import Scheduling
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.job_bench import read, wanted
from tests.factories.jobs import run_jobs
from tests.factories.races import at_once, results
from tests.factories.shop import Shop
from tests.factories.wechat import pass_time

pytestmark = pytest.mark.usefixtures("shop")

EVERY = timedelta(seconds=20)
LEASE = timedelta(seconds=60)


def scheduling(clock: MovableClock, run: Callable[[int], int], *, limit: int = 10) -> Scheduling:
    return Scheduling(works={"work": ScheduledWork("work", EVERY, run, limit)}, clock=clock, lease=LEASE)


def schedule() -> Schedule:
    found = Schedule.find_document({"_id": "work"})
    assert found is not None
    return found


def test_work_runs_at_once_and_then_once_per_tick(clock: MovableClock) -> None:
    runs: list[int] = []
    beat = scheduling(clock, lambda limit: runs.append(limit) or 3)
    for _ in range(3):
        assert beat.run("work") is False
    assert runs == [10]
    clock.advance(seconds=20)
    beat.run("work")
    beat.run("work")
    assert runs == [10, 10]


def test_two_beats_tick_once(clock: MovableClock) -> None:
    runs: list[int] = []
    beats = [scheduling(clock, lambda limit: runs.append(1) or 1) for _ in range(2)]
    for _ in range(5):
        results(at_once([partial(beat.run, "work") for beat in beats * 4]))
        clock.advance(seconds=20)
    assert len(runs) == 5


def test_a_run_is_recorded(clock: MovableClock) -> None:
    begun = clock.now()
    scheduling(clock, lambda limit: 7).run("work")
    done = schedule()
    assert (done.count, done.error) == (7, "")
    assert begun <= done.started_at <= done.succeeded_at
    assert done.started_at < done.due_at <= done.started_at + EVERY + timedelta(seconds=1)


def test_a_full_batch_says_that_more_waits_and_is_due_at_once(clock: MovableClock) -> None:
    counts = [10, 10, 4, 99]
    beat = scheduling(clock, lambda limit: counts.pop(0))
    assert [beat.run("work") for _ in range(4)] == [True, True, False, False]
    assert counts == [99]


def in_portions(clock: MovableClock, run: Callable[[int], int], lease: timedelta) -> Scheduling:
    return Scheduling(works={"work": ScheduledWork("work", EVERY, run, limit=12, portion=5)}, clock=clock, lease=lease)


@pytest.mark.parametrize(
    ("left", "asked", "more"), [(4, [5], False), (5, [5, 5], False), (11, [5, 5, 2], False), (40, [5, 5, 2], True)]
)
def test_work_that_waits_for_others_is_done_in_portions(
    clock: MovableClock, left: int, asked: list[int], more: bool
) -> None:
    waiting, portions = [left], []

    def run(limit: int) -> int:
        portions.append(limit)
        done = min(limit, waiting[0])
        waiting[0] -= done
        return done

    assert in_portions(clock, run, LEASE).run("work") is more
    assert (portions, schedule().count) == (asked, min(left, 12))


def test_a_run_whose_time_is_over_begins_no_further_portion(clock: MovableClock) -> None:
    lease, portions = timedelta(milliseconds=50), []

    def run(limit: int) -> int:
        ends_at = time.monotonic() + lease.total_seconds()
        while time.monotonic() < ends_at:
            pass
        portions.append(limit)
        return limit

    assert in_portions(clock, run, lease).run("work") is True
    assert (portions, schedule().count, schedule().error) == ([5], 5, "")
    assert schedule().due_at == schedule().succeeded_at


def test_a_failing_run_is_recorded_and_the_next_one_comes(clock: MovableClock) -> None:
    def broken(limit: int) -> int:
        raise ValueError("a bug with 13800138000 in it")

    scheduling(clock, lambda limit: 5).run("work")
    first = schedule().succeeded_at
    clock.advance(seconds=20)
    assert scheduling(clock, broken).run("work") is False
    assert (schedule().error, schedule().succeeded_at) == ("ValueError", first)
    clock.advance(seconds=20)
    scheduling(clock, lambda limit: 2).run("work")
    assert (schedule().error, schedule().count) == ("", 2)


def test_a_run_whose_process_died_is_free_after_its_lease(clock: MovableClock) -> None:
    runs: list[int] = []
    assert Schedule.claim("work", now=clock.now(), next_due_at=clock.now() + LEASE) is not None
    beat = scheduling(clock, lambda limit: runs.append(1) or 1)
    clock.advance(seconds=59)
    beat.run("work")
    assert runs == []
    clock.advance(seconds=1)
    beat.run("work")
    assert runs == [1]


def test_a_run_that_was_overtaken_records_nothing(clock: MovableClock) -> None:
    def overtaken(limit: int) -> int:
        clock.advance(seconds=60)
        assert Schedule.claim("work", now=clock.now(), next_due_at=clock.now() + LEASE) is not None
        return 9

    scheduling(clock, overtaken).run("work")
    assert (schedule().fence, schedule().count, schedule().succeeded_at) == (2, None, None)


def test_unpaid_orders_expire(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.buyer().placed((shop.sku(), 1))
    pass_time(shop, clock, 1_801)
    services.jobs.scheduling.run("expire_orders")
    assert Order.objects.get().status.value == "cancelled"
    found = Schedule.find_document({"_id": "expire_orders"})
    assert found is not None and found.count == 1


def test_what_is_past_its_keep_is_purged_and_nothing_else(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.buyer().placed((shop.sku(), 1))
    run_jobs(services)
    waiting, failed, succeeded = wanted(clock), wanted(clock), wanted(clock)
    for job, state in ((failed, "failed"), (succeeded, "succeeded")):
        Job.collection().update_one({"_id": job.id}, {"$set": {"state": state, "finished_at": clock.now()}})
    clock.advance(days=29)
    services.jobs.scheduling.run("purge_jobs")
    assert read(succeeded).state == "succeeded"
    clock.advance(days=2)
    services.jobs.scheduling.run("purge_jobs")
    services.jobs.scheduling.run("purge_events")
    left = {raw["_id"] for raw in Job.collection().find({"kind": waiting.kind})}
    assert (left, Event.objects.count()) == ({waiting.id, failed.id}, 1)
    clock.advance(days=60)
    services.jobs.scheduling.run("purge_events")
    assert Event.objects.count() == 0


def test_an_event_that_waits_is_never_purged(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.buyer().placed((shop.sku(), 1))
    clock.advance(days=400)
    services.jobs.scheduling.run("purge_events")
    assert Event.objects.count() == 1


def test_finding_what_is_due_reads_little_however_much_is_done(
    shop: Shop, services: Services, clock: MovableClock
) -> None:
    done = [wanted(clock) for _ in range(300)]
    Job.collection().update_many(
        {"_id": {"$in": [job.id for job in done]}}, {"$set": {"state": "succeeded", "finished_at": clock.now()}}
    )
    due = wanted(clock)
    with profiling() as profile:
        services.jobs.queues.stats()
        assert Job.take_hints(now=clock.now(), again_at=clock.now() + LEASE, limit=10) == [due.id]
        services.jobs.scheduling.run("purge_jobs")
        services.jobs.scheduling.run("purge_events")
        services.jobs.scheduling.run("dispatch_events")
        queries = profile.new()
    assert len(queries) >= 8
    assert [str(query) for query in queries if "COLLSCAN" in query.plan or query.examined > 10] == []
