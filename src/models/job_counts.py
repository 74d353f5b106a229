"""How many jobs wait, run and failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS
from src.models.jobs import Job
from src.utils.job_states import JobState

_WAITING, _RUNNING, _FAILED = JobState.WAITING.value, JobState.RUNNING.value, JobState.FAILED.value


@dataclass(frozen=True)
class JobCounts:
    """The jobs of one kind that are not done.

    waiting: due, and nobody has them; a job whose worker died is one of them. delayed: due later. active: leased.
    `oldest_age_seconds`: for how long the oldest of the waiting ones has been due; 0 if none waits.
    """

    kind: str
    waiting: int
    delayed: int
    active: int
    failed: int
    oldest_age_seconds: int


def count_jobs(*, now: datetime, store_id: ObjectId | None = None) -> list[JobCounts]:
    """Returns the counts of each kind that has such jobs, by name: of one store, or of the whole installation."""
    matching: dict[str, Any] = {"state": {"$in": [_WAITING, _RUNNING, _FAILED]}}
    if store_id is not None:
        matching["store_id"] = store_id
    pipeline = [{"$match": matching}, {"$group": _group(now)}, {"$sort": {"_id": 1}}]
    groups = Job.collection().aggregate(pipeline, maxTimeMS=MAX_TIME_MS)
    return [_counts(group, now) for group in groups]


def _group(now: datetime) -> dict[str, Any]:
    failed = {"$eq": ["$state", _FAILED]}
    is_due = {"$and": [{"$ne": ["$state", _FAILED]}, {"$lte": ["$due_at", now]}]}
    later = {"$gt": ["$due_at", now]}
    return {
        "_id": "$kind",
        "waiting": _how_many(is_due),
        "delayed": _how_many({"$and": [{"$eq": ["$state", _WAITING]}, later]}),
        "active": _how_many({"$and": [{"$eq": ["$state", _RUNNING]}, later]}),
        "failed": _how_many(failed),
        "oldest_due_at": {"$min": {"$cond": [is_due, "$due_at", None]}},
    }


def _counts(group: dict[str, Any], now: datetime) -> JobCounts:
    since = group.pop("oldest_due_at")
    age_s = int((now - since).total_seconds()) if since else 0
    return JobCounts(kind=group.pop("_id"), oldest_age_seconds=age_s, **group)


def _how_many(condition: dict[str, Any]) -> dict[str, Any]:
    return {"$sum": {"$cond": [condition, 1, 0]}}
