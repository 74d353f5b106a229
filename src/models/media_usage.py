"""How many bytes of pictures there are."""

from __future__ import annotations

from bson import ObjectId
from mongoengine import IntField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument

OF_STAFF, OF_SHOPPERS = "staff", "shoppers"


class MediaUsage(StoreDocument):
    """The bytes of one holder's pictures in a store, those on their way included.

    Holders are the staff together, all shoppers together, and each shopper. It changes in the transaction of the
    pictures, so it is exact.
    """

    meta = {"collection": "media_usage", "indexes": [{"fields": ["store_id", "holder"], "unique": True}]}

    holder = StringField(required=True)
    bytes = IntField(required=True, default=0)

    @classmethod
    def of(cls, store_id: ObjectId, holder: str | None = None) -> int:
        """Returns the bytes in use: the holder's, or the whole store's."""
        holders = [OF_STAFF, OF_SHOPPERS] if holder is None else [holder]
        found = cls.collection().find({"store_id": store_id, "holder": {"$in": holders}})
        return sum(int(raw["bytes"]) for raw in found)

    @classmethod
    def take(cls, store_id: ObjectId, holder: str, size: int, *, quota: int, session: ClientSession) -> bool:
        """Counts `size` bytes more; returns False, and counts nothing, if that would be more than `quota`."""
        row = {"store_id": store_id, "holder": holder}
        cls.collection().update_one(row, {"$setOnInsert": {"bytes": 0}}, upsert=True, session=session)
        taken = cls.collection().update_one(
            {**row, "bytes": {"$lte": quota - size}}, {"$inc": {"bytes": size}}, session=session
        )
        return taken.modified_count == 1

    @classmethod
    def add(cls, store_id: ObjectId, holder: str, size: int, *, session: ClientSession) -> None:
        """Counts `size` bytes more, or fewer if it is negative, whatever the quota says."""
        cls.collection().update_one(
            {"store_id": store_id, "holder": holder}, {"$inc": {"bytes": size}}, upsert=True, session=session
        )
