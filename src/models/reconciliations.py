"""What comparing our books with WeChat's bill of a day has shown."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    StringField,
)
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.difference_kinds import DifferenceKind, MoneyKind
from src.utils.pages import Page, PageRequest


class Difference(EmbeddedDocument):
    """One payment (by out_trade_no) or refund (by out_refund_no) on which both sides do not agree; amounts in fen."""

    kind = EnumField(DifferenceKind, required=True)
    money = EnumField(MoneyKind, required=True)
    number = StringField(required=True)
    our_fen = IntField()
    wechat_fen = IntField()


class Totals(EmbeddedDocument):
    """Money of one side on that day; amounts in fen."""

    payments = IntField(required=True, default=0)
    paid_fen = IntField(required=True, default=0)
    refunds = IntField(required=True, default=0)
    refunded_fen = IntField(required=True, default=0)


class Reconciliation(StoreDocument):
    """The latest comparison of a store's books with the bill of `day` (YYYY-MM-DD, Beijing time).

    `differences` holds the first of them only; the three counters count all. `event_seq` counts its events.
    """

    meta = {
        "collection": "reconciliations",
        "indexes": [{"fields": ["store_id", "-day"], "unique": True}],
    }

    day = StringField(required=True)
    mchid = StringField(required=True)
    differs = BooleanField(required=True)
    missing_here = IntField(required=True)
    missing_there = IntField(required=True)
    amounts_differ = IntField(required=True)
    differences = EmbeddedDocumentListField(Difference)
    ours = EmbeddedDocumentField(Totals, required=True)
    wechat = EmbeddedDocumentField(Totals, required=True)
    event_seq = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField(required=True)

    @classmethod
    def put(
        cls, store_id: ObjectId, day: str, values: dict[str, Any], *, session: ClientSession
    ) -> tuple[Reconciliation, bool]:
        """Stores a comparison in place of an earlier one of that day; returns it and whether it found anything new."""
        query = {"store_id": store_id, "day": day}
        before = cls.collection().find_one(query, session=session) or {}
        found = {name: values[name] for name in ("differs", "differences")}
        is_news = values["differs"] and any(before.get(name) != value for name, value in found.items())
        update = {
            "$set": values,
            "$setOnInsert": {"created_at": values["finished_at"]},
            "$inc": {"event_seq": int(is_news)},
        }
        after = cls.collection().find_one_and_update(
            query, update, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        return cls._from_son(after), is_news

    @classmethod
    def page_in_store(cls, store_id: ObjectId, page: PageRequest) -> Page[Reconciliation]:
        """Returns the store's comparisons without their differences, the latest day first."""
        return cls.find_page({"store_id": store_id}, [("day", -1)], page, projection={"differences": False})

    @classmethod
    def find_in_store(cls, store_id: ObjectId, reconciliation_id: ObjectId) -> Reconciliation | None:
        return cls.find_document({"_id": reconciliation_id, "store_id": store_id})
