"""What a store used, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bson import ObjectId
from mongoengine import IntField, StringField
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from src.models.connection import deadline
from src.models.documents import StoreDocument
from src.models.stores import Store

# A store and one of its days.
StoreDayKey = tuple[ObjectId, str]


class StoreDay(StoreDocument):
    """One day (`2026-11-20`) of a store in its time zone. Products and bytes are those of its last look."""

    meta = {"collection": "store_days", "indexes": [{"fields": ["store_id", "day"], "unique": True}]}

    day = StringField(required=True)
    calls = IntField(required=True, default=0)
    products = IntField()
    storage_bytes = IntField()

    @classmethod
    def add_calls(cls, counts: Mapping[StoreDayKey, int], *, timeout_s: float) -> bool:
        """Adds calls of the API to their days; returns False if the database did not say in time that it has."""
        try:
            with deadline(timeout_s):
                cls._add_calls(counts)
        except PyMongoError:
            return False
        return True

    @classmethod
    def _add_calls(cls, counts: Mapping[StoreDayKey, int]) -> None:
        """Of a store that is gone nothing is written: its deletion would not find it any more."""
        stores = Store.existing({store_id for store_id, _ in counts})
        updates = [
            UpdateOne({"store_id": store_id, "day": day}, {"$inc": {"calls": calls}}, upsert=True)
            for (store_id, day), calls in counts.items()
            if store_id in stores
        ]
        if updates:
            cls.collection().bulk_write(updates, ordered=False)

    @classmethod
    def note(cls, store_id: ObjectId, day: str, *, products: int, storage_bytes: int) -> None:
        values = {"products": products, "storage_bytes": storage_bytes}
        cls.collection().update_one(
            {"store_id": store_id, "day": day}, {"$set": values, "$setOnInsert": {"calls": 0}}, upsert=True
        )

    @classmethod
    def between(cls, store_id: ObjectId, first: str, last: str) -> Iterable[StoreDay]:
        found = cls.collection().find({"store_id": store_id, "day": {"$gte": first, "$lte": last}})
        return [cls._from_son(raw) for raw in found]
