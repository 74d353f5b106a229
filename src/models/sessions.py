"""Logins of shoppers and staff on one device each."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, ObjectIdField, StringField

from src.models.documents import StoreDocument


class TokenAudience(StrEnum):
    """Who a token is for; a token of one audience is worthless for the other."""

    SHOP = "minimall:shop"
    STAFF = "minimall:staff"


class LoginSession(StoreDocument):
    """A family of tokens: one refresh generation is current, a revoked family accepts nothing."""

    meta = {
        "collection": "login_sessions",
        "indexes": [
            ["store_id", "subject_id"],
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }

    id = StringField(primary_key=True)
    audience = EnumField(TokenAudience, required=True)
    subject_id = ObjectIdField(required=True)
    generation = IntField(required=True)
    rotated_at = DateTimeField(required=True)
    created_at = DateTimeField(required=True)
    idle_until = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
    revoked_at = DateTimeField()

    @classmethod
    def find_live(cls, session_id: str, audience: TokenAudience, now: datetime) -> LoginSession | None:
        return cls.find_document(
            {"_id": session_id, "audience": audience.value, "revoked_at": None, "expires_at": {"$gt": now}}
        )

    @classmethod
    def rotate(cls, session_id: str, generation: int, *, now: datetime, idle: timedelta) -> bool:
        """Moves from `generation` to the next one; False if it is not the current one any more."""
        result = cls.collection().update_one(
            {"_id": session_id, "generation": generation, "revoked_at": None, "idle_until": {"$gt": now}},
            {"$inc": {"generation": 1}, "$set": {"rotated_at": now, "idle_until": now + idle}},
        )
        return result.matched_count == 1

    @classmethod
    def revoke(cls, session_id: str, now: datetime) -> None:
        cls.collection().update_one({"_id": session_id, "revoked_at": None}, {"$set": {"revoked_at": now}})

    @classmethod
    def revoke_all(cls, store_id: ObjectId, subject_id: ObjectId, now: datetime) -> int:
        """Returns how many logins this ended."""
        result = cls.collection().update_many(
            {"store_id": store_id, "subject_id": subject_id, "revoked_at": None}, {"$set": {"revoked_at": now}}
        )
        return result.modified_count
