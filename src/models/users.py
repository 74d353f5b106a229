"""Shoppers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, StringField
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from src.models.documents import StoreDocument


class User(StoreDocument):
    """A WeChat user of one store's mini-program."""

    meta = {
        "collection": "users",
        "indexes": [
            {"fields": ["store_id", "openid"], "unique": True},
            {"fields": ["store_id", "avatar"], "partialFilterExpression": {"avatar": {"$gt": ""}}},
        ],
    }

    openid = StringField(required=True)
    unionid = StringField()
    session_key_sealed = StringField()
    nickname = StringField(default="")
    pending_nickname = StringField(default="")
    avatar = StringField(default="")
    phone = StringField(default="")
    phone_country_code = StringField()
    phone_verified_at = DateTimeField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    last_login_at = DateTimeField(required=True)

    @classmethod
    def ensure(
        cls, store_id: ObjectId, openid: str, *, session_key_sealed: str, unionid: str | None, now: datetime
    ) -> tuple[User, bool]:
        """Returns the user of this openid and whether this call made it; racing first logins make one user."""
        current: dict[str, Any] = {
            "session_key_sealed": session_key_sealed,
            "last_login_at": now,
            **({"unionid": unionid} if unionid else {}),
        }
        new_id = ObjectId()
        first = {
            "_id": new_id,
            "created_at": now,
            "updated_at": now,
            "nickname": "",
            "avatar": "",
            "phone": "",
        }
        query, update = {"store_id": store_id, "openid": openid}, {"$set": current, "$setOnInsert": first}
        try:
            stored = cls._upsert(query, update)
        except DuplicateKeyError:  # a racing first login has just made the user
            stored = cls._upsert(query, update)
        user = cls._built(stored)
        assert user is not None
        return user, user.id == new_id

    @classmethod
    def _upsert(cls, query: dict[str, Any], update: dict[str, Any]) -> dict[str, Any] | None:
        return cls.collection().find_one_and_update(query, update, upsert=True, return_document=ReturnDocument.AFTER)

    @classmethod
    def find_by_id(cls, store_id: ObjectId, user_id: ObjectId) -> User | None:
        return cls.find_document({"_id": user_id, "store_id": store_id})

    @classmethod
    def update_profile(
        cls,
        store_id: ObjectId,
        user_id: ObjectId,
        values: dict[str, Any],
        now: datetime,
        *,
        session: ClientSession | None = None,
    ) -> User | None:
        return cls.change(
            {"_id": user_id, "store_id": store_id}, {"$set": {**values, "updated_at": now}}, session=session
        )

    @classmethod
    def settle_nickname(
        cls,
        store_id: ObjectId,
        user_id: ObjectId,
        nickname: str,
        *,
        approved: bool,
        now: datetime,
        session: ClientSession,
    ) -> None:
        """Makes the pending nickname the current one, or forgets it; nothing happens if it is another by now."""
        current = {"nickname": nickname} if approved else {}
        cls.collection().update_one(
            {"_id": user_id, "store_id": store_id, "pending_nickname": nickname},
            {"$set": {**current, "pending_nickname": "", "updated_at": now}},
            session=session,
        )
