"""Texts that wait for staff to decide whether others may see them."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.pages import Page, PageRequest
from src.utils.text_review_states import ReviewKind, ReviewStatus


class TextReview(StoreDocument):
    """One text and the decision about it. A text never changes: another text is another review."""

    meta = {
        "collection": "text_reviews",
        "indexes": [
            {
                "fields": ["subject_id", "kind"],
                "unique": True,
                "partialFilterExpression": {"status": ReviewStatus.PENDING.value},
            },
            ["store_id", "-_id"],
            ["store_id", "status", "-_id"],
        ],
    }

    kind = EnumField(ReviewKind, required=True)
    subject_id = ObjectIdField(required=True)
    text = StringField(required=True)
    status = EnumField(ReviewStatus, required=True)
    created_at = DateTimeField(required=True)
    decided_at = DateTimeField()
    decided_by = StringField(default="")

    @classmethod
    def page_in_store(cls, store_id: ObjectId, status: ReviewStatus | None, page: PageRequest) -> Page[TextReview]:
        query = {"store_id": store_id} if status is None else {"store_id": store_id, "status": status.value}
        return cls.find_page(query, [("_id", -1)], page)

    @classmethod
    def find_in_store(cls, store_id: ObjectId, review_id: ObjectId) -> TextReview | None:
        return cls.find_document({"_id": review_id, "store_id": store_id})

    @classmethod
    def is_pending(cls, kind: ReviewKind, subject_id: ObjectId, text: str, *, session: ClientSession) -> bool:
        query = {"subject_id": subject_id, "kind": kind.value, "status": ReviewStatus.PENDING.value}
        return cls.find_document({**query, "text": text}, session=session) is not None

    @classmethod
    def decide(
        cls, review_id: ObjectId, status: ReviewStatus, *, by: str, now: datetime, session: ClientSession
    ) -> TextReview | None:
        """Ends a pending review; None if it is not pending any more."""
        return cls.change(
            {"_id": review_id, "status": ReviewStatus.PENDING.value},
            {"$set": {"status": status.value, "decided_by": by, "decided_at": now}},
            session=session,
        )

    @classmethod
    def withdraw(cls, kind: ReviewKind, subject_id: ObjectId, *, now: datetime, session: ClientSession) -> None:
        """Ends the subject's pending review, if there is one."""
        cls.collection().update_one(
            {"subject_id": subject_id, "kind": kind.value, "status": ReviewStatus.PENDING.value},
            {"$set": {"status": ReviewStatus.WITHDRAWN.value, "decided_at": now}},
            session=session,
        )
