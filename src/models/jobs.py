"""Work to be done beside requests: what is due is found here, whatever happens to the broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, DictField, EnumField, IntField, ObjectIdField, StringField
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from src.models.documents import BaseDocument
from src.utils.pages import Page, PageRequest


class JobState(StrEnum):
    """waiting: due now or later. running: leased by a worker. failed: given up, a person may retry it."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


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
            ["state", "due_at"],
            ["store_id", "-_id"],
            ["store_id", "state", "-_id"],
            ["store_id", "kind", "-_id"],
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
    done = IntField(required=True, default=0)
    total = IntField()
    result = DictField()
    reason = StringField(default="")
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField()

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
            created_at=now,
        )
        cls.collection().update_one(
            {"key": wanted.key}, {"$setOnInsert": document._as_stored()}, upsert=True, session=session
        )

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
        raw = cls.collection().find_one_and_update(
            {
                "_id": job_id,
                "state": {"$in": [JobState.WAITING.value, JobState.RUNNING.value]},
                "due_at": {"$lte": now},
            },
            {"$set": {"state": JobState.RUNNING.value, "due_at": now + lease}, "$inc": {"attempts": 1, "fence": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return cls._built(raw)

    def write(self, values: dict[str, Any]) -> bool:
        """Sets `values`; returns False if this worker's lease went to another one, and nothing was written."""
        result = self.collection().update_one(
            {"_id": self.id, "state": JobState.RUNNING.value, "fence": self.fence}, {"$set": values}
        )
        return result.matched_count == 1
