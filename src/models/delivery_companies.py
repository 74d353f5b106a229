"""The delivery companies that WeChat knows, kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mongoengine import DateTimeField, EmbeddedDocument, EmbeddedDocumentListField, StringField

from src.models.documents import BaseDocument


class StoredCompany(EmbeddedDocument):
    """`id` is WeChat's delivery id."""

    id = StringField(required=True)
    name = StringField(required=True)


class DeliveryCompanies(BaseDocument):
    """The list of one mini-program (`_id` is its appid), to be fetched anew from `due_at` on."""

    meta = {"collection": "delivery_companies", "indexes": []}

    id = StringField(primary_key=True)
    companies = EmbeddedDocumentListField(StoredCompany)
    due_at = DateTimeField(required=True)

    @classmethod
    def find(cls, appid: str) -> DeliveryCompanies | None:
        return cls.find_document({"_id": appid})

    @classmethod
    def claim(cls, appid: str, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to fetch the list anew; nobody else is before `next_due_at`."""
        result = cls.collection().update_one({"_id": appid, "due_at": {"$lte": now}}, {"$set": {"due_at": next_due_at}})
        return result.matched_count == 1

    @classmethod
    def put(cls, appid: str, companies: Sequence[StoredCompany], *, due_at: datetime) -> None:
        stored = [company.to_mongo().to_dict() for company in companies]
        cls.collection().update_one({"_id": appid}, {"$set": {"companies": stored, "due_at": due_at}}, upsert=True)
