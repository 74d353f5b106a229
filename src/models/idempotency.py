"""Claims and answers of requests that carry an Idempotency-Key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine import BooleanField, DateTimeField, IntField, StringField
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from src.models.documents import BaseDocument


class IdempotencyRecord(BaseDocument):
    """One key (`_id`: caller, route and key). Without `http_status` the request is still running.

    `carried_out` is set in the transaction of what the request did: whoever finds it set must not do it again.
    """

    meta = {
        "collection": "idempotency_records",
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    fingerprint = StringField(required=True)
    done = BooleanField(required=True)
    carried_out = BooleanField()
    lease_until = DateTimeField(required=True)
    http_status = IntField()
    body = StringField()
    etag = StringField()
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
            abandoned = {**_unsettled(key), "fingerprint": fingerprint, "lease_until": {"$lte": now}}
            expired = {"_id": key, "expires_at": {"$lte": now}}
            taken = cls.collection().update_one({"$or": [abandoned, expired]}, {"$set": claim, "$unset": _OUTCOME})
            return taken.matched_count == 1
        return True

    @classmethod
    def find(cls, key: str) -> IdempotencyRecord | None:
        return cls.find_document({"_id": key})

    @classmethod
    def carry_out(cls, key: str, *, session: ClientSession) -> bool:
        """Returns whether the caller's transaction is the one that does what the request asks for."""
        found = cls.collection().update_one(_unsettled(key), {"$set": {"carried_out": True}}, session=session)
        return found.matched_count == 1

    @classmethod
    def finish(cls, key: str, *, http_status: int, body: str, etag: str | None) -> None:
        answer = {"http_status": http_status, "body": body, **({"etag": etag} if etag else {})}
        cls.collection().update_one({"_id": key, "done": False}, {"$set": {"done": True, **answer}})

    @classmethod
    def abandon(cls, key: str) -> None:
        cls.collection().delete_one(_unsettled(key))


_OUTCOME = dict.fromkeys(("http_status", "body", "etag", "carried_out"), "")


def _unsettled(key: str) -> dict[str, Any]:
    return {"_id": key, "done": False, "carried_out": {"$ne": True}}
