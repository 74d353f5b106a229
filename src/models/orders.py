"""Orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import (
    DateTimeField,
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
from src.models.order_parts import Address, OrderLine, Repricing, StatusChange
from src.models.parcels import Shipment, WeChatShipping
from src.utils.order_states import OrderStatus, order_states
from src.utils.pages import Page, PageRequest

_SHOPPER_ACTIONS = {
    OrderStatus.PENDING: ["pay", "cancel"],
    OrderStatus.PAID: ["cancel"],
    OrderStatus.SHIPPED: ["confirm"],
}
_STAFF_ACTIONS = {OrderStatus.PENDING: ["reprice"], OrderStatus.PAID: ["ship"]}
NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
# The reason in the history of an order that was cancelled because its time was over.
EXPIRED = "expired"
REFUNDABLE = frozenset({OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED})


class Order(HistoryDocument):
    """One purchase.

    `total_amount` is what its lines and its freight cost, in fen. `refund_held` is the money promised to refunds that
    are neither rejected nor withdrawn, `freight_held` the part of it that is freight: nothing or all. `refunded_amount`
    is the part of it that WeChat has paid back. `search_keys` are what staff find the order by, see `order_search`.
    """

    meta = {
        "collection": "orders",
        "indexes": [
            {"fields": ["order_no"], "unique": True},
            {
                "fields": ["user_id", "idempotency_key"],
                "unique": True,
                "partialFilterExpression": {"idempotency_key": {"$exists": True}},
            },
            ["store_id", "user_id", "-created_at", "-_id"],
            ["store_id", "user_id", "status", "-created_at", "-_id"],
            ["user_id", "items.product_id"],
            ["store_id", "-created_at", "-_id"],
            # With the shopper: figures are added up without a look at the orders.
            ["store_id", "created_at", "user_id"],
            ["store_id", "status", "-created_at", "-_id"],
            ["store_id", "search_keys", "status", "-created_at", "-_id"],
            ["store_id", "status", "-order_no"],
            # Which pictures are in use; see media_references.
            {"fields": ["store_id", "items.image"], "partialFilterExpression": {"items.image": {"$gt": ""}}},
            ["status", "expiry_due_at"],
            ["status", "shipped_at"],
        ],
    }

    states = order_states
    change_type = StatusChange

    user_id = ObjectIdField(required=True)
    order_no = StringField(required=True)
    status = EnumField(OrderStatus, required=True)
    items = EmbeddedDocumentListField(OrderLine, required=True)
    freight_amount = IntField(required=True, default=0, min_value=0)
    total_amount = IntField(required=True, min_value=0)
    refund_held = IntField(required=True, default=0, min_value=0)
    freight_held = IntField(required=True, default=0, min_value=0)
    refunded_amount = IntField(required=True, default=0, min_value=0)
    address = EmbeddedDocumentField(Address, required=True)
    note = StringField(default="")
    staff_note = StringField(default="")
    repricings = EmbeddedDocumentListField(Repricing)
    search_keys = ListField(StringField())
    shipment = EmbeddedDocumentField(Shipment)
    parcels = EmbeddedDocumentListField(Shipment)
    wechat_shipping = EmbeddedDocumentField(WeChatShipping)
    history = EmbeddedDocumentListField(StatusChange, required=True)
    payment_attempts = IntField(required=True, default=0)
    idempotency_key = StringField()
    request_fingerprint = StringField()
    expires_at = DateTimeField(required=True)
    expiry_due_at = DateTimeField(required=True)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    paid_at = DateTimeField()
    shipped_at = DateTimeField()
    completed_at = DateTimeField()
    cancelled_at = DateTimeField()

    @property
    def sku_ids(self) -> list[ObjectId]:
        return [line.sku_id for line in self.items]

    @property
    def allowed_actions(self) -> list[str]:
        """What its shopper may do now, as the names of the API's operations."""
        actions = [] if self.is_partly_sent else _SHOPPER_ACTIONS.get(self.status, [])
        return [*actions, "refund"] if self.status in REFUNDABLE and self.has_refundable_units else actions

    @property
    def shipped_parcels(self) -> list[Shipment]:
        """What was sent. An order of an earlier release has its one parcel in `shipment` only."""
        return list(self.parcels) or ([self.shipment] if self.shipment else [])

    @property
    def is_partly_sent(self) -> bool:
        """Whether some parcels have left and others have not."""
        return self.status is OrderStatus.PAID and bool(self.parcels)

    @property
    def is_unsent(self) -> bool:
        """Whether it is paid and nothing of it has left."""
        return self.status is OrderStatus.PAID and not self.parcels

    @property
    def units_to_send(self) -> dict[ObjectId, int]:
        """Returns how many units of each line are yet to leave.

        Units that are promised to refunds are not sent: first those count that are still here.
        """
        sent: Counter[ObjectId] = Counter()
        for parcel in self.parcels:
            sent.update({line.sku_id: line.quantity for line in parcel.items})
        return {line.sku_id: max(0, line.quantity - line.refund_quantity - sent[line.sku_id]) for line in self.items}

    @property
    def listed_amount(self) -> int:
        """What the order would cost had staff not changed its price."""
        amount: int = sum(line.listed_amount for line in self.items) + self.freight_amount
        return amount

    @property
    def goods_amount(self) -> int:
        amount: int = self.total_amount - self.freight_amount
        return amount

    @property
    def freight_left(self) -> int:
        """The freight that no refund has."""
        left: int = self.freight_amount - self.freight_held
        return left

    @property
    def refunding_amount(self) -> int:
        amount: int = self.refund_held - self.refunded_amount
        return amount

    @property
    def has_refundable_units(self) -> bool:
        return any(line.refund_quantity < line.quantity for line in self.items)

    @property
    def is_revivable(self) -> bool:
        """Whether late money may bring this order back: its time ran out, nobody wanted its end, it was never paid."""
        return self.status is OrderStatus.CANCELLED and self.paid_at is None and self.history[-1].reason == EXPIRED

    @property
    def staff_actions(self) -> list[str]:
        """What the store's staff may do now."""
        return _STAFF_ACTIONS.get(self.status, [])

    @classmethod
    def find_for_user(cls, store_id: ObjectId, user_id: ObjectId, order_id: ObjectId) -> Order | None:
        return cls.find_document({"_id": order_id, "store_id": store_id, "user_id": user_id})

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, order_id: ObjectId, *, session: ClientSession | None = None
    ) -> Order | None:
        return cls.find_document({"_id": order_id, "store_id": store_id}, session=session)

    @classmethod
    def list_in_store(cls, store_id: ObjectId, order_ids: Sequence[ObjectId]) -> dict[ObjectId, Order]:
        """Returns those of the orders that are the store's, by their ids."""
        found = cls.collection().find({"_id": {"$in": list(order_ids)}, "store_id": store_id})
        return {raw["_id"]: cls._from_son(raw) for raw in found}

    @classmethod
    def find_by_idempotency_key(cls, user_id: ObjectId, key: str) -> Order | None:
        return cls.find_document({"user_id": user_id, "idempotency_key": key})

    @classmethod
    def page_for_user(
        cls, store_id: ObjectId, user_id: ObjectId, status: OrderStatus | None, page: PageRequest
    ) -> Page[Order]:
        query: dict[str, Any] = {"store_id": store_id, "user_id": user_id}
        if status is not None:
            query["status"] = status.value
        index = [*((name, 1) for name in query), *NEWEST_FIRST]
        return cls.find_page(query, NEWEST_FIRST, page, index=index)

    @classmethod
    def count_pending(cls, store_id: ObjectId, user_id: ObjectId, *, limit: int, session: ClientSession | None) -> int:
        """Returns how many unpaid orders the shopper has, at most `limit`."""
        query = {"store_id": store_id, "user_id": user_id, "status": OrderStatus.PENDING.value}
        return cls.collection().count_documents(query, limit=limit, session=session)

    @classmethod
    def list_expired(cls, now: datetime, *, limit: int) -> list[Order]:
        """Returns unpaid orders of all stores whose time is over, the oldest first."""
        query = {"status": OrderStatus.PENDING.value, "expiry_due_at": {"$lte": now}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("expiry_due_at", 1).limit(limit)]

    @classmethod
    def list_shipped_before(cls, moment: datetime, store_id: Any, *, limit: int) -> list[Order]:
        """Returns shipped orders of stores with such an id that were shipped before then, the oldest first."""
        query = {"status": OrderStatus.SHIPPED.value, "shipped_at": {"$lte": moment}, "store_id": store_id}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("shipped_at", 1).limit(limit)]

    def claim_expiry(self, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to end this order now; it is not due again before `next_due_at`."""
        result = self.collection().update_one(
            {"_id": self.id, "status": OrderStatus.PENDING.value, "expiry_due_at": {"$lte": now}},
            {"$set": {"expiry_due_at": next_due_at}},
        )
        return result.matched_count == 1

    @classmethod
    def begin_payment_attempt(cls, order: Order, *, now: datetime, session: ClientSession) -> Order | None:
        """Counts one more payment attempt.

        None if the order is not pending, costs something else, or somebody else has begun one since it was read.
        """
        return cls.change(
            {
                "_id": order.id,
                "store_id": order.store_id,
                "status": OrderStatus.PENDING.value,
                "payment_attempts": order.payment_attempts,
                "total_amount": order.total_amount,
            },
            {"$inc": {"payment_attempts": 1}, "$set": {"updated_at": now}},
            session=session,
        )

    def touch(self, *, now: datetime, session: ClientSession) -> None:
        """Writes to this order so that no other transaction can change it beside the caller's."""
        self.collection().update_one({"_id": self.id}, {"$set": {"updated_at": now}}, session=session)
