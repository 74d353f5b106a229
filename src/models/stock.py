"""Stock: one counter document per SKU. Its moves are in `stock_moves`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, IntField, ObjectIdField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument


class StockItem(StoreDocument):
    """The counters of one SKU (`_id` is the SKU's id). Always: received = available + reserved + sold.

    `low_at` is the SKU's own threshold; `follows_shop` is true where the shop's counts instead. `own_low` is true
    while no more than the own one is available. `retired` is true once the SKU cannot be sold any more.

    `move_seq` counts the moves, and `updated_at` never goes back, whatever the clocks of two processes say: the rows
    of the ledger have both, so their order is that in which the counters moved.
    """

    meta = {
        "collection": "stock_items",
        "indexes": [
            ["store_id", "product_id"],
            ["store_id", "retired", "-product_id", "_id"],
            ["store_id", "retired", "follows_shop", "available", "_id"],
            {
                "fields": ["store_id", "retired", "own_low", "available", "_id"],
                "partialFilterExpression": {"own_low": True},
            },
        ],
    }

    product_id = ObjectIdField(required=True)
    available = IntField(required=True, min_value=0)
    reserved = IntField(required=True, min_value=0)
    sold = IntField(required=True, min_value=0)
    received = IntField(required=True, min_value=0)
    event_seq = IntField(required=True, default=0)
    move_seq = IntField(required=True, default=0)
    low_at = IntField(min_value=0)
    follows_shop = BooleanField(required=True, default=True)
    own_low = BooleanField()
    retired = BooleanField(required=True, default=False)
    updated_at = DateTimeField(required=True)

    @classmethod
    def list_by_products(cls, store_id: ObjectId, product_ids: list[ObjectId]) -> list[StockItem]:
        found = cls.collection().find({"store_id": store_id, "product_id": {"$in": product_ids}})
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def list_by_skus(
        cls, store_id: ObjectId, sku_ids: list[ObjectId], *, session: ClientSession | None
    ) -> list[StockItem]:
        found = cls.collection().find({"_id": {"$in": sku_ids}, "store_id": store_id}, session=session)
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
    def find_by_sku(
        cls, store_id: ObjectId, sku_id: ObjectId, *, session: ClientSession | None = None
    ) -> StockItem | None:
        return cls.find_document({"_id": sku_id, "store_id": store_id}, session=session)

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
        now: datetime,
        session: ClientSession,
    ) -> StockItem | None:
        """Adds `delta` to available and received; None if that would go below zero."""
        return cls._move(
            {"_id": sku_id, "store_id": store_id, "available": {"$gte": max(0, -delta)}},
            {"available": delta, "received": delta},
            now=now,
            session=session,
        )

    @classmethod
    def _move(
        cls, query: dict[str, Any], deltas: dict[str, int], *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        counted = {"$inc": {**deltas, "move_seq": 1}, "$max": {"updated_at": now}}
        return cls.change(query, counted, session=session)

    def low_threshold(self, default: int) -> int:
        """Returns at how many available units the SKU is low."""
        return default if self.low_at is None else int(self.low_at)

    @classmethod
    def set_threshold(
        cls, store_id: ObjectId, sku_id: ObjectId, low_at: int | None, *, now: datetime, session: ClientSession
    ) -> StockItem | None:
        """Sets or removes the SKU's own threshold; None if there is no such SKU."""
        if low_at is None:
            of_shop: dict[str, Any] = {"$set": {"follows_shop": True}, "$max": {"updated_at": now}}
            update = {"$unset": {"low_at": "", "own_low": ""}, **of_shop}
            return cls.change({"_id": sku_id, "store_id": store_id}, update, session=session)
        is_low = {"$lte": ["$available", low_at]}
        moved_on = {"$max": ["$updated_at", now]}
        values = {"low_at": low_at, "own_low": is_low, "follows_shop": False, "updated_at": moved_on}
        return cls.change({"_id": sku_id, "store_id": store_id}, [{"$set": values}], session=session)

    def note_own_low(self, *, session: ClientSession) -> None:
        """Brings `own_low` in line with the counters, as this document has them in this transaction."""
        if self.low_at is None or self.own_low is (self.available <= self.low_at):
            return
        is_low = self.available <= self.low_at
        self.collection().update_one({"_id": self.id}, {"$set": {"own_low": is_low}}, session=session)

    @classmethod
    def mark_retired(
        cls, store_id: ObjectId, product_id: ObjectId, sku_ids: list[ObjectId], *, session: ClientSession | None
    ) -> None:
        """Of the product's SKUs exactly these are retired afterwards."""
        of_product = {"store_id": store_id, "product_id": product_id}
        gone = {**of_product, "_id": {"$in": sku_ids}, "retired": {"$ne": True}}
        back = {**of_product, "_id": {"$nin": sku_ids}, "retired": True}
        cls.collection().update_many(gone, {"$set": {"retired": True}}, session=session)
        cls.collection().update_many(back, {"$set": {"retired": False}}, session=session)
