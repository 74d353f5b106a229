"""Payment attempts of orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EnumField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)
from pymongo.client_session import ClientSession

from src.models.documents import Index, StoreDocument
from src.utils.pages import Page, PageRequest


class PaymentStatus(StrEnum):
    """The life of an attempt.

    created: our record exists, WeChat may or may not know it. prepared: it can be paid. succeeded: its money paid
    the order. surplus: its money came, but no order takes it, so it goes back. closed: it cannot be paid.
    """

    CREATED = "created"
    PREPARED = "prepared"
    SUCCEEDED = "succeeded"
    SURPLUS = "surplus"
    CLOSED = "closed"


class HeldMoney(EmbeddedDocument):
    """What WeChat says came, where that is not what was asked for."""

    transaction_id = StringField(required=True)
    amount_fen = IntField(required=True, min_value=0)
    succeeded_at = DateTimeField(required=True)


class Payment(StoreDocument):
    """One attempt to collect an order's amount. `live` while it is created or prepared: at most one per order.

    `held` while its money differs from what was asked for and staff have not decided. `event_seq` counts its events.
    """

    meta = {
        "collection": "payments",
        "indexes": [
            {"fields": ["out_trade_no"], "unique": True},
            {"fields": ["order_id"], "name": "one_live", "unique": True, "partialFilterExpression": {"live": True}},
            {
                "fields": ["order_id", "status"],
                "name": "one_succeeded",
                "unique": True,
                "partialFilterExpression": {"status": PaymentStatus.SUCCEEDED.value},
            },
            {
                "fields": ["transaction_id"],
                "unique": True,
                "partialFilterExpression": {"transaction_id": {"$exists": True}},
            },
            ["store_id", "order_id"],
            {"fields": ["query_due_at"], "name": "live_to_query", "partialFilterExpression": {"live": True}},
            {"fields": ["store_id", "-_id"], "name": "held", "partialFilterExpression": {"held": True}},
            ["store_id", "-_id"],
            ["store_id", "status", "-_id"],
            ["store_id", "succeeded_at"],
            # With all that is added up: figures are read without a look at the payments.
            ["store_id", "status", "succeeded_at", "user_id", "amount_fen"],
        ],
    }

    order_id = ObjectIdField(required=True)
    user_id = ObjectIdField(required=True)
    out_trade_no = StringField(required=True)
    attempt = IntField(required=True)
    status = EnumField(PaymentStatus, required=True)
    live = BooleanField(required=True)
    amount_fen = IntField(required=True, min_value=0)
    currency = StringField(required=True, default="CNY")
    appid = StringField(required=True)
    mchid = StringField(required=True)
    openid = StringField(required=True)
    description = StringField(required=True)
    time_expire = DateTimeField(required=True)
    prepay_id = StringField()
    query_due_at = DateTimeField(required=True)
    queries = IntField(required=True, default=0)
    transaction_id = StringField()
    received_fen = IntField(min_value=0)
    succeeded_at = DateTimeField()
    held = BooleanField(default=False)
    mismatches = ListField(StringField())
    held_money = EmbeddedDocumentField(HeldMoney)
    refunds_sent = IntField(required=True, default=0)
    next_refund_at = DateTimeField()
    event_seq = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @property
    def is_received(self) -> bool:
        return self.status in (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)

    @property
    def captured_fen(self) -> int | None:
        """What WeChat took; None if nothing came. Payments from before `received_fen` took what was asked for."""
        if self.received_fen is None and self.succeeded_at is not None:
            return int(self.amount_fen)
        return None if self.received_fen is None else int(self.received_fen)

    @classmethod
    def find_live(cls, store_id: ObjectId, order_id: ObjectId) -> Payment | None:
        return cls.find_document({"store_id": store_id, "order_id": order_id, "live": True})

    @classmethod
    def any_under_way(cls, store_id: ObjectId) -> bool:
        """Returns whether money may still come, or is here and nobody has decided on it."""
        under_way = {"store_id": store_id, "$or": [{"live": True}, {"held": True}]}
        return cls.collection().find_one(under_way, {"_id": 1}) is not None

    @classmethod
    def any_in_store(cls, store_id: ObjectId) -> bool:
        return cls.find_document({"store_id": store_id}) is not None

    @classmethod
    def find_by_transaction_id(cls, transaction_id: str) -> Payment | None:
        return cls.find_document({"transaction_id": transaction_id})

    @classmethod
    def find_by_out_trade_no(cls, out_trade_no: str) -> Payment | None:
        return cls.find_document({"out_trade_no": out_trade_no})

    @classmethod
    def mark_prepared(
        cls, payment_id: ObjectId, prepay_id: str, *, query_due_at: datetime, now: datetime
    ) -> Payment | None:
        """Stores WeChat's prepay id; None if the attempt is over."""
        return cls.change(
            {"_id": payment_id, "live": True},
            {
                "$set": {
                    "status": PaymentStatus.PREPARED.value,
                    "prepay_id": prepay_id,
                    "query_due_at": query_due_at,
                    "updated_at": now,
                }
            },
            session=None,
        )

    @classmethod
    def claim_query(cls, payment_id: ObjectId, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to ask WeChat now; nobody else is before `next_due_at`."""
        result = cls.collection().update_one(
            {"_id": payment_id, "live": True, "query_due_at": {"$lte": now}},
            {"$set": {"query_due_at": next_due_at}, "$inc": {"queries": 1}},
        )
        return result.matched_count == 1

    @classmethod
    def mark_closed(
        cls,
        payment_id: ObjectId,
        *,
        now: datetime,
        session: ClientSession | None,
        expected: PaymentStatus | None = None,
    ) -> bool:
        """Returns whether the attempt was live, and in the `expected` status if one is given."""
        query = {"_id": payment_id, "live": True, **({"status": expected.value} if expected else {})}
        update = {"$set": {"status": PaymentStatus.CLOSED.value, "live": False, "updated_at": now}}
        result = cls.collection().update_one(query, update, session=session)
        return result.matched_count == 1

    @classmethod
    def list_to_query(cls, now: datetime, *, limit: int) -> list[Payment]:
        """Returns live attempts of all stores that WeChat is to be asked about, the longest waiting first."""
        found = cls.collection().find({"live": True, "query_due_at": {"$lte": now}}).sort("query_due_at", 1)
        return [cls._from_son(raw) for raw in found.limit(limit)]

    @classmethod
    def page_in_store(
        cls, store_id: ObjectId, *, status: PaymentStatus | None, held: bool, page: PageRequest
    ) -> Page[Payment]:
        query: dict[str, Any] = {"store_id": store_id}
        index: Index = "store_id_1__id_-1"
        if status is not None:
            query["status"], index = status.value, "store_id_1_status_1__id_-1"
        if held:
            query["held"], index = True, "held"
        return cls.find_page(query, [("_id", -1)], page, index=index)

    @classmethod
    def list_of_order(cls, store_id: ObjectId, order_id: ObjectId) -> list[Payment]:
        """Returns the attempts of an order, the first one first."""
        found = cls.collection().find({"store_id": store_id, "order_id": order_id})
        return sorted((cls._from_son(raw) for raw in found), key=lambda payment: payment.attempt)

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, payment_id: ObjectId, *, session: ClientSession | None = None
    ) -> Payment | None:
        return cls.find_document({"_id": payment_id, "store_id": store_id}, session=session)

    @classmethod
    def find_succeeded(
        cls, store_id: ObjectId, order_id: ObjectId, *, session: ClientSession | None = None
    ) -> Payment | None:
        query = {"store_id": store_id, "order_id": order_id, "status": PaymentStatus.SUCCEEDED.value}
        return cls.find_document(query, session=session)

    @classmethod
    def mark_received(
        cls,
        payment_id: ObjectId,
        status: PaymentStatus,
        money: HeldMoney,
        *,
        now: datetime,
        session: ClientSession,
    ) -> Payment | None:
        """Records that the money came, as `succeeded` or as `surplus`; None if that was recorded before."""
        received = [PaymentStatus.SUCCEEDED.value, PaymentStatus.SURPLUS.value]
        values = {
            "status": status.value,
            "live": False,
            "held": False,
            "transaction_id": money.transaction_id,
            "received_fen": money.amount_fen,
            "succeeded_at": money.succeeded_at,
            "updated_at": now,
        }
        return cls.change(
            {"_id": payment_id, "status": {"$nin": received}},
            {"$set": values, "$unset": {"held_money": ""}, "$inc": {"event_seq": 1}},
            session=session,
        )

    @classmethod
    def hold(
        cls, payment_id: ObjectId, fields: list[str], money: HeldMoney | None, *, now: datetime, session: ClientSession
    ) -> Payment | None:
        """Records money that differs from what was asked for; None if exactly that was recorded before.

        `money` is kept for staff to send back, unless this payment's own money has come.
        """
        news: list[dict[str, Any]] = [{"mismatches": {"$not": {"$all": fields}}}]
        values: dict[str, Any] = {"updated_at": now}
        if money is not None:
            news.append({"held": {"$ne": True}})
            values |= {"held": True, "held_money": money.to_mongo().to_dict()}
        return cls.change(
            {"_id": payment_id, "$or": news},
            {"$addToSet": {"mismatches": {"$each": fields}}, "$set": values, "$inc": {"event_seq": 1}},
            session=session,
        )

    @classmethod
    def disown_held_money(cls, payment_id: ObjectId, transaction_id: str, *, now: datetime) -> None:
        """Ends the hold of money that turned out to be another payment's."""
        cls.collection().update_one(
            {"_id": payment_id, "held": True, "held_money.transaction_id": transaction_id},
            {"$set": {"held": False, "updated_at": now}, "$unset": {"held_money": ""}},
        )

    @classmethod
    def take_refund_slot(cls, payment_id: ObjectId, *, limit: int, spacing: timedelta, now: datetime) -> bool:
        """Returns whether one more refund of this payment may be sent to WeChat now."""
        result = cls.collection().update_one(
            {"_id": payment_id, "refunds_sent": {"$not": {"$gte": limit}}, "next_refund_at": {"$not": {"$gt": now}}},
            {"$inc": {"refunds_sent": 1}, "$set": {"next_refund_at": now + spacing}},
        )
        return result.matched_count == 1
