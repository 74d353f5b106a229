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

from src.models.documents import StoreDocument
from src.utils.order_states import OrderStatus, order_states
from src.utils.pages import Page, PageRequest

_SHOPPER_ACTIONS = {OrderStatus.PENDING: ["pay", "cancel"], OrderStatus.SHIPPED: ["confirm"]}


class OrderLine(EmbeddedDocument):
    """A snapshot of what was bought. `price` and `amount` in fen."""

    product_id = ObjectIdField(required=True)
    sku_id = ObjectIdField(required=True)
    name = StringField(required=True)
    specs = MapField(StringField())
    image = StringField(default="")
    price = IntField(required=True, min_value=0)
    quantity = IntField(required=True, min_value=1)
    amount = IntField(required=True, min_value=0)


class Address(EmbeddedDocument):
    name = StringField(required=True)
    phone = StringField(required=True)
    province = StringField(required=True)
    city = StringField(required=True)
    district = StringField(required=True)
    detail = StringField(required=True)


class Shipment(EmbeddedDocument):
    company = StringField(required=True)
    tracking_no = StringField(required=True)


class StatusChange(EmbeddedDocument):
    """One row of the order's history; the first one has no `source`."""

    seq = IntField(required=True)
    source = EnumField(OrderStatus)
    target = EnumField(OrderStatus, required=True)
    actor = StringField(required=True)
    reason = StringField(default="")
    at = DateTimeField(required=True)


class Order(StoreDocument):
    """One purchase. `status` moves along `order_states` only, each move by compare-and-set with a history row."""

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
        ],
    }

    user_id = ObjectIdField(required=True)
    order_no = StringField(required=True)
    status = EnumField(OrderStatus, required=True)
    items = EmbeddedDocumentListField(OrderLine, required=True)
    total_amount = IntField(required=True, min_value=0)
    address = EmbeddedDocumentField(Address, required=True)
    note = StringField(default="")
    shipment = EmbeddedDocumentField(Shipment)
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
        return _SHOPPER_ACTIONS.get(self.status, [])

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

    def move(
        self,
        target: OrderStatus,
        *,
        actor: str,
        now: datetime,
        session: ClientSession,
        reason: str = "",
        values: dict[str, Any] | None = None,
        guard: dict[str, Any] | None = None,
    ) -> Order | None:
        """Moves this order from the status it was read with to `target`; None if it has left that status.

        Writes the history row and the time of the new status; `values` are set as well, `guard` must match.
        """
        assert order_states.allows(self.status, target)
        change = StatusChange(
            seq=len(self.history) + 1, source=self.status, target=target, actor=actor, reason=reason, at=now
        )
        return self.change(
            {"_id": self.id, "store_id": self.store_id, "status": self.status.value, **(guard or {})},
            {
                "$set": {"status": target.value, f"{target.value}_at": now, "updated_at": now, **(values or {})},
                "$push": {"history": change.to_mongo().to_dict()},
            },
            session=session,
        )

    @classmethod
    def _page(cls, query: dict[str, Any], status: OrderStatus | None, page: PageRequest) -> Page[Order]:
        if status is not None:
            query = {**query, "status": status.value}
        return cls.find_page(query, [("created_at", -1), ("_id", -1)], page)
