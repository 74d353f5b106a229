"""One job: claimed, leased, fenced, tried a bounded number of times."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from src.models.jobs import Job, NewJob
from src.services.jobs.contracts import GiveUp, JobRun, LeaseLost, Postponed, RetryLater
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.job_bench import LEASE, JobBench, failing_with, read, wanted
from tests.factories.jobs import due_jobs
from tests.factories.races import at_once, results

pytestmark = pytest.mark.usefixtures("shop")


def nothing(run: JobRun) -> None:
    return None


def test_a_job_is_done_once_and_says_its_result(clock: MovableClock) -> None:
    bench, job = JobBench(clock, lambda run: {"doubled": run.job.payload["n"] * 2}), wanted(clock, n=21)

    assert bench.run(job) is JobState.SUCCEEDED

    done = read(job)
    assert (done.state, done.result, done.attempts, done.reason) == (JobState.SUCCEEDED, {"doubled": 42}, 1, "")
    assert done.finished_at is not None
    with nothing_changes():
        assert bench.run(job) is None


def test_a_key_makes_one_job(clock: MovableClock) -> None:
    add = partial(Job.add, NewJob("test.work", "the one key", None), now=clock.now(), session=None)
    results(at_once([add] * 10))
    assert Job.collection().count_documents({"key": "the one key"}) == 1


def test_of_many_workers_one_gets_the_job(clock: MovableClock) -> None:
    ran: list[int] = []
    bench, job = JobBench(clock, lambda run: ran.append(1)), wanted(clock)

    states = results(at_once([partial(bench.run, job)] * 12))

    assert (states.count(JobState.SUCCEEDED), states.count(None), ran) == (1, 11, [1])


def test_a_job_that_is_not_due_is_left_alone(clock: MovableClock) -> None:
    job = wanted(clock)
    assert JobBench(clock, failing_with(RetryLater("busy", timedelta(minutes=5)))).run(job) is JobState.WAITING
    bench = JobBench(clock, nothing)
    clock.advance(seconds=299)
    with nothing_changes():
        assert bench.run(job) is None
    clock.advance(seconds=1)
    assert bench.run(job) is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RetryLater("WeChat is busy"), "WeChat is busy"),
        (ValueError("the phone 13800138000"), "ValueError"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_failure_is_tried_again_after_a_growing_pause_and_then_given_up(
    clock: MovableClock, error: Exception, reason: str
) -> None:
    bench, job = JobBench(clock, failing_with(error), max_attempts=3), wanted(clock)
    for pause_s in (2, 4):
        before = clock.now()
        assert bench.run(job) is JobState.WAITING
        waiting = read(job)
        assert waiting.reason == reason
        assert timedelta(seconds=pause_s) <= waiting.due_at - before < timedelta(seconds=pause_s + 2)
        clock.advance(seconds=pause_s)

    assert bench.run(job) is JobState.FAILED

    failed = read(job)
    assert (failed.state, failed.reason, failed.attempts) == (JobState.FAILED, reason, 3)
    clock.advance(days=1)
    with nothing_changes():
        assert bench.run(job) is None


def test_giving_up_is_final_at_once_and_its_reason_is_redacted(clock: MovableClock) -> None:
    bench, job = JobBench(clock, failing_with(GiveUp("no such phone 13800138000"))), wanted(clock)
    assert bench.run(job) is JobState.FAILED
    assert (read(job).reason, read(job).attempts) == ("no such phone ***", 1)


@pytest.mark.parametrize(("pages", "level"), [(True, "error"), (False, "warning")])
def test_a_failure_that_is_somebody_elses_is_a_warning(clock: MovableClock, pages: bool, level: str) -> None:
    bench, job = JobBench(clock, failing_with(GiveUp("answered 410")), pages=pages), wanted(clock)
    with capture_logs() as lines:
        assert bench.run(job) is JobState.FAILED
    assert [line["log_level"] for line in lines if line["event"] == "job_failed"] == [level]


def test_postponing_costs_no_attempt(clock: MovableClock) -> None:
    job = wanted(clock)
    for _ in range(5):
        before = clock.now()
        bench = JobBench(clock, failing_with(Postponed("its turn comes", timedelta(seconds=7))), max_attempts=1)
        assert bench.run(job) is JobState.WAITING
        waiting = read(job)
        assert (waiting.attempts, waiting.reason) == (0, "its turn comes")
        assert timedelta(seconds=7) <= waiting.due_at - before < timedelta(seconds=9)
        clock.advance(seconds=7)
    assert JobBench(clock, nothing, max_attempts=1).run(job) is JobState.SUCCEEDED


def test_a_kind_that_this_worker_does_not_know_waits_for_one_that_does(clock: MovableClock) -> None:
    job = wanted(clock, kind="test.of_the_next_release")
    assert JobBench(clock, nothing).run(job) is JobState.WAITING
    assert read(job).reason == "this worker has no handler for it"


def test_a_dead_workers_job_is_free_after_the_lease(clock: MovableClock) -> None:
    bench, job = JobBench(clock, nothing), wanted(clock)
    assert Job.claim(job.id, now=clock.now(), lease=LEASE) is not None  # and then its process dies
    with nothing_changes():
        assert bench.run(job) is None
    clock.advance(seconds=LEASE.total_seconds())
    assert bench.run(job) is JobState.SUCCEEDED
    assert read(job).attempts == 2


def test_a_job_that_kills_its_workers_is_given_up(clock: MovableClock) -> None:
    bench, job = JobBench(clock, failing_with(AssertionError("must not run")), max_attempts=3), wanted(clock)
    for _ in range(3):
        assert Job.claim(job.id, now=clock.now(), lease=LEASE) is not None
        clock.advance(seconds=LEASE.total_seconds())

    assert bench.run(job) is JobState.FAILED

    assert (read(job).attempts, read(job).reason) == (3, "its worker died or was stopped in attempt 3")


def test_a_worker_that_was_paused_past_its_lease_writes_nothing(clock: MovableClock) -> None:
    """Progress, success and failure of the first worker come after a second one has taken over."""
    taken: list[Job | None] = []

    def overtaken(run: JobRun) -> dict[str, str]:
        clock.advance(seconds=LEASE.total_seconds())
        taken.append(Job.claim(run.job.id, now=clock.now(), lease=LEASE))
        with pytest.raises(LeaseLost):
            run.progress(99)
        return {"by": "a zombie"}

    job = wanted(clock)
    assert JobBench(clock, overtaken).run(job) is None

    held = read(job)
    assert (held.state, held.fence, held.done, held.result) == (JobState.RUNNING, 2, 0, {})
    (second,) = taken
    assert second is not None and second.write({"state": "succeeded", "finished_at": clock.now()})


def test_a_zombie_that_ends_in_an_error_changes_nothing_either(clock: MovableClock) -> None:
    def overtaken(run: JobRun) -> None:
        clock.advance(seconds=LEASE.total_seconds())
        Job.claim(run.job.id, now=clock.now(), lease=LEASE)
        raise GiveUp("a zombie")

    job = wanted(clock)
    assert JobBench(clock, overtaken).run(job) is None
    assert (read(job).state, read(job).reason) == (JobState.RUNNING, "")


def test_progress_is_shown_and_renews_the_lease(clock: MovableClock) -> None:
    seen: list[Job] = []

    def slow(run: JobRun) -> None:
        clock.advance(seconds=50)
        run.progress(3, 10)
        seen.append(read(run.job))

    job = wanted(clock)
    assert JobBench(clock, slow).run(job) is JobState.SUCCEEDED
    (running,) = seen
    assert (running.done, running.total, running.progress) == (3, 10, {"done": 3, "total": 10})
    assert running.due_at - clock.now() > LEASE - timedelta(seconds=5)


def test_a_result_that_cannot_be_stored_does_not_stop_others(clock: MovableClock) -> None:
    bench = JobBench(clock, lambda run: {"huge": "x" * 17_000_000} if run.job.payload else {}, max_attempts=1)
    huge, small = wanted(clock, huge=True), wanted(clock)

    assert bench.run(huge) is JobState.FAILED

    assert read(huge).reason == "DocumentTooLarge"
    assert bench.run(small) is JobState.SUCCEEDED


def test_a_due_job_is_hinted_at_and_again_if_nobody_takes_it(services: Services, clock: MovableClock) -> None:
    jobs = [wanted(clock) for _ in range(3)]
    hint = partial(Job.take_hints, limit=10)

    def hinted() -> set[object]:
        return set(hint(now=clock.now(), again_at=clock.now() + timedelta(seconds=30)))

    assert hinted() == {job.id for job in jobs}
    assert hinted() == set()
    Job.claim(jobs[0].id, now=clock.now(), lease=LEASE)
    clock.advance(seconds=30)
    assert hinted() == {jobs[1].id, jobs[2].id}
    clock.advance(seconds=30)
    assert jobs[0].id in hinted()
    assert len(due_jobs(services)) == 3


def test_hints_are_bounded_and_the_oldest_come_first(clock: MovableClock) -> None:
    jobs = []
    for _ in range(5):
        jobs.append(wanted(clock).id)
        clock.advance(seconds=1)
    later = clock.now() + timedelta(seconds=30)
    assert Job.take_hints(now=clock.now(), again_at=later, limit=3) == jobs[:3]
    assert Job.take_hints(now=clock.now(), again_at=later, limit=3) == jobs[3:]
