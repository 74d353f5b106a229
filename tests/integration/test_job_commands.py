"""Commands for what runs beside requests."""

from __future__ import annotations

import re

import pytest
from bson import ObjectId
from click.testing import Result

from src.models.jobs import Job
from src.services.jobs.contracts import GiveUp
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.job_bench import KIND, JobBench, failing_with, read, wanted
from tests.factories.shop import Shop


def run(shop: Shop, *arguments: str) -> Result:
    return shop.app.test_cli_runner().invoke(args=list(arguments))


def failed_job(clock: MovableClock, reason: str) -> Job:
    job = wanted(clock)
    JobBench(clock, failing_with(GiveUp(reason))).run(job)
    return job


def test_failed_jobs_are_listed_the_latest_first(shop: Shop, clock: MovableClock) -> None:
    first, wanted_still, last = failed_job(clock, "HTTP 410"), wanted(clock), failed_job(clock, "HTTP 404")
    lines = run(shop, "jobs", "list", "--failed").output.splitlines()
    assert [re.sub(r"  \S+T\S+  ", "  ", line) for line in lines] == [
        f"{last.id}  {KIND}  attempts 1  HTTP 404",
        f"{first.id}  {KIND}  attempts 1  HTTP 410",
    ]
    assert str(wanted_still.id) not in str(lines)


def test_that_nothing_is_to_be_done_is_said(shop: Shop) -> None:
    assert run(shop, "jobs", "list").output == "no job waits, and none has failed\n"


def test_what_is_not_done_is_counted_by_kind(shop: Shop, clock: MovableClock) -> None:
    failed_job(clock, "HTTP 410")
    wanted(clock)
    assert run(shop, "jobs", "list").output == f"{KIND}: waiting 1, active 0, delayed 0, failed 1, oldest 0 s\n"


def test_a_failed_job_is_made_due_again(shop: Shop, clock: MovableClock) -> None:
    job, other = failed_job(clock, "HTTP 410"), failed_job(clock, "HTTP 410")
    assert run(shop, "jobs", "retry", str(job.id)).output == f"job {job.id} is due again\n"
    assert (read(job).state, read(other).state) == (JobState.WAITING, JobState.FAILED)


def test_all_failed_jobs_of_a_kind_are_made_due_again(shop: Shop, clock: MovableClock) -> None:
    jobs, waiting = [failed_job(clock, "HTTP 410") for _ in range(3)], wanted(clock)
    assert run(shop, "jobs", "retry", "--kind", "webhook.deliver").output == "0 jobs are due again\n"
    assert run(shop, "jobs", "retry", "--kind", KIND).output == "3 jobs are due again\n"
    assert {read(job).state for job in [*jobs, waiting]} == {JobState.WAITING}


def test_a_retry_of_a_kind_that_there_is_not_names_those_there_are(shop: Shop, clock: MovableClock) -> None:
    failed_job(clock, "HTTP 410")
    with nothing_changes():
        result = run(shop, "jobs", "retry", "--kind", "nope")
    assert result.exit_code == 1
    assert re.fullmatch(
        r"Error: there is no kind nope; the kinds are [a-z_., ]*shipping\.upload, [a-z_., ]*webhook\.deliver\n",
        result.output,
    )


@pytest.mark.parametrize("arguments", [[], ["0" * 24], ["nonsense"], ["0" * 24, "--kind", KIND]])
def test_a_retry_that_names_no_failed_job_is_refused(shop: Shop, clock: MovableClock, arguments: list[str]) -> None:
    failed_job(clock, "HTTP 410")
    with nothing_changes():
        result = run(shop, "jobs", "retry", *arguments)
    assert (result.exit_code, result.output.startswith("Error: ")) == (1, True)


def test_a_job_that_is_done_cannot_be_retried(shop: Shop, clock: MovableClock) -> None:
    job = wanted(clock)
    JobBench(clock, lambda run: None).run(job)
    with nothing_changes():
        assert run(shop, "jobs", "retry", str(job.id)).exit_code == 1
    assert run(shop, "jobs", "retry", str(ObjectId())).exit_code == 1


def test_schedules_say_when_they_ran(shop: Shop, services: Services) -> None:
    services.jobs.scheduling.run("dispatch_events")
    (line,) = run(shop, "schedules", "list").output.splitlines()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
    assert re.fullmatch(rf"dispatch_events: begun {moment}, did 0, last success {moment}, due {moment}", line)
