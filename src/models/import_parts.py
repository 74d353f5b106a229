"""What a file brings: one document for each product, or for each SKU of a file of stock."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, IntField, ListField, ObjectIdField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class ImportPart(StoreDocument):
    """The rows of one product, from the line `position` on: they are imported together or not at all.

    `rows` holds `{"row", "cells"}`. It is done in the transaction of what it brings: so it is done once, whatever
    happens to the worker. Rows of another attempt at checking than the import's `check` do not count.
    """

    meta = {
        "collection": "import_parts",
        "indexes": [["import_id", "check", "done", "position"]],
    }

    import_id = ObjectIdField(required=True)
    check = IntField(required=True)
    position = IntField(required=True)
    rows = ListField()
    done = BooleanField(required=True, default=False)

    @classmethod
    def list_waiting(cls, import_id: ObjectId, check: int, *, limit: int) -> list[ImportPart]:
        """Returns the next parts in the order of the file."""
        query: dict[str, Any] = {"import_id": import_id, "check": check, "done": False}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("position", 1).limit(limit)]

    def finish(self, *, session: ClientSession) -> bool:
        """Returns whether the caller is the one who does it."""
        query = {"_id": self.id, "done": False}
        result = self.collection().update_one(query, {"$set": {"done": True}, "$unset": {"rows": ""}}, session=session)
        return result.matched_count == 1

    @classmethod
    def delete_of(cls, import_id: ObjectId, *, before: int | None = None) -> None:
        """Forgets those of an import, or those of its checks before that one."""
        earlier = {} if before is None else {"check": {"$lt": before}}
        cls.collection().delete_many({"import_id": import_id, **earlier})
