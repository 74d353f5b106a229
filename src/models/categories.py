"""The tree of a store's categories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, IntField, ListField, ObjectIdField, StringField
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument

MAX_DEPTH = 4
MAX_CATEGORIES = 1_000


class Category(StoreDocument):
    """One category. `ancestors` are the ids above it, the root's first; a `parent_id` of None is the root.

    `holds` counts the transactions that have put products into it: two that could contradict each other, such as
    putting a product in and deleting the category, both write this document, and only one commits.
    """

    meta = {
        "collection": "categories",
        "indexes": [
            {"fields": ["store_id", "parent_id", "name"], "unique": True},
            ["store_id", "ancestors"],
            # Which pictures are in use; see media_references.
            ["store_id", "icon"],
        ],
    }

    parent_id = ObjectIdField()
    ancestors = ListField(ObjectIdField())
    name = StringField(required=True)
    icon = StringField(default="")
    position = IntField(required=True, default=0)
    visible = BooleanField(required=True, default=True)
    holds = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @property
    def path(self) -> list[ObjectId]:
        """What its products have as `category_path`."""
        return [*self.ancestors, self.id]

    @classmethod
    def list_in_store(cls, store_id: ObjectId, *, session: ClientSession | None = None) -> list[Category]:
        return [cls._from_son(raw) for raw in cls.collection().find({"store_id": store_id}, session=session)]

    @classmethod
    def names(cls, store_id: ObjectId, category_ids: Sequence[ObjectId]) -> dict[ObjectId, str]:
        """Returns the names of those of the categories that are there."""
        query = {"_id": {"$in": list(category_ids)}, "store_id": store_id}
        return {raw["_id"]: raw["name"] for raw in cls.collection().find(query, {"name": True})}

    @classmethod
    def list_below(cls, store_id: ObjectId, category_id: ObjectId) -> list[Category]:
        """Returns the category's descendants."""
        found = cls.collection().find({"store_id": store_id, "ancestors": category_id})
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def list_named(cls, store_id: ObjectId, name: str, *, session: ClientSession | None = None) -> list[Category]:
        found = cls.collection().find({"store_id": store_id, "name": name}, session=session)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def hold(cls, store_id: ObjectId, category_id: ObjectId, *, session: ClientSession) -> Category | None:
        """Returns the category, which nobody moves, renames or deletes beside the caller's transaction."""
        return cls.change({"_id": category_id, "store_id": store_id}, {"$inc": {"holds": 1}}, session=session)

    @classmethod
    def is_any_hidden(cls, store_id: ObjectId, category_ids: Sequence[ObjectId], *, session: ClientSession) -> bool:
        query = {"_id": {"$in": list(category_ids)}, "store_id": store_id, "visible": False}
        return cls.collection().find_one(query, {"_id": True}, session=session) is not None

    def edited(self, values: dict[str, Any], *, session: ClientSession) -> Category:
        after = self.change({"_id": self.id}, {"$set": values}, session=session)
        assert after is not None, "whoever edits holds the tree"
        return after

    def move_descendants(self, path: list[ObjectId], *, now: datetime, session: ClientSession) -> None:
        """Gives what is below this category `path` instead of this category's path as the beginning of theirs.

        Also with the same path no transaction that holds one of them commits beside the caller's.
        """
        rest = {"$slice": ["$ancestors", len(self.path), MAX_DEPTH]}
        self.collection().update_many(
            {"store_id": self.store_id, "ancestors": self.id},
            [
                {
                    "$set": {
                        "ancestors": {"$concatArrays": [path, rest]},
                        "holds": {"$add": ["$holds", 1]},
                        "updated_at": now,
                    }
                }
            ],
            session=session,
        )

    def remove(self, *, session: ClientSession) -> None:
        self.collection().delete_one({"_id": self.id}, session=session)


class CategoryTurn(StoreDocument):
    """The changes of a store's tree, counted: each writes this document, so that they come one after the other.

    Two of them that are both right by themselves, such as A below B and B below A, could be wrong together.
    """

    meta = {"collection": "category_turns", "indexes": [{"fields": ["store_id"], "unique": True}]}

    number = IntField(required=True)

    @classmethod
    def take(cls, store_id: ObjectId, *, session: ClientSession) -> int:
        """Returns the number of this change."""
        raw = cls.collection().find_one_and_update(
            {"store_id": store_id},
            {"$inc": {"number": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        assert raw is not None, "an upsert has a result"
        return int(raw["number"])
