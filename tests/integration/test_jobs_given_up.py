"""Who waits for a job is told when it has failed for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from src.models.jobs import Job
from src.services.jobs.contracts import GivenUp, GiveUp, Handle, Handler
from src.services.jobs.running import Running
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.job_bench import KIND, LEASE, failing_with, read, wanted
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("shop")


def running(clock: MovableClock, handle: Handle, given_up: GivenUp, *, is_long: bool = False) -> Running:
    handler = Handler(KIND, handle, max_attempts=2, given_up=given_up, is_long=is_long)
    return Running(handlers={KIND: handler}, clock=clock, lease=LEASE)


def test_it_is_told_once_and_before_the_job_says_so(shop: Shop, clock: MovableClock) -> None:
    told: list[tuple[JobState, str]] = []
    works = running(clock, failing_with(GiveUp("no such thing")), lambda job, why: told.append((read(job).state, why)))
    assert works.run(wanted(clock).id) is JobState.FAILED
    assert told == [(JobState.RUNNING, "no such thing")]


def test_an_attempt_that_is_repeated_tells_nobody(clock: MovableClock) -> None:
    told: list[str] = []
    works = running(clock, failing_with(ValueError()), lambda job, why: told.append(why))
    job = wanted(clock)
    assert works.run(job.id) is JobState.WAITING
    assert told == []
    clock.advance(minutes=10)
    assert works.run(job.id) is JobState.FAILED
    assert told == ["ValueError"]


def test_who_lost_the_lease_tells_nobody(clock: MovableClock) -> None:
    told: list[str] = []

    def overtaken(run: object) -> None:
        Job.collection().update_one({}, {"$inc": {"fence": 1}})
        raise GiveUp("too late")

    works = running(clock, overtaken, lambda job, why: told.append(why))
    assert works.run(wanted(clock).id) is None
    assert told == []


def test_what_could_not_be_told_is_told_again(clock: MovableClock) -> None:
    told: list[str] = []

    def forgetful(job: Job, why: str) -> None:
        told.append(why)
        if len(told) == 1:
            raise ConnectionError

    works, job = running(clock, failing_with(GiveUp("no")), forgetful), wanted(clock)
    with pytest.raises(ConnectionError):
        works.run(job.id)
    assert read(job).state is JobState.RUNNING
    clock.advance(seconds=LEASE.total_seconds() + 1)
    works.run(job.id)
    clock.advance(minutes=10)
    works.run(job.id)
    assert (read(job).state, len(told)) == (JobState.FAILED, 2)


def test_a_long_attempt_should_pause(clock: MovableClock) -> None:
    found: list[bool] = []
    handler = Handler(KIND, lambda run: found.append(run.should_pause))
    for lease in (LEASE, timedelta(microseconds=3)):
        Running(handlers={KIND: handler}, clock=clock, lease=lease).run(wanted(clock).id)
    assert found == [False, True]


def test_jobs_that_may_be_long(clock: MovableClock) -> None:
    works = running(clock, lambda run: None, lambda job, why: None, is_long=True)
    long, short = wanted(clock), wanted(clock, kind="test.other")
    assert works.long_ones([long.id, short.id]) == {long.id}
