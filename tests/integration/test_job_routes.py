"""Jobs as a store's staff see them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from bson import ObjectId

from src.models.jobs import Job
from src.services.jobs.contracts import GiveUp, RetryLater
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.job_bench import KIND, LEASE, JobBench, failing_with, read, wanted
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Person, Shop, data_of, refused


@pytest.fixture
def manager(shop: Shop) -> Person:
    return shop.staff(Role.MANAGER)


def failed_job(shop: Shop, clock: MovableClock, reason: str = "HTTP 410") -> Job:
    job = wanted(clock, store_id=shop.store_id)
    JobBench(clock, failing_with(GiveUp(reason))).run(job)
    return job


@pytest.mark.parametrize("path", ["/api/jobs", f"/api/jobs/{NOBODYS_ID}", "/api/queues/stats"])
def test_only_staff_who_may_read_jobs_do(shop: Shop, path: str) -> None:
    refused(shop.anonymous.get(path), 401)
    refused(shop.buyer().get(path), 401)
    refused(shop.staff(Role.CLERK).get(path), 403)


def test_only_staff_who_may_retry_jobs_do(shop: Shop, clock: MovableClock) -> None:
    path = f"/api/jobs/{failed_job(shop, clock).id}/retry"
    people = ((shop.anonymous, 401), (shop.buyer(), 401), (shop.staff(Role.CLERK), 403))
    with nothing_changes():
        for person, code in people:
            refused(person.post(path), code)


def test_another_stores_job_and_one_of_no_store_are_not_there(
    shop: Shop, other_shop: Shop, manager: Person, clock: MovableClock
) -> None:
    foreign = failed_job(other_shop, clock)
    of_nobody = wanted(clock)
    with nothing_changes():
        for job_id in (foreign.id, of_nobody.id, NOBODYS_ID):
            refused(manager.get(f"/api/jobs/{job_id}"), 404)
            refused(manager.post(f"/api/jobs/{job_id}/retry"), 404)
    assert data_of(manager.get("/api/jobs"), 200)["pagination"]["total"] == 0
    assert data_of(manager.get("/api/queues/stats"), 200)["failed"] == 0


@pytest.mark.parametrize("state", ["waiting", "running", "succeeded"])
def test_only_a_failed_job_can_be_retried(shop: Shop, manager: Person, clock: MovableClock, state: str) -> None:
    job = wanted(clock, store_id=shop.store_id)
    Job.collection().update_one({"_id": job.id}, {"$set": {"state": state}})
    with nothing_changes():
        assert refused(manager.post(f"/api/jobs/{job.id}/retry"), 40914) == {"state": state}


@pytest.mark.parametrize("query", [{"state": "lost"}, {"kind": "Not A Kind"}, {"page": "0"}, {"colour": "red"}])
def test_a_filter_that_means_nothing_is_refused(manager: Person, query: dict[str, str]) -> None:
    assert list(refused(manager.get("/api/jobs", **query), 400)["errors"]) == list(query)


def test_a_job_shows_its_state_progress_and_reason(shop: Shop, manager: Person, clock: MovableClock) -> None:
    job = failed_job(shop, clock, "HTTP 410 for 13800138000")
    shown = data_of(manager.get(f"/api/jobs/{job.id}"), 200)
    moments = {name: shown.pop(name) for name in ("createdAt", "dueAt", "finishedAt")}
    assert all(isinstance(moment, str) for moment in moments.values())
    assert shown == {
        "id": str(job.id),
        "kind": KIND,
        "state": "failed",
        "progress": {"done": 0, "total": None},
        "attempts": 1,
        "result": {},
        "reason": "HTTP 410 for ***",
    }


def test_a_succeeded_job_shows_its_result(shop: Shop, manager: Person, clock: MovableClock) -> None:
    job = wanted(clock, store_id=shop.store_id, openid="stays inside")
    JobBench(clock, lambda run: run.progress(5, 5) or {"sent": 5}).run(job)
    shown = data_of(manager.get(f"/api/jobs/{job.id}"), 200)
    assert (shown["state"], shown["progress"], shown["result"]) == ("succeeded", {"done": 5, "total": 5}, {"sent": 5})
    assert "stays inside" not in str(shown)


def test_jobs_are_filtered_and_the_newest_comes_first(shop: Shop, manager: Person, clock: MovableClock) -> None:
    failed = failed_job(shop, clock)
    waiting, other = (wanted(clock, kind=kind, store_id=shop.store_id) for kind in (KIND, "test.other"))

    def listed(**query: str) -> list[str]:
        return [job["id"] for job in data_of(manager.get("/api/jobs", **query), 200)["list"]]

    assert listed() == [str(job.id) for job in (other, waiting, failed)]
    assert listed(kind=KIND) == [str(waiting.id), str(failed.id)]
    assert listed(state="failed") == [str(failed.id)]
    assert listed(kind="test.other", state="failed") == []
    assert listed(size="1", page="2") == [str(waiting.id)]


def test_a_retried_job_is_due_again_with_all_its_attempts(shop: Shop, manager: Person, clock: MovableClock) -> None:
    job = failed_job(shop, clock)

    shown = data_of(manager.post(f"/api/jobs/{job.id}/retry"), 200)

    assert (shown["state"], shown["attempts"], shown["reason"], shown["finishedAt"]) == ("waiting", 0, "", None)
    assert JobBench(clock, lambda run: {"sent": 1}).run(job) == "succeeded"
    assert read(job).fence == 2


def test_a_job_is_retried_once_however_many_ask(shop: Shop, manager: Person, clock: MovableClock) -> None:
    job = failed_job(shop, clock)
    answers = results(at_once([partial(manager.post, f"/api/jobs/{job.id}/retry")] * 6))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]


def test_the_stats_count_what_is_not_done(shop: Shop, manager: Person, clock: MovableClock) -> None:
    failed_job(shop, clock)
    delayed, dead, active = (wanted(clock, store_id=shop.store_id) for _ in range(3))
    JobBench(clock, failing_with(RetryLater("busy", timedelta(hours=1)))).run(delayed)
    Job.claim(dead.id, now=clock.now() - 2 * LEASE, lease=LEASE)
    Job.collection().update_one({"_id": dead.id}, {"$set": {"due_at": clock.now() - timedelta(seconds=45)}})
    Job.claim(active.id, now=clock.now(), lease=LEASE)
    wanted(clock, kind="test.other", store_id=shop.store_id)
    JobBench(clock, lambda run: None).run(wanted(clock, store_id=shop.store_id))

    stats = data_of(manager.get("/api/queues/stats"), 200)

    kinds = {counts.pop("kind"): counts for counts in stats.pop("kinds")}
    assert list(kinds) == ["test.other", KIND]
    assert 45 <= stats["oldestAgeSeconds"] < 50
    assert stats == {
        "waiting": 2,
        "active": 1,
        "delayed": 1,
        "failed": 1,
        "oldestAgeSeconds": stats["oldestAgeSeconds"],
    }
    assert {**kinds[KIND], "oldestAgeSeconds": 45} == {
        "waiting": 1,
        "active": 1,
        "delayed": 1,
        "failed": 1,
        "oldestAgeSeconds": 45,
    }


def test_an_empty_queue_has_no_age(manager: Person) -> None:
    assert data_of(manager.get("/api/queues/stats"), 200) == {
        "waiting": 0,
        "active": 0,
        "delayed": 0,
        "failed": 0,
        "oldestAgeSeconds": 0,
        "kinds": [],
    }


def test_an_unknown_id_is_a_404(manager: Person) -> None:
    refused(manager.get(f"/api/jobs/{ObjectId()}"), 404)
    refused(manager.get("/api/jobs/nonsense"), 404)
