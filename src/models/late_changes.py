"""Money that was recorded long after it moved: the figures of that day are to be added up again."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class LateChange(StoreDocument):
    """Something that counts `at` a moment in the past. Written in the transaction that recorded it."""

    meta = {"collection": "late_changes", "indexes": [["store_id", "at"]]}

    at = DateTimeField(required=True)

    @classmethod
    def moments(cls, store_id: ObjectId, start: datetime, end: datetime) -> list[datetime]:
        query = {"store_id": store_id, "at": {"$gte": start, "$lt": end}}
        return [raw["at"] for raw in cls.collection().find(query, {"_id": False, "at": True})]

    @classmethod
    def some(cls, store_id: ObjectId, start: datetime, end: datetime, *, limit: int) -> list[LateChange]:
        """Returns at most `limit` of those of that time, the earliest moments first."""
        query = {"store_id": store_id, "at": {"$gte": start, "$lt": end}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("at", 1).limit(limit)]

    @classmethod
    def remove(cls, changes: list[LateChange], *, session: ClientSession) -> None:
        if changes:
            cls.collection().delete_many({"_id": {"$in": [change.id for change in changes]}}, session=session)
