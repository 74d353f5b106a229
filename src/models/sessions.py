"""Logins of shoppers and staff on one device each."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.models.transaction import Session

_MOST_LISTED = 200


class TokenAudience(StrEnum):
    """Who a token is for; a token of one audience is worthless for the other."""

    SHOP = "minimall:shop"
    STAFF = "minimall:staff"


class LoginSession(StoreDocument):
    """A family of tokens: one refresh generation is current, a revoked family accepts nothing.

    `keys_made` counts the API keys that were made in it: it makes that conflict with its end. Of staff there is the
    device, with its address at the login and at the last refresh.
    """

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
    keys_made = IntField()
    user_agent = StringField()
    address = StringField()
    last_address = StringField()

    @property
    def listed_id(self) -> ObjectId:
        """What lists call this login: its own id is part of its tokens and is shown to nobody."""
        return ObjectId(hashlib.sha256(self.id.encode()).hexdigest()[:24])

    @classmethod
    def list_live(
        cls, store_id: ObjectId, subject_id: ObjectId, now: datetime, *, session: Session | None = None
    ) -> list[LoginSession]:
        """Returns the logins that can still be used, the newest first."""
        live = {"store_id": store_id, "subject_id": subject_id, "revoked_at": None}
        found = cls.collection().find({**live, "expires_at": {"$gt": now}, "idle_until": {"$gt": now}}, session=session)
        return [cls._from_son(raw) for raw in found.sort("created_at", -1).limit(_MOST_LISTED)]

    @classmethod
    def find_live(cls, session_id: str, audience: TokenAudience, now: datetime) -> LoginSession | None:
        return cls.find_document(
            {"_id": session_id, "audience": audience.value, "revoked_at": None, "expires_at": {"$gt": now}}
        )

    @classmethod
    def rotate(
        cls, session_id: str, generation: int, *, now: datetime, idle: timedelta, address: str | None = None
    ) -> bool:
        """Moves from `generation` to the next one; False if it is not the current one any more."""
        seen = {"last_address": address} if address else {}
        result = cls.collection().update_one(
            {"_id": session_id, "generation": generation, "revoked_at": None, "idle_until": {"$gt": now}},
            {"$inc": {"generation": 1}, "$set": {"rotated_at": now, "idle_until": now + idle, **seen}},
        )
        return result.matched_count == 1

    @classmethod
    def note_key(cls, session_id: str, *, session: Session) -> bool:
        """Returns whether the login goes on, in which an API key is being made; who ends it meanwhile conflicts."""
        live = {"_id": session_id, "revoked_at": None}
        return cls.collection().update_one(live, {"$inc": {"keys_made": 1}}, session=session).matched_count == 1

    @classmethod
    def revoke(cls, session_id: str, now: datetime, *, session: Session | None = None) -> None:
        cls.collection().update_one(
            {"_id": session_id, "revoked_at": None}, {"$set": {"revoked_at": now}}, session=session
        )

    @classmethod
    def revoke_all(
        cls,
        store_id: ObjectId,
        subject_id: ObjectId,
        now: datetime,
        *,
        but: str | None = None,
        session: Session | None = None,
    ) -> int:
        """Returns how many logins this ended; the one of the id `but` goes on."""
        others = {"_id": {"$ne": but}} if but else {}
        result = cls.collection().update_many(
            {"store_id": store_id, "subject_id": subject_id, "revoked_at": None, **others},
            {"$set": {"revoked_at": now}},
            session=session,
        )
        return result.modified_count
