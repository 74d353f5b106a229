"""The inbox of the messages that WeChat pushes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from enum import StrEnum

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, StringField
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from src.models.documents import StoreDocument

_KEEP_S = 90 * 86_400


class MessageState(StrEnum):
    """stored: still to be applied. ignored: it means nothing to us. failed: given up, for a person to look at."""

    STORED = "stored"
    APPLIED = "applied"
    IGNORED = "ignored"
    FAILED = "failed"


class PushedMessage(StoreDocument):
    """One message (`_id`: a digest of its store and of what identifies it); `content` is its JSON text.

    `nonce` is that of a request whose signature does not cover its body: it is good for one message.
    """

    meta = {
        "collection": "wechat_messages",
        "indexes": [
            {
                "fields": ["store_id", "nonce"],
                "unique": True,
                "partialFilterExpression": {"nonce": {"$exists": True}},
            },
            {"fields": ["due_at"], "partialFilterExpression": {"state": MessageState.STORED.value}},
            ["event", "received_at"],
            {"fields": ["received_at"], "expireAfterSeconds": _KEEP_S},
        ],
    }

    id = StringField(primary_key=True)
    event = StringField(required=True)
    content = StringField(required=True)
    nonce = StringField()
    state = EnumField(MessageState, required=True)
    deliveries = IntField(required=True)
    attempts = IntField(required=True)
    due_at = DateTimeField(required=True)
    received_at = DateTimeField(required=True)

    @classmethod
    def receive(
        cls,
        store_id: ObjectId,
        message_id: str,
        *,
        event: str,
        content: str,
        nonce: str | None,
        now: datetime,
        due_at: datetime,
    ) -> PushedMessage | None:
        """Returns the stored message, majority-written; a repeated delivery finds the first one.

        None if another message has come with the same nonce: this one is forged.
        """
        first = {
            "store_id": store_id,
            "event": event,
            "content": content,
            "state": MessageState.STORED.value,
            "attempts": 0,
            "due_at": due_at,
            "received_at": now,
            **({"nonce": nonce} if nonce else {}),
        }
        update = {"$setOnInsert": first, "$inc": {"deliveries": 1}}
        for _ in range(2):  # of racing first deliveries one inserts, the others then find it
            try:
                raw = cls.collection().find_one_and_update(
                    {"_id": message_id}, update, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                continue
            return cls._built(raw)
        return None

    @classmethod
    def use_up(cls, store_id: ObjectId, nonce: str, *, now: datetime) -> None:
        """Makes `nonce` good for no message any more. Repeatable."""
        used = {
            "store_id": store_id,
            "event": "",
            "content": "",
            "nonce": nonce,
            "state": MessageState.IGNORED.value,
            "deliveries": 1,
            "attempts": 0,
            "due_at": now,
            "received_at": now,
        }
        with suppress(DuplicateKeyError):  # a message or another check had it
            cls.collection().update_one({"_id": f"{store_id}:{nonce}"}, {"$setOnInsert": used}, upsert=True)

    @classmethod
    def list_due(cls, now: datetime, *, limit: int) -> list[PushedMessage]:
        """Returns what is still to be applied, of all stores, the oldest first."""
        query = {"state": MessageState.STORED.value, "due_at": {"$lte": now}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("due_at", 1).limit(limit)]

    @classmethod
    def claim(cls, message_id: str, *, now: datetime, next_due_at: datetime) -> PushedMessage | None:
        """Returns the message if the caller is to apply it now; nobody else is before `next_due_at`."""
        return cls.change(
            {"_id": message_id, "state": MessageState.STORED.value, "due_at": {"$lte": now}},
            {"$set": {"due_at": next_due_at}, "$inc": {"attempts": 1}},
            session=None,
        )

    @classmethod
    def finish(cls, message_id: str, state: MessageState) -> None:
        cls.collection().update_one(
            {"_id": message_id, "state": MessageState.STORED.value}, {"$set": {"state": state.value}}
        )
