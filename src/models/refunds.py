"""Refunds: what shoppers ask back, what staff decide, and what WeChat pays back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
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
    ListField,
    ObjectIdField,
    StringField,
)
from pymongo.client_session import ClientSession

from src.models.histories import HistoryDocument
from src.models.parcels import Shipment
from src.utils.pages import Page, PageRequest
from src.utils.refund_states import RefundStatus, refund_states

# A `problem`: WeChat's word differs from ours, so it may have paid already. The refund is not to be sent again.
MISMATCH = "MISMATCH"
_SHOPPER_ACTIONS = {
    RefundStatus.REQUESTED: ["withdraw"],
    RefundStatus.AWAITING_RETURN: ["return", "withdraw"],
}
_STAFF_ACTIONS = {
    RefundStatus.REQUESTED: ["approve", "reject"],
    RefundStatus.AWAITING_RETURN: ["receive", "reject"],
    RefundStatus.RETURNING: ["receive", "reject"],
    RefundStatus.ABNORMAL: ["retry", "settle_outside"],
}


class RefundKind(StrEnum):
    """after_sale: a shopper asked. cancellation: a paid order was cancelled. surplus: money no order takes."""

    AFTER_SALE = "after_sale"
    CANCELLATION = "cancellation"
    SURPLUS = "surplus"


class RefundLine(EmbeddedDocument):
    """Units of one line of the order and their money. `amount` in fen."""

    product_id = ObjectIdField(required=True)
    sku_id = ObjectIdField(required=True)
    name = StringField(required=True)
    quantity = IntField(required=True, min_value=1)
    amount = IntField(required=True, min_value=0)

    @property
    def item_id(self) -> ObjectId:
        """The line's id within its order."""
        return ObjectId(self.sku_id)


class RefundChange(EmbeddedDocument):
    """One row of a refund's history; the first one has no `source`."""

    seq = IntField(required=True)
    source = EnumField(RefundStatus)
    target = EnumField(RefundStatus, required=True)
    actor = StringField(required=True)
    reason = StringField(default="")
    at = DateTimeField(required=True)


