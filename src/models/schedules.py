"""When each piece of scheduled work ran, and who runs it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, IntField, StringField
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from src.models.documents import BaseDocument


class Schedule(BaseDocument):
    """The state of one piece of scheduled work (`_id` is its name). However many beats tick, one claim wins."""

    meta = {"collection": "schedules", "indexes": []}

    id = StringField(primary_key=True)
    due_at = DateTimeField(required=True)
    fence = IntField(required=True)
    started_at = DateTimeField()
    succeeded_at = DateTimeField()
    count = IntField()
    error = StringField(default="")

    @classmethod
    def claim(cls, name: str, *, now: datetime, next_due_at: datetime) -> Schedule | None:
        """Returns the claimed schedule; None if it is not due. It is not due again before `next_due_at`."""
        try:
            raw = cls.collection().find_one_and_update(
                {"_id": name, "due_at": {"$lte": now}},
                {"$set": {"due_at": next_due_at, "started_at": now}, "$inc": {"fence": 1}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # it exists and is not due
            return None
        return cls._built(raw)

    def renew(self, *, next_due_at: datetime) -> bool:
        """Holds the schedule until then; returns False if a later run has begun."""
        result = self.collection().update_one({"_id": self.id, "fence": self.fence}, {"$set": {"due_at": next_due_at}})
        return result.matched_count == 1

    def record(self, *, next_due_at: datetime, succeeded_at: datetime | None, count: int, error: str) -> None:
        """Writes how this run ended, unless a later one has begun."""
        values: dict[str, Any] = {"due_at": next_due_at, "count": count, "error": error}
        if succeeded_at is not None:
            values["succeeded_at"] = succeeded_at
        self.collection().update_one({"_id": self.id, "fence": self.fence}, {"$set": values})

    @classmethod
    def list_all(cls) -> list[Schedule]:
        return [cls._from_son(raw) for raw in cls.collection().find().sort("_id", 1)]
