"""The inbox of WeChat Pay's notifications."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from mongoengine import DateTimeField, EnumField, IntField, StringField
from pymongo import ReturnDocument

from src.models.documents import BaseDocument


class NotificationOutcome(StrEnum):
    """What a notification led to; `stored` means it is still to be applied (its payment is not known)."""

    STORED = "stored"
    APPLIED = "applied"
    ALREADY_APPLIED = "already_applied"
    SURPLUS = "surplus"
    MISMATCH = "mismatch"
    IGNORED = "ignored"


class Notification(BaseDocument):
    """One verified notification (`_id` is mchid and WeChat's id); `resource` is the decrypted JSON text."""

    meta = {"collection": "wechat_notifications", "indexes": [["outcome", "received_at"]]}

    id = StringField(primary_key=True)
    event_type = StringField(required=True)
    resource = StringField(required=True)
    outcome = EnumField(NotificationOutcome, required=True)
    deliveries = IntField(required=True)
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
                },
                "$inc": {"deliveries": 1},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        built = cls._built(stored)
        assert built is not None
        return built

    @classmethod
    def finish(cls, notification_id: str, outcome: NotificationOutcome) -> None:
        cls.collection().update_one(
            {"_id": notification_id, "outcome": NotificationOutcome.STORED.value},
            {"$set": {"outcome": outcome.value}},
        )