class Refund(HistoryDocument):
    """Money of one payment on its way back.

    `amount_fen` is what goes back; `asked_fen` what was asked for; both have the order's freight of `freight_fen` in
    them if it goes back with this refund. While the money is under way `due_at` says when
    WeChat is to be asked next, and `sent_at` that WeChat may know `out_refund_no`: from then on that number is
    queried before it is sent again, and a new number is taken only when WeChat has closed it.
    """

    meta = {
        "collection": "refunds",
        "indexes": [
            {"fields": ["out_refund_no"], "unique": True},
            {"fields": ["former_nos"], "partialFilterExpression": {"former_nos.0": {"$exists": True}}},
            {
                "fields": ["user_id", "idempotency_key"],
                "unique": True,
                "partialFilterExpression": {"idempotency_key": {"$exists": True}},
            },
            {
                "fields": ["payment_id"],
                "name": "one_surplus",
                "unique": True,
                "partialFilterExpression": {"kind": RefundKind.SURPLUS.value},
            },
            {"fields": ["due_at"], "partialFilterExpression": {"due_at": {"$exists": True}}},
            ["store_id", "order_id", "_id"],
            ["store_id", "-_id"],
            ["store_id", "status", "-_id"],
            ["store_id", "accepted_at"],
            ["store_id", "succeeded_at", "kind", "amount_fen"],
            {"fields": ["store_id", "images"], "partialFilterExpression": {"images": {"$gt": ""}}},
        ],
    }
    states = refund_states
    change_type = RefundChange

    kind = EnumField(RefundKind, required=True)
    order_id = ObjectIdField(required=True)
    order_no = StringField(required=True)
    user_id = ObjectIdField(required=True)
    payment_id = ObjectIdField(required=True)
    refund_no = StringField(required=True)
    status = EnumField(RefundStatus, required=True)
    items = EmbeddedDocumentListField(RefundLine)
    asked_fen = IntField(required=True, min_value=0)
    amount_fen = IntField(required=True, min_value=0)
    freight_fen = IntField(required=True, default=0, min_value=0)
    reason = StringField(default="")
    reason_hidden = BooleanField(default=False)
    images = ListField(StringField())
    reject_reason = StringField(default="")
    parcel = EmbeddedDocumentField(Shipment)
    restocked = BooleanField(default=False)
    history = EmbeddedDocumentListField(RefundChange, required=True)
    idempotency_key = StringField()
    request_fingerprint = StringField()
    out_refund_no = StringField(required=True)
    former_nos = ListField(StringField())
    sent_at = DateTimeField()
    accepted_at = DateTimeField()
    wechat_refund_id = StringField()
    tries = IntField(required=True, default=0)
    problem = StringField(default="")
    due_at = DateTimeField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    succeeded_at = DateTimeField()

    @property
    def public_reason(self) -> str:
        return "" if self.reason_hidden else str(self.reason)

    @property
    def allowed_actions(self) -> list[str]:
        """What its shopper may do now, as the names of the API's operations."""
        return _SHOPPER_ACTIONS.get(self.status, [])

    @property
    def staff_actions(self) -> list[str]:
        """What the store's staff may do now."""
        if self.status is RefundStatus.ABNORMAL and self.problem == MISMATCH:
            return ["settle_outside"]
        return _STAFF_ACTIONS.get(self.status, [])

    def change_freight(self, delta: int, *, now: datetime, session: ClientSession) -> Refund | None:
        """Adds so many fen of freight, or takes them away; None if it is no request any more."""
        return self.change(
            {"_id": self.id, "store_id": self.store_id, "status": RefundStatus.REQUESTED.value},
            {
                "$inc": {"freight_fen": delta, "asked_fen": delta, "amount_fen": delta},
                "$set": {"updated_at": now},
            },
            session=session,
        )

    @classmethod
    def any_under_way(cls, store_id: ObjectId) -> bool:
        """Returns whether WeChat has, or must be asked for, money of a refund, or staff must see to it."""
        statuses = [RefundStatus.PROCESSING.value, RefundStatus.ABNORMAL.value]
        return cls.collection().find_one({"store_id": store_id, "status": {"$in": statuses}}, {"_id": 1}) is not None

    @classmethod
    def find_for_user(cls, store_id: ObjectId, user_id: ObjectId, refund_id: ObjectId) -> Refund | None:
        return cls.find_document({"_id": refund_id, "store_id": store_id, "user_id": user_id})

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, refund_id: ObjectId, *, session: ClientSession | None = None
    ) -> Refund | None:
        return cls.find_document({"_id": refund_id, "store_id": store_id}, session=session)

    @classmethod
    def find_by_out_refund_no(cls, out_refund_no: str) -> Refund | None:
        """Returns the refund that uses this number, or has used it before WeChat closed it."""
        # The last condition is the index's own: without it MongoDB would not use the index.
        former = {"former_nos": out_refund_no, "former_nos.0": {"$exists": True}}
        return cls.find_document({"out_refund_no": out_refund_no}) or cls.find_document(former)

    @classmethod
    def find_by_idempotency_key(cls, user_id: ObjectId, key: str) -> Refund | None:
        return cls.find_document({"user_id": user_id, "idempotency_key": key})

    @classmethod
    def list_of_order(
        cls, store_id: ObjectId, order_id: ObjectId, *, session: ClientSession | None = None
    ) -> list[Refund]:
        found = cls.collection().find({"store_id": store_id, "order_id": order_id}, session=session).sort("_id", 1)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def page_in_store(cls, store_id: ObjectId, status: RefundStatus | None, page: PageRequest) -> Page[Refund]:
        query: dict[str, Any] = {"store_id": store_id}
        index = "store_id_1__id_-1"
        if status is not None:
            query["status"], index = status.value, "store_id_1_status_1__id_-1"
        return cls.find_page(query, [("_id", -1)], page, index=index)

    @classmethod
    def list_due(cls, now: datetime, *, limit: int) -> list[Refund]:
        """Returns refunds of all stores that WeChat is to be asked about, the longest waiting first."""
        found = cls.collection().find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def show_reason(cls, refund_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().update_one({"_id": refund_id}, {"$set": {"reason_hidden": False}}, session=session)

    def claim(self, *, now: datetime, next_due_at: datetime) -> Refund | None:
        """Returns this refund as it is now if the caller is the one to act on it, until `next_due_at`."""
        return self.change(
            {"_id": self.id, "due_at": {"$lte": now}},
            {"$set": {"due_at": next_due_at}, "$inc": {"tries": 1}},
            session=None,
        )

    def mark_sent(self, *, now: datetime) -> bool:
        """Notes that WeChat may know the number from now on; returns False if the refund is not under way any more."""
        result = self.collection().update_one(
            {"_id": self.id, "status": RefundStatus.PROCESSING.value, "out_refund_no": self.out_refund_no},
            {"$set": {"sent_at": now, "updated_at": now}},
        )
        return result.matched_count == 1

    def mark_accepted(self, *, wechat_refund_id: str, accepted_at: datetime, now: datetime) -> None:
        self.collection().update_one(
            {"_id": self.id, "out_refund_no": self.out_refund_no},
            {
                "$set": {
                    "wechat_refund_id": wechat_refund_id,
                    "accepted_at": accepted_at,
                    "problem": "",
                    "updated_at": now,
                }
            },
        )

    def renumber(self, out_refund_no: str, *, due_at: datetime, now: datetime) -> None:
        """Gives the refund a new number after WeChat has closed the current one."""
        self.collection().update_one(
            {"_id": self.id, "status": RefundStatus.PROCESSING.value, "out_refund_no": self.out_refund_no},
            {
                "$set": {"out_refund_no": out_refund_no, "due_at": due_at, "tries": 0, "updated_at": now},
                "$push": {"former_nos": self.out_refund_no},
                "$unset": {"sent_at": "", "accepted_at": "", "wechat_refund_id": ""},
            },
        )

    def postpone(self, due_at: datetime, *, problem: str, now: datetime) -> None:
        """Notes why the money is not back yet and when WeChat is asked again."""
        self.collection().update_one(
            {"_id": self.id, "due_at": {"$exists": True}},
            {"$set": {"due_at": due_at, "problem": problem, "updated_at": now}},
        )
