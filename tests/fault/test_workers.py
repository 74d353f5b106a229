"""Worker processes that die, stop and come back, and jobs that make them: each job is done or given up, once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
import redis

from config.settings import Settings
from src.models.connection import database
from src.models.jobs import Job
from src.services.registry import build_services
from src.utils.clock import Clock
from src.utils.job_states import JobState
from src.worker_app import RUN_JOB, create_worker
from tests.factories.clock import MovableClock
from tests.factories.job_bench import read, wanted
from tests.factories.shop import Shop
from tests.fault.workers import LONG_S, begun, ended, environ, eventually, running, told

CLOCK = Clock()
DIED = "its worker died or was stopped in attempt 2"
# Why each of these jobs, which nobody can do, is given up.
POISON = {"raises": "MemoryError", "hangs": DIED, "dies": DIED, "answers_too_much": "DocumentTooLarge"}


@pytest.fixture(scope="module")
def processes(settings: Settings, app: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A worker of two processes, and two beats where there should be one."""
    with running(environ(settings), tmp_path_factory.mktemp("workers"), "worker", "beat", "beat"):
        yield


@pytest.fixture(autouse=True)
def nothing_told(shop: Shop, processes: None) -> None:
    database()["test_told"].delete_many({})


def job(kind: str) -> Job:
    return wanted(CLOCK, kind=f"test.{kind}")


def job_without_time_limit(kind: str, settings: Settings) -> Job:
    """Returns a job whose first hint comes from here, so that its process is not killed for being stopped."""
    later = MovableClock()
    later.advance(hours=1)
    unhinted = wanted(later, kind=f"test.{kind}")
    Job.collection().update_one({"_id": unhinted.id}, {"$set": {"due_at": CLOCK.now()}})
    limits = {"soft_time_limit": LONG_S, "time_limit": LONG_S}
    create_worker(settings, build_services).send_task(RUN_JOB, (str(unhinted.id),), **limits)
    return unhinted


def test_a_worker_killed_in_a_job_is_followed_by_another_after_the_lease() -> None:
    interrupted = job("hangs_at_first")
    os.kill(begun(interrupted), signal.SIGKILL)

    done = ended(interrupted)

    assert (done.state, done.attempts, done.fence) == (JobState.SUCCEEDED, 2, 2)
    assert [row["attempt"] for row in told("done", job=done.id)] == [2]


def test_a_worker_stopped_past_its_lease_writes_nothing_when_it_wakes_up(settings: Settings) -> None:
    contested = job_without_time_limit("waits_to_go_on", settings)
    zombie = begun(contested)
    os.kill(zombie, signal.SIGSTOP)
    try:
        done = ended(contested)
        database()["test_told"].insert_one({"what": "go on"})
    finally:
        os.kill(zombie, signal.SIGCONT)
    eventually(lambda: told("went on", attempt=1, pid=zombie))
    assert ended(job("good")).state is JobState.SUCCEEDED

    assert (done.result, done.fence) == ({"attempt": 2}, 2)
    assert read(contested).to_mongo() == done.to_mongo()


def test_poison_is_given_up_and_holds_nobody_up() -> None:
    poison = {kind: job(kind) for kind in POISON}
    healthy = [job("good") for _ in range(6)]

    assert [ended(good).state for good in healthy] == [JobState.SUCCEEDED] * 6

    failed = {kind: ended(bad) for kind, bad in poison.items()}
    assert ended(job("good")).state is JobState.SUCCEEDED
    assert {kind: bad.reason for kind, bad in failed.items()} == POISON
    assert {(bad.state, bad.attempts) for bad in failed.values()} == {(JobState.FAILED, 2)}
    assert {len(told("begun", job=bad.id)) for bad in failed.values()} == {2}


def test_a_process_that_leaks_is_replaced() -> None:
    leaky = ended(job("leaks"))

    others = [ended(job("good")) for _ in range(4)]

    assert {done.state for done in (leaky, *others)} == {JobState.SUCCEEDED}
    assert leaky.result["pid"] not in {done.result["pid"] for done in others}


def test_two_beats_tick_once() -> None:
    first = eventually(lambda: told("tick"))[0]["number"]
    eventually(lambda: told("tick", number={"$gte": first + 4}))
    ticks = Counter(row["number"] for row in told("tick"))
    assert set(ticks.values()) == {1}
    assert len(ticks) >= 3


def test_a_wiped_broker_loses_nothing(redis_url: str) -> None:
    jobs = []
    with redis.Redis.from_url(redis_url) as broker:
        for _ in range(10):
            jobs += [job("good") for _ in range(3)]
            eventually(lambda: told("done"))
            broker.flushall()

    assert {ended(each).state for each in jobs} == {JobState.SUCCEEDED}
    done = Counter(row["job"] for row in told("done"))
    assert done == {each.id: 1 for each in jobs}
