"""Staff of a store."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, EnumField, StringField

from src.models.documents import StoreDocument
from src.utils.permissions import Role


class Staff(StoreDocument):
    """A person who works for a store and logs in with a password."""

    meta = {
        "collection": "staff",
        "indexes": [{"fields": ["store_id", "username"], "unique": True}],
    }

    username = StringField(required=True)
    password_hash = StringField(required=True)
    role = EnumField(Role, required=True)
    active = BooleanField(required=True, default=True)
    created_at = DateTimeField(required=True)
    last_login_at = DateTimeField()

    @classmethod
    def find_by_id(cls, store_id: ObjectId, staff_id: ObjectId) -> Staff | None:
        return cls.find_document({"_id": staff_id, "store_id": store_id})

    @classmethod
    def find_by_username(cls, store_id: ObjectId, username: str) -> Staff | None:
        return cls.find_document({"store_id": store_id, "username": username})

    @classmethod
    def mark_login(cls, staff_id: ObjectId, now: datetime) -> None:
        cls.collection().update_one({"_id": staff_id}, {"$set": {"last_login_at": now}})

    @classmethod
    def set_password_hash(cls, staff_id: ObjectId, password_hash: str) -> None:
        cls.collection().update_one({"_id": staff_id}, {"$set": {"password_hash": password_hash}})

    @classmethod
    def set_active(cls, staff_id: ObjectId, *, active: bool) -> None:
        cls.collection().update_one({"_id": staff_id}, {"$set": {"active": active}})
