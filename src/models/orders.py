"""Orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import (
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    MapField,
    ObjectIdField,
    StringField,
)
from pymongo.client_session import ClientSession

from src.models.histories import HistoryDocument
from src.models.parcels import Shipment, WeChatShipping
from src.utils.order_states import OrderStatus, order_states
from src.utils.pages import Page, PageRequest

_SHOPPER_ACTIONS = {
    OrderStatus.PENDING: ["pay", "cancel"],
    OrderStatus.PAID: ["cancel"],
    OrderStatus.SHIPPED: ["confirm"],
}
# The reason in the history of an order that was cancelled because its time was over.
EXPIRED = "expired"
REFUNDABLE = frozenset({OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED})


class OrderLine(EmbeddedDocument):
    """A snapshot of what was bought. `price` and `amount` in fen.

    `refund_quantity` and `refund_amount` are what is promised to refunds: never more than `quantity` and `amount`.
    """

    product_id = ObjectIdField(required=True)
    sku_id = ObjectIdField(required=True)
    name = StringField(required=True)
    specs = MapField(StringField())
    image = StringField(default="")
    price = IntField(required=True, min_value=0)
    quantity = IntField(required=True, min_value=1)
    amount = IntField(required=True, min_value=0)
    refund_quantity = IntField(required=True, default=0, min_value=0)
    refund_amount = IntField(required=True, default=0, min_value=0)

    @property
    def item_id(self) -> ObjectId:
        """The line's id within its order: an order has one line per SKU."""
        return ObjectId(self.sku_id)


class Address(EmbeddedDocument):
    name = StringField(required=True)
    phone = StringField(required=True)
    province = StringField(required=True)
    city = StringField(required=True)
    district = StringField(required=True)
    detail = StringField(required=True)


class StatusChange(EmbeddedDocument):
    """One row of an order's history; the first one has no `source`."""

    seq = IntField(required=True)
    source = EnumField(OrderStatus)
    target = EnumField(OrderStatus, required=True)
    actor = StringField(required=True)
    reason = StringField(default="")
    at = DateTimeField(required=True)


class Order(HistoryDocument):
    """One purchase.

    `refund_held` is the money promised to refunds that are neither rejected nor withdrawn, `refunded_amount` the part
    of it that WeChat has paid back, in fen.
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
            ["store_id", "-created_at", "-_id"],
            ["store_id", "status", "-created_at", "-_id"],
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
    total_amount = IntField(required=True, min_value=0)
    refund_held = IntField(required=True, default=0, min_value=0)
    refunded_amount = IntField(required=True, default=0, min_value=0)
    address = EmbeddedDocumentField(Address, required=True)
    note = StringField(default="")
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
        actions = _SHOPPER_ACTIONS.get(self.status, [])
        return [*actions, "refund"] if self.status in REFUNDABLE and self.has_refundable_units else actions

    @property
    def shipped_parcels(self) -> list[Shipment]:
        """What was sent. An order of an earlier release has its one parcel in `shipment` only."""
        return list(self.parcels) or ([self.shipment] if self.shipment else [])

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
        return ["ship"] if self.status is OrderStatus.PAID else []

    @classmethod
    def find_for_user(cls, store_id: ObjectId, user_id: ObjectId, order_id: ObjectId) -> Order | None:
        return cls.find_document({"_id": order_id, "store_id": store_id, "user_id": user_id})

    @classmethod
    def find_in_store(
        cls, store_id: ObjectId, order_id: ObjectId, *, session: ClientSession | None = None
    ) -> Order | None:
        return cls.find_document({"_id": order_id, "store_id": store_id}, session=session)

    @classmethod
    def find_by_idempotency_key(cls, user_id: ObjectId, key: str) -> Order | None:
        return cls.find_document({"user_id": user_id, "idempotency_key": key})

    @classmethod
    def page_for_user(
        cls, store_id: ObjectId, user_id: ObjectId, status: OrderStatus | None, page: PageRequest
    ) -> Page[Order]:
        return cls._page({"store_id": store_id, "user_id": user_id}, status, page)

    @classmethod
    def page_in_store(cls, store_id: ObjectId, status: OrderStatus | None, page: PageRequest) -> Page[Order]:
        return cls._page({"store_id": store_id}, status, page)

    @classmethod
    def list_expired(cls, now: datetime, *, limit: int) -> list[Order]:
        """Returns unpaid orders of all stores whose time is over, the oldest first."""
        query = {"status": OrderStatus.PENDING.value, "expiry_due_at": {"$lte": now}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("expiry_due_at", 1).limit(limit)]

    @classmethod
    def list_shipped_before(cls, moment: datetime, *, limit: int) -> list[Order]:
        """Returns shipped orders of all stores that were shipped before then, the oldest first."""
        query = {"status": OrderStatus.SHIPPED.value, "shipped_at": {"$lte": moment}}
        return [cls._from_son(raw) for raw in cls.collection().find(query).sort("shipped_at", 1).limit(limit)]

    def claim_expiry(self, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to end this order now; it is not due again before `next_due_at`."""
        result = self.collection().update_one(
            {"_id": self.id, "status": OrderStatus.PENDING.value, "expiry_due_at": {"$lte": now}},
            {"$set": {"expiry_due_at": next_due_at}},
        )
        return result.matched_count == 1

    @classmethod
    def begin_payment_attempt(
        cls, store_id: ObjectId, order_id: ObjectId, attempts: int, *, now: datetime, session: ClientSession
    ) -> Order | None:
        """Counts one more payment attempt; None if the order is not pending or somebody else has begun one."""
        return cls.change(
            {
                "_id": order_id,
                "store_id": store_id,
                "status": OrderStatus.PENDING.value,
                "payment_attempts": attempts,
            },
            {"$inc": {"payment_attempts": 1}, "$set": {"updated_at": now}},
            session=session,
        )

    def touch(self, *, now: datetime, session: ClientSession) -> None:
        """Writes to this order so that no other transaction can change it beside the caller's."""
        self.collection().update_one({"_id": self.id}, {"$set": {"updated_at": now}}, session=session)

    @classmethod
    def _page(cls, query: dict[str, Any], status: OrderStatus | None, page: PageRequest) -> Page[Order]:
        if status is not None:
            query = {**query, "status": status.value}
        return cls.find_page(query, [("created_at", -1), ("_id", -1)], page)
