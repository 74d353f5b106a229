"""How many subscribe messages each user still takes."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from src.models.documents import StoreDocument


class MessageGrant(StoreDocument):
    """The messages of one template that one user has accepted and not had yet, as far as we were told."""

    meta = {
        "collection": "message_grants",
        "indexes": [{"fields": ["store_id", "user_id", "template_id"], "unique": True}],
    }

    user_id = ObjectIdField(required=True)
    template_id = StringField(required=True)
    left = IntField(required=True, min_value=0)
    updated_at = DateTimeField(required=True)

    @classmethod
    def add(cls, store_id: ObjectId, user_id: ObjectId, template_id: str, *, limit: int, now: datetime) -> None:
        """Counts one more message; beyond `limit` nothing changes."""
        query = {"store_id": store_id, "user_id": user_id, "template_id": template_id, "left": {"$lt": limit}}
        update = {"$inc": {"left": 1}, "$set": {"updated_at": now}}
        try:
            cls.collection().update_one(query, update, upsert=True)
        except DuplicateKeyError:  # it exists: at its limit, or made by a racing call
            cls.collection().update_one(query, update)

    @classmethod
    def take(
        cls, store_id: ObjectId, user_id: ObjectId, template_id: str, *, now: datetime, session: ClientSession
    ) -> bool:
        """Returns whether there was a message left; it is taken then."""
        query = {"store_id": store_id, "user_id": user_id, "template_id": template_id, "left": {"$gt": 0}}
        update = {"$inc": {"left": -1}, "$set": {"updated_at": now}}
        return cls.collection().update_one(query, update, session=session).matched_count == 1

    @classmethod
    def give_back(
        cls, store_id: ObjectId, user_id: ObjectId, template_id: str, *, now: datetime, session: ClientSession
    ) -> None:
        query = {"store_id": store_id, "user_id": user_id, "template_id": template_id}
        cls.collection().update_one(query, {"$inc": {"left": 1}, "$set": {"updated_at": now}}, session=session)

    @classmethod
    def clear(cls, store_id: ObjectId, user_id: ObjectId, template_id: str, *, now: datetime) -> None:
        """No message is left: WeChat knows better than we do."""
        query = {"store_id": store_id, "user_id": user_id, "template_id": template_id}
        cls.collection().update_one(query, {"$set": {"left": 0, "updated_at": now}})

    @classmethod
    def left_by_template(cls, store_id: ObjectId, user_id: ObjectId) -> dict[str, int]:
        found = cls.collection().find({"store_id": store_id, "user_id": user_id})
        return {raw["template_id"]: raw["left"] for raw in found}
