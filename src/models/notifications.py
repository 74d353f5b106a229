"""The inbox of WeChat Pay's notifications."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from mongoengine import DateTimeField, EnumField, IntField, StringField
from pymongo import ReturnDocument

from src.models.documents import BaseDocument

_FIRST_RETRY_AFTER = timedelta(minutes=1)


class NotificationOutcome(StrEnum):
    """What a notification led to; `stored` means it is still to be applied: what it is about is not known (yet)."""

    STORED = "stored"
    APPLIED = "applied"
    ALREADY_APPLIED = "already_applied"
    SURPLUS = "surplus"
    MISMATCH = "mismatch"
    IGNORED = "ignored"


_KEEP_S = 180 * 86_400
_DONE = {"outcome": {"$in": [outcome.value for outcome in NotificationOutcome if outcome.value != "stored"]}}


class Notification(BaseDocument):
    """One verified notification (`_id` is mchid and WeChat's id); `resource` is the decrypted JSON text.

    Half a year after it came one that led to something is forgotten; one that is still `stored` is not.
    """

    meta = {
        "collection": "wechat_notifications",
        "indexes": [
            ["outcome", "due_at"],
            {"fields": ["received_at"], "expireAfterSeconds": _KEEP_S, "partialFilterExpression": _DONE},
        ],
    }

    id = StringField(primary_key=True)
    event_type = StringField(required=True)
    resource = StringField(required=True)
    outcome = EnumField(NotificationOutcome, required=True)
    deliveries = IntField(required=True)
    tries = IntField(required=True, default=0)
    due_at = DateTimeField()
    received_at = DateTimeField(required=True)

    @classmethod
    def receive(
        cls, mchid: str, notification_id: str, *, event_type: str, resource: str, now: datetime
    ) -> Notification:
        """Returns the stored notification, majority-written; a repeated delivery finds the first one."""
        stored = cls.collection().find_one_and_update(
            {"_id": f"{mchid}:{notification_id}"},
            {
                "$setOnInsert": {
                    "event_type": event_type,
                    "resource": resource,
                    "outcome": NotificationOutcome.STORED.value,
                    "received_at": now,
                    "due_at": now + _FIRST_RETRY_AFTER,
                    "tries": 0,
                },
                "$inc": {"deliveries": 1},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        built = cls._built(stored)
        assert built is not None
        return built

    @property
    def mchid(self) -> str:
        return str(self.id).partition(":")[0]

    @classmethod
    def list_due(cls, now: datetime, *, limit: int) -> list[Notification]:
        """Returns stored notifications that are to be tried again, the longest waiting first."""
        query = {"outcome": NotificationOutcome.STORED.value, "due_at": {"$lte": now}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("due_at", 1).limit(limit)]

    def claim(self, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to try this notification now."""
        result = self.collection().update_one(
            {"_id": self.id, "outcome": NotificationOutcome.STORED.value, "due_at": {"$lte": now}},
            {"$set": {"due_at": next_due_at}, "$inc": {"tries": 1}},
        )
        return result.matched_count == 1

    @classmethod
    def finish(cls, notification_id: str, outcome: NotificationOutcome) -> None:
        cls.collection().update_one(
            {"_id": notification_id, "outcome": NotificationOutcome.STORED.value},
            {"$set": {"outcome": outcome.value}},
        )
