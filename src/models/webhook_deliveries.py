"""What was sent to merchants' endpoints, and what they answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import (
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    ObjectIdField,
    StringField,
)
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.models.jobs import Job
from src.utils.job_states import JobState
from src.utils.pages import Page, PageRequest

MAX_LOGGED_ATTEMPTS = 40
_LIVE = (JobState.WAITING, JobState.RUNNING)


class DeliveryState(StrEnum):
    """waiting: being tried. failed: given up. dropped: its endpoint was off or gone before it arrived."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class DeliveryAttempt(EmbeddedDocument):
    """One request. `status` is unset if none came back; `failure` says why then, `answer` is how the body began."""

    at = DateTimeField(required=True)
    duration_ms = IntField(required=True)
    status = IntField()
    failure = StringField(default="")
    answer = StringField(default="")


class WebhookDelivery(StoreDocument):
    """One event on its way to one endpoint. `body` is sent byte for byte the same in each attempt.

    `tries` counts the attempts since it was made or last asked for again; `attempts` keeps the latest of all.
    """

    meta = {
        "collection": "webhook_deliveries",
        "indexes": [
            ["store_id", "endpoint_id", "-_id"],
            ["store_id", "endpoint_id", "state", "-_id"],
            ["created_at"],
        ],
    }

    endpoint_id = ObjectIdField(required=True)
    event_id = StringField(required=True)
    event_type = StringField(required=True)
    body = StringField(required=True)
    job_key = StringField(required=True)
    state = EnumField(DeliveryState, required=True, default=DeliveryState.WAITING)
    tries = IntField(required=True, default=0)
    redeliveries = IntField(required=True, default=0)
    attempts = EmbeddedDocumentListField(DeliveryAttempt)
    next_attempt_at = DateTimeField()
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField()

    @classmethod
    def find_in_store(cls, store_id: ObjectId, delivery_id: ObjectId) -> WebhookDelivery | None:
        return cls.find_document({"_id": delivery_id, "store_id": store_id})

    @classmethod
    def page_of_endpoint(
        cls, store_id: ObjectId, endpoint_id: ObjectId, state: DeliveryState | None, page: PageRequest
    ) -> Page[WebhookDelivery]:
        """Returns the endpoint's deliveries without bodies and attempts, the newest first."""
        query: dict[str, Any] = {"store_id": store_id, "endpoint_id": endpoint_id}
        if state is not None:
            query["state"] = state.value
        return cls.find_page(query, [("_id", -1)], page, projection={"body": False, "attempts": False})

    def ensure(self) -> WebhookDelivery:
        """Stores this delivery unless it is there, and returns what is there."""
        stored = self.collection().find_one_and_update(
            {"_id": self.id}, {"$setOnInsert": self._as_stored()}, upsert=True, return_document=ReturnDocument.AFTER
        )
        built = self._built(stored)
        assert built is not None
        return built

    def record(
        self,
        attempt: DeliveryAttempt,
        *,
        state: DeliveryState,
        next_attempt_at: datetime | None = None,
        finished_at: datetime | None = None,
    ) -> None:
        """Adds the attempt. What has arrived stays delivered, whatever a duplicate attempt saw."""
        logged = {"$each": [attempt.to_mongo().to_dict()], "$slice": -MAX_LOGGED_ATTEMPTS}
        values = {"state": state.value, "next_attempt_at": next_attempt_at, "finished_at": finished_at}
        self.collection().update_one(
            {"_id": self.id, "state": {"$ne": DeliveryState.DELIVERED.value}},
            {"$push": {"attempts": logged}, "$inc": {"tries": 1}, "$set": values},
        )

    def drop(self, *, now: datetime) -> None:
        """Ends a delivery whose endpoint takes nothing any more."""
        self.collection().update_one(
            {"_id": self.id, "state": DeliveryState.WAITING.value},
            {"$set": {"state": DeliveryState.DROPPED.value, "finished_at": now}, "$unset": {"next_attempt_at": ""}},
        )

    def is_under_way(self) -> bool:
        """Returns whether its job is still to try it; one whose job has failed waits for nobody."""
        job = Job.find_document({"key": self.job_key})
        return self.state is DeliveryState.WAITING and job is not None and job.state in _LIVE

    def begin_again(self, job_key: str, *, session: ClientSession) -> WebhookDelivery | None:
        """Makes it the work of a new job; None if somebody else has done that since it was read."""
        return self.change(
            {"_id": self.id, "redeliveries": self.redeliveries},
            {
                "$set": {"state": DeliveryState.WAITING.value, "tries": 0, "job_key": job_key},
                "$unset": {"next_attempt_at": "", "finished_at": ""},
                "$inc": {"redeliveries": 1},
            },
            session=session,
        )

    @classmethod
    def purge(cls, before: datetime, *, limit: int) -> int:
        """Removes at most `limit` deliveries made before that time, and returns how many."""
        old = cls.collection().find({"created_at": {"$lt": before}}, projection={"_id": True}).limit(limit)
        ids = [raw["_id"] for raw in old]
        return cls.collection().delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0
