"""The access_token of each mini-program."""

from __future__ import annotations

from datetime import datetime

from mongoengine import DateTimeField, IntField, StringField
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from src.models.documents import BaseDocument


class AccessTokenRecord(BaseDocument):
    """The token of one appid (`_id`), and who may renew it. `fence` counts the leases; a token bears its lease's."""

    meta = {"collection": "access_tokens", "indexes": []}

    id = StringField(primary_key=True)
    fence = IntField(required=True)
    lease_until = DateTimeField(required=True)
    text_sealed = StringField()
    generation = IntField()
    renew_at = DateTimeField()
    ends_at = DateTimeField()

    @classmethod
    def find_token(cls, appid: str) -> AccessTokenRecord | None:
        """Returns the record if it holds a token, which may have ended."""
        return cls.find_document({"_id": appid, "text_sealed": {"$exists": True}})

    @classmethod
    def lease(cls, appid: str, *, seen: int | None, now: datetime, until: datetime) -> int | None:
        """Returns the fence of a new lease; None while there is one, or if the token is not the one of `seen`."""
        as_seen = {"$exists": False} if seen is None else seen
        try:
            raw = cls.collection().find_one_and_update(
                {"_id": appid, "lease_until": {"$lte": now}, "generation": as_seen},
                {"$set": {"lease_until": until}, "$inc": {"fence": 1}},
                upsert=seen is None,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # it exists and may not be leased
            return None
        return None if raw is None else int(raw["fence"])

    @classmethod
    def end_lease(cls, appid: str, fence: int, *, lease_until: datetime) -> None:
        cls.collection().update_one({"_id": appid, "fence": fence}, {"$set": {"lease_until": lease_until}})

    @classmethod
    def put(
        cls, appid: str, fence: int, *, text_sealed: str, renew_at: datetime, ends_at: datetime, lease_until: datetime
    ) -> None:
        """Stores the token that was got under the lease `fence`, unless a later lease was given."""
        values = {
            "text_sealed": text_sealed,
            "generation": fence,
            "renew_at": renew_at,
            "ends_at": ends_at,
            "lease_until": lease_until,
        }
        cls.collection().update_one({"_id": appid, "fence": fence}, {"$set": values})

    @classmethod
    def discard(cls, appid: str, generation: int, *, now: datetime) -> None:
        """Forgets the token if it is still this one, and ends a rest after a renewal that failed."""
        cls.collection().update_one(
            {"_id": appid, "generation": generation},
            {
                "$unset": {"text_sealed": "", "generation": "", "renew_at": "", "ends_at": ""},
                "$set": {"lease_until": now},
            },
        )
