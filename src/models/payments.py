"""Payment attempts of orders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, EnumField, IntField, ListField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class PaymentStatus(StrEnum):
    """The life of an attempt.

    created: our record exists, WeChat may or may not know it. prepared: it can be paid. succeeded: its money paid
    the order. surplus: its money came, but the order was cancelled or already paid. closed: it cannot be paid.
    """

    CREATED = "created"
    PREPARED = "prepared"
    SUCCEEDED = "succeeded"
    SURPLUS = "surplus"
    CLOSED = "closed"


class Payment(StoreDocument):
    """One attempt to collect an order's amount. `live` while it is created or prepared: at most one per order."""

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
            {"fields": ["store_id"], "name": "live_in_store", "partialFilterExpression": {"live": True}},
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
    succeeded_at = DateTimeField()
    mismatches = ListField(StringField())
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @classmethod
    def find_live(cls, store_id: ObjectId, order_id: ObjectId) -> Payment | None:
        return cls.find_document({"store_id": store_id, "order_id": order_id, "live": True})

    @classmethod
    def any_live(cls, store_id: ObjectId) -> bool:
        return cls.find_document({"store_id": store_id, "live": True}) is not None

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
    def mark_received(
        cls,
        payment_id: ObjectId,
        status: PaymentStatus,
        *,
        transaction_id: str,
        succeeded_at: datetime,
        now: datetime,
        session: ClientSession,
    ) -> bool:
        """Records that the money came, as `succeeded` or as `surplus`; False if that was recorded before."""
        received = [PaymentStatus.SUCCEEDED.value, PaymentStatus.SURPLUS.value]
        values = {
            "status": status.value,
            "live": False,
            "transaction_id": transaction_id,
            "succeeded_at": succeeded_at,
            "updated_at": now,
        }
        result = cls.collection().update_one(
            {"_id": payment_id, "status": {"$nin": received}}, {"$set": values}, session=session
        )
        return result.matched_count == 1

    @classmethod
    def record_mismatch(cls, payment_id: ObjectId, fields: list[str], *, now: datetime) -> None:
        cls.collection().update_one(
            {"_id": payment_id}, {"$addToSet": {"mismatches": {"$each": fields}}, "$set": {"updated_at": now}}
        )
