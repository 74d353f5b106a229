"""Pictures that WeChat judges: asked for by us, answered later by a pushed message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError

from src.models.documents import StoreDocument

_KEEP_S = 180 * 86_400


class MediaCheck(StoreDocument):
    """One check (`_id` is WeChat's trace id). The answer may be here before the question: both sides upsert.

    `suggest` is WeChat's `pass`, `review` or `risky`, absent until it has answered; `errcode` -1008: it could not
    download the picture. Checks are forgotten after half a year.
    """

    meta = {
        "collection": "media_checks",
        "indexes": [["store_id", "subject_id"], {"fields": ["recorded_at"], "expireAfterSeconds": _KEEP_S}],
    }

    id = StringField(primary_key=True)
    subject = StringField()
    subject_id = ObjectIdField()
    url = StringField()
    asked_at = DateTimeField()
    suggest = StringField()
    label = IntField()
    errcode = IntField()
    answered_at = DateTimeField()
    recorded_at = DateTimeField()

    @classmethod
    def record_asked(
        cls, trace_id: str, *, store_id: ObjectId, subject: str, subject_id: ObjectId, url: str, now: datetime
    ) -> None:
        """Records what was asked about: a picture of `subject` (such as `refund`)."""
        values = {"subject": subject, "subject_id": subject_id, "url": url, "asked_at": now}
        cls._put(trace_id, store_id, values, now=now)

    @classmethod
    def record_result(
        cls, trace_id: str, *, store_id: ObjectId, suggest: str, label: int, errcode: int, now: datetime
    ) -> None:
        """Records WeChat's answer; a later one of the same check replaces it."""
        values = {"suggest": suggest, "label": label, "errcode": errcode, "answered_at": now}
        cls._put(trace_id, store_id, values, now=now)

    @classmethod
    def find(cls, store_id: ObjectId, trace_id: str) -> MediaCheck | None:
        return cls.find_document({"_id": trace_id, "store_id": store_id})

    @classmethod
    def urls_of(cls, store_id: ObjectId, subject_id: ObjectId) -> set[str]:
        """Returns the pictures of this subject that WeChat was asked about."""
        return {raw["url"] for raw in cls.collection().find({"store_id": store_id, "subject_id": subject_id})}

    @classmethod
    def list_of_subjects(cls, store_id: ObjectId, subject_ids: Sequence[ObjectId]) -> list[MediaCheck]:
        found = cls.collection().find({"store_id": store_id, "subject_id": {"$in": list(subject_ids)}})
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def _put(cls, trace_id: str, store_id: ObjectId, values: dict[str, Any], *, now: datetime) -> None:
        """Raises DuplicateKeyError if the trace id is another store's."""
        query, update = {"_id": trace_id, "store_id": store_id}, {"$set": values, "$setOnInsert": {"recorded_at": now}}
        try:
            cls.collection().update_one(query, update, upsert=True)
        except DuplicateKeyError:  # the other side has just made it
            cls.collection().update_one(query, update, upsert=True)
