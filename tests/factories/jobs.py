"""Doing what workers do, in this process and at once."""

from __future__ import annotations

from bson import ObjectId

from src.models.jobs import Job
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.shop import Shop, data_of

_MOST_ROUNDS = 50


def run_jobs(services: Services) -> list[JobState | None]:
    """Dispatches all events, then runs every job that is due, until nothing is; returns what became of each run."""
    states: list[JobState | None] = []
    for _ in range(_MOST_ROUNDS):
        tick(services, "dispatch_events")
        due = due_jobs(services)
        if not due:
            return states
        states += [services.jobs.running.run(job_id) for job_id in due]
    raise AssertionError(f"after {_MOST_ROUNDS} rounds jobs are still due")


def tick(services: Services, name: str) -> int:
    """Runs one piece of scheduled work now, due or not; returns how much it did."""
    work = services.jobs.scheduling.works[name]
    return work.run(work.limit)


def due_jobs(services: Services) -> list[ObjectId]:
    now = services.jobs.running.now()
    found = Job.collection().find({"state": {"$in": ["waiting", "running"]}, "due_at": {"$lte": now}}).sort("_id", 1)
    return [raw["_id"] for raw in found]


def jobs_of(kind: str) -> list[Job]:
    """Returns the jobs of that kind, the oldest first."""
    return [Job._from_son(raw) for raw in Job.collection().find({"kind": kind}).sort("_id", 1)]


def walk_jobs(shop: Shop) -> None:
    """Calls every operation on jobs; one has failed before."""
    staff = shop.staff()
    failed = data_of(staff.get("/api/jobs", state="failed"), 200)["list"][0]
    assert data_of(staff.get("/api/queues/stats"), 200)["failed"] >= 1
    assert data_of(staff.post(f"/api/jobs/{failed['id']}/retry"), 200)["state"] == "waiting"
    assert data_of(staff.get(f"/api/jobs/{failed['id']}"), 200)["reason"] == ""
