"""Work to be done beside requests: what is due is found here, whatever happens to the broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, DictField, EnumField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import BaseDocument
from src.utils.job_states import JobState
from src.utils.pages import Page, PageRequest

_UNFINISHED = [JobState.WAITING.value, JobState.RUNNING.value]


def due(at: datetime) -> dict[str, datetime]:
    """Returns the values of a job that is to run at that time."""
    return {"due_at": at, "hint_at": at}


@dataclass(frozen=True)
class NewJob:
    """Work that is wanted. The same `key` makes one job, however often it is asked for; `payload` holds JSON values."""

    kind: str
    key: str
    store_id: ObjectId | None
    payload: dict[str, Any] = field(default_factory=dict)


class Job(BaseDocument):
    """One piece of work. A worker that claims it holds it for a lease; `fence` counts the claims.

    Every write of a worker names its fence: one that was paused past its lease changes nothing any more.
    """

    meta = {
        "collection": "jobs",
        "indexes": [
            {"fields": ["key"], "unique": True},
            ["state", "hint_at"],
            ["store_id", "-_id"],
            ["store_id", "state", "-_id"],
            ["store_id", "kind", "-_id"],
            ["store_id", "kind", "state", "-_id"],
            ["state", "finished_at"],
        ],
    }

    store_id = ObjectIdField()
    kind = StringField(required=True)
    key = StringField(required=True)
    payload = DictField()
    state = EnumField(JobState, required=True)
    attempts = IntField(required=True, default=0)
    fence = IntField(required=True, default=0)
    due_at = DateTimeField(required=True)
    # When a worker is to be told of it (again): with `due_at`, or later if one has just been told.
    hint_at = DateTimeField(required=True)
    done = IntField(required=True, default=0)
    total = IntField()
    result = DictField()
    reason = StringField(default="")
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField()

    @property
    def progress(self) -> dict[str, int | None]:
        return {"done": self.done, "total": self.total}

    @classmethod
    def add(cls, wanted: NewJob, *, now: datetime, session: ClientSession | None) -> None:
        """Stores a job that is due now, unless one with its key exists."""
        document = cls(
            id=ObjectId(),
            store_id=wanted.store_id,
            kind=wanted.kind,
            key=wanted.key,
            payload=wanted.payload,
            state=JobState.WAITING,
            due_at=now,
            hint_at=now,
            created_at=now,
        )
        cls.collection().update_one(
            {"key": wanted.key}, {"$setOnInsert": document._as_stored()}, upsert=True, session=session
        )

    @classmethod
    def existing_keys(cls, keys: Sequence[str]) -> set[str]:
        """Returns those of `keys` that jobs have."""
        return {raw["key"] for raw in cls.collection().find({"key": {"$in": list(keys)}}, ("key",))}

    @classmethod
    def of_kinds(cls, job_ids: Sequence[ObjectId], kinds: Sequence[str]) -> set[ObjectId]:
        """Returns those of the jobs that are of these kinds."""
        query = {"_id": {"$in": list(job_ids)}, "kind": {"$in": list(kinds)}}
        return {raw["_id"] for raw in cls.collection().find(query, ("_id",))}

    @classmethod
    def find_in_store(cls, store_id: ObjectId, job_id: ObjectId) -> Job | None:
        return cls.find_document({"_id": job_id, "store_id": store_id})

    @classmethod
    def page_in_store(cls, store_id: ObjectId, filters: dict[str, str], page: PageRequest) -> Page[Job]:
        """Returns the store's jobs, the newest first; `filters` are equalities on `kind` and `state`."""
        return cls.find_page({"store_id": store_id, **filters}, [("_id", -1)], page)

    @classmethod
    def claim(cls, job_id: ObjectId, *, now: datetime, lease: timedelta) -> Job | None:
        """Leases a due job; None if it is not due, done, or leased by somebody else.

        While a job runs, `due_at` is the end of its lease: a worker that died leaves a job that is due again.
        """
        leased = {"state": JobState.RUNNING.value, **due(now + lease)}
        return cls.change(
            {"_id": job_id, "state": {"$in": _UNFINISHED}, "due_at": {"$lte": now}},
            {"$set": leased, "$inc": {"attempts": 1, "fence": 1}},
            session=None,
        )

    def write(self, values: dict[str, Any]) -> bool:
        """Sets `values`; returns False if this worker's lease went to another one, and nothing was written."""
        result = self.collection().update_one(
            {"_id": self.id, "state": JobState.RUNNING.value, "fence": self.fence}, {"$set": values}
        )
        return result.matched_count == 1

    @classmethod
    def take_hints(cls, *, now: datetime, again_at: datetime, limit: int) -> list[ObjectId]:
        """Returns due jobs that no worker has been told of; they are not returned again before `again_at`."""
        unhinted = {"state": {"$in": _UNFINISHED}, "hint_at": {"$lte": now}}
        found = cls.collection().find(unhinted, {"_id": 1}).sort("hint_at", 1).limit(limit)
        job_ids = [raw["_id"] for raw in found]
        # One that was claimed meanwhile is to be hinted when its lease ends, and that stays.
        cls.collection().update_many({"_id": {"$in": job_ids}, **unhinted}, {"$set": {"hint_at": again_at}})
        return job_ids

    @classmethod
    def revive(cls, query: dict[str, Any], *, now: datetime, session: ClientSession | None = None) -> int:
        """Makes the failed jobs that match due again, with all their attempts; returns how many."""
        values = {"state": JobState.WAITING.value, "attempts": 0, "reason": "", **due(now)}
        result = cls.collection().update_many(
            {**query, "state": JobState.FAILED.value},
            {"$set": values, "$unset": {"finished_at": ""}},
            session=session,
        )
        return result.modified_count

    @classmethod
    def list_failed(cls, *, limit: int) -> list[Job]:
        """Returns the failed jobs of all stores and of none, the latest failure first."""
        found = cls.collection().find({"state": JobState.FAILED.value}).sort("finished_at", -1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def delete_succeeded(cls, *, before: datetime, limit: int) -> int:
        """Forgets at most `limit` jobs that succeeded before that time; returns how many."""
        old = {"state": JobState.SUCCEEDED.value, "finished_at": {"$lt": before}}
        job_ids = [raw["_id"] for raw in cls.collection().find(old, {"_id": 1}).limit(limit)]
        return cls.collection().delete_many({"_id": {"$in": job_ids}}).deleted_count
