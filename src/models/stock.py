"""Stock: one counter document per SKU and the append-only ledger of its moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class StockItem(StoreDocument):
    """The counters of one SKU (`_id` is the SKU's id). Always: received = available + reserved + sold."""

    meta = {"collection": "stock_items", "indexes": [["store_id", "product_id"]]}

    product_id = ObjectIdField(required=True)
    available = IntField(required=True, min_value=0)
    reserved = IntField(required=True, min_value=0)
    sold = IntField(required=True, min_value=0)
    received = IntField(required=True, min_value=0)
    event_seq = IntField(required=True, default=0)
    updated_at = DateTimeField(required=True)

    @classmethod
    def list_by_products(cls, store_id: ObjectId, product_ids: list[ObjectId]) -> list[StockItem]:
        found = cls.collection().find({"store_id": store_id, "product_id": {"$in": product_ids}})
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def available_of(
        cls, store_id: ObjectId, sku_ids: list[ObjectId], *, session: ClientSession | None
    ) -> dict[ObjectId, int]:
        found = cls.collection().find(
            {"_id": {"$in": sku_ids}, "store_id": store_id}, projection=["available"], session=session
        )
        return {raw["_id"]: raw["available"] for raw in found}

    @classmethod
    def find_by_sku(cls, store_id: ObjectId, sku_id: ObjectId) -> StockItem | None:
        return cls.find_document({"_id": sku_id, "store_id": store_id})

    @classmethod
    def reserve(
        cls, store_id: ObjectId, sku_id: ObjectId, quantity: int, *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        """Moves `quantity` from available to reserved; None if fewer are available."""
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "available": {"$gte": quantity}},
            {"available": -quantity, "reserved": quantity},
            now=now,
            session=session,
        )

    @classmethod
    def release(
        cls, store_id: ObjectId, sku_id: ObjectId, quantity: int, *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        """Moves `quantity` back from reserved to available; None if fewer are reserved."""
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "reserved": {"$gte": quantity}},
            {"available": quantity, "reserved": -quantity},
            now=now,
            session=session,
        )

    @classmethod
    def sell(
        cls, store_id: ObjectId, sku_id: ObjectId, quantity: int, *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        """Moves `quantity` from reserved to sold; None if fewer are reserved."""
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "reserved": {"$gte": quantity}},
            {"reserved": -quantity, "sold": quantity},
            now=now,
            session=session,
        )

    @classmethod
    def resell(
        cls, store_id: ObjectId, sku_id: ObjectId, quantity: int, *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        """Moves `quantity` from available straight to sold; None if fewer are available."""
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "available": {"$gte": quantity}},
            {"available": -quantity, "sold": quantity},
            now=now,
            session=session,
        )

    @classmethod
    def restock(
        cls, store_id: ObjectId, sku_id: ObjectId, quantity: int, *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        """Moves `quantity` back from sold to available; None if fewer are sold."""
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "sold": {"$gte": quantity}},
            {"sold": -quantity, "available": quantity},
            now=now,
            session=session,
        )

    @classmethod
    def next_event_seq(cls, sku_id: ObjectId, *, session: ClientSession) -> int:
        item = cls.change({"_id": sku_id}, {"$inc": {"event_seq": 1}}, session=session)
        assert item is not None, "stock items are never deleted"
        seq: int = item.event_seq
        return seq

    @classmethod
    def adjust(
        cls,
        store_id: ObjectId,
        sku_id: ObjectId,
        delta: int,
        *,
        expected: int | None,
        now: datetime,
        session: ClientSession,
    ) -> StockItem | None:
        """Adds `delta` to available and received; None if that would go below zero or `expected` is stale."""
        guard: dict[str, Any] = {"$gte": max(0, -delta)}
        if expected is not None:
            guard["$eq"] = expected
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "available": guard},
            {"available": delta, "received": delta},
            now=now,
            session=session,
        )

    @classmethod
    def _move(
        cls, query: dict[str, Any], deltas: dict[str, int], *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        return cls.change(query, {"$inc": deltas, "$set": {"updated_at": now}}, session=session)


class MoveKind(StrEnum):
    RECEIVE = "receive"
    ADJUST = "adjust"
    RESERVE = "reserve"
    RELEASE = "release"
    SELL = "sell"
    RESELL = "resell"
    RESTOCK = "restock"


@dataclass(frozen=True)
class StockCause:
    """Why stock moved: an order, a refund, or a person with a reason."""

    order_id: ObjectId | None = None
    refund_id: ObjectId | None = None
    staff_id: ObjectId | None = None
    reason: str = ""


class StockMove(StoreDocument):
    """One ledger row. The sums of its deltas over all rows of a SKU equal the SKU's counters."""

    meta = {
        "collection": "stock_moves",
        "indexes": [
            ["store_id", "sku_id", "-created_at"],
            {
                "fields": ["order_id", "sku_id", "kind"],
                "unique": True,
                "partialFilterExpression": {"order_id": {"$exists": True}},
            },
            {
                "fields": ["refund_id", "sku_id"],
                "unique": True,
                "partialFilterExpression": {"refund_id": {"$exists": True}},
            },
        ],
    }

    sku_id = ObjectIdField(required=True)
    product_id = ObjectIdField(required=True)
    kind = EnumField(MoveKind, required=True)
    available_delta = IntField(required=True)
    reserved_delta = IntField(required=True)
    sold_delta = IntField(required=True)
    order_id = ObjectIdField()
    refund_id = ObjectIdField()
    staff_id = ObjectIdField()
    reason = StringField()
    created_at = DateTimeField(required=True)

    @classmethod
    def of(
        cls,
        store_id: ObjectId,
        product_id: ObjectId,
        sku_id: ObjectId,
        kind: MoveKind,
        quantity: int,
        *,
        cause: StockCause,
        now: datetime,
    ) -> StockMove:
        """Returns the row of one move, to be inserted; an order moves a SKU at most once in each way, a refund once."""
        available, reserved, sold = _DIRECTIONS[kind]
        return cls(
            store_id=store_id,
            product_id=product_id,
            sku_id=sku_id,
            kind=kind,
            available_delta=available * quantity,
            reserved_delta=reserved * quantity,
            sold_delta=sold * quantity,
            order_id=cause.order_id,
            refund_id=cause.refund_id,
            staff_id=cause.staff_id,
            reason=cause.reason,
            created_at=now,
        )


# How a move of one unit changes (available, reserved, sold).
_DIRECTIONS: dict[MoveKind, tuple[int, int, int]] = {
    MoveKind.RECEIVE: (1, 0, 0),
    MoveKind.ADJUST: (1, 0, 0),
    MoveKind.RESERVE: (-1, 1, 0),
    MoveKind.RELEASE: (1, -1, 0),
    MoveKind.SELL: (0, -1, 1),
    MoveKind.RESELL: (-1, 0, 1),
    MoveKind.RESTOCK: (1, 0, -1),
}
