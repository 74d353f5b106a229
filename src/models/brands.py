"""Brands of a store's products."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, IntField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument

MAX_BRANDS = 1_000


class Brand(StoreDocument):
    """One brand. `holds` counts what has been based on it, as a category's does."""

    meta = {
        "collection": "brands",
        "indexes": [
            {"fields": ["store_id", "name"], "unique": True},
            # Which pictures are in use; see media_references.
            ["store_id", "logo"],
        ],
    }

    name = StringField(required=True)
    logo = StringField(default="")
    visible = BooleanField(required=True, default=True)
    holds = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @classmethod
    def list_in_store(cls, store_id: ObjectId, *, shown_only: bool) -> list[Brand]:
        """Returns all brands, or the visible ones, by name."""
        query = {"store_id": store_id, "visible": True} if shown_only else {"store_id": store_id}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("name", 1)]

    @classmethod
    def count_in_store(cls, store_id: ObjectId, *, session: ClientSession) -> int:
        return cls.collection().count_documents({"store_id": store_id}, session=session)

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, brand_id: ObjectId, *, session: ClientSession | None = None
    ) -> Brand | None:
        return cls.find_document({"_id": brand_id, "store_id": store_id}, session=session)

    @classmethod
    def hold(cls, store_id: ObjectId, brand_id: ObjectId, *, session: ClientSession) -> Brand | None:
        """Returns the brand, which nobody renames or deletes beside the caller's transaction."""
        return cls.change({"_id": brand_id, "store_id": store_id}, {"$inc": {"holds": 1}}, session=session)

    def edited(self, values: dict[str, Any], *, session: ClientSession) -> Brand:
        after = self.change({"_id": self.id}, {"$set": values}, session=session)
        assert after is not None, "the caller holds it"
        return after

    def remove(self, *, session: ClientSession) -> None:
        self.collection().delete_one({"_id": self.id}, session=session)
