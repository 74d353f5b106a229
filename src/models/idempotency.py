"""Claims and answers of requests that carry an Idempotency-Key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine import BooleanField, DateTimeField, IntField, StringField
from pymongo.errors import DuplicateKeyError

from src.models.documents import BaseDocument


class IdempotencyRecord(BaseDocument):
    """One key (`_id`: caller, route and key). Without `http_status` the request is still running."""

    meta = {
        "collection": "idempotency_records",
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    fingerprint = StringField(required=True)
    done = BooleanField(required=True)
    lease_until = DateTimeField(required=True)
    http_status = IntField()
    body = StringField()
    expires_at = DateTimeField(required=True)

    @classmethod
    def claim(cls, key: str, fingerprint: str, *, now: datetime, lease_until: datetime, expires_at: datetime) -> bool:
        """Returns whether the caller may run the request: the key is new, or its runner has died."""
        claim: dict[str, Any] = {
            "fingerprint": fingerprint,
            "done": False,
            "lease_until": lease_until,
            "expires_at": expires_at,
        }
        try:
            cls.collection().insert_one({"_id": key, **claim})
        except DuplicateKeyError:
            abandoned = {"_id": key, "fingerprint": fingerprint, "done": False, "lease_until": {"$lte": now}}
            expired = {"_id": key, "expires_at": {"$lte": now}}
            taken = cls.collection().update_one(
                {"$or": [abandoned, expired]}, {"$set": claim, "$unset": {"http_status": "", "body": ""}}
            )
            return taken.matched_count == 1
        return True

    @classmethod
    def find(cls, key: str) -> IdempotencyRecord | None:
        return cls.find_document({"_id": key})

    @classmethod
    def finish(cls, key: str, *, http_status: int, body: str) -> None:
        cls.collection().update_one(
            {"_id": key, "done": False}, {"$set": {"done": True, "http_status": http_status, "body": body}}
        )

    @classmethod
    def abandon(cls, key: str) -> None:
        cls.collection().delete_one({"_id": key, "done": False})
