"""The outbox: facts written in the transaction that made them true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, DictField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class Event(StoreDocument):
    """One fact about one aggregate; `seq` counts from 1 without gaps within the aggregate.

    `pending` is true until the jobs it causes are stored, and gone from then on.
    """

    meta = {
        "collection": "events",
        "indexes": [
            {"fields": ["aggregate_id", "seq"], "unique": True},
            {"fields": ["pending", "_id"], "partialFilterExpression": {"pending": True}},
            ["dispatched_at"],
        ],
    }

    aggregate = StringField(required=True)
    aggregate_id = ObjectIdField(required=True)
    seq = IntField(required=True)
    type = StringField(required=True)
    data = DictField()
    occurred_at = DateTimeField(required=True)
    pending = BooleanField(default=True)
    dispatched_at = DateTimeField()

    @classmethod
    def list_pending(cls, *, limit: int) -> list[Event]:
        """Returns what is still to be dispatched, the oldest first."""
        found = cls.collection().find({"pending": True}).sort("_id", 1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def list_about(cls, aggregate_ids: Sequence[ObjectId]) -> list[Event]:
        """Returns the events of these documents that are still kept, the oldest first."""
        found = cls.collection().find({"aggregate_id": {"$in": list(aggregate_ids)}})
        return sorted((cls._from_son(raw) for raw in found), key=lambda event: (event.occurred_at, event.id))

    @classmethod
    def mark_dispatched(cls, event_id: ObjectId, *, now: datetime, session: ClientSession) -> bool:
        """Returns False if the event was not pending any more."""
        result = cls.collection().update_one(
            {"_id": event_id, "pending": True},
            {"$set": {"dispatched_at": now}, "$unset": {"pending": ""}},
            session=session,
        )
        return result.matched_count == 1

    @classmethod
    def delete_dispatched(cls, *, before: datetime, limit: int) -> int:
        """Forgets at most `limit` events that were dispatched before that time; returns how many."""
        old = cls.collection().find({"dispatched_at": {"$lt": before}}, {"_id": 1}).limit(limit)
        return cls.collection().delete_many({"_id": {"$in": [raw["_id"] for raw in old]}}).deleted_count
