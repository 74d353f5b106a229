"""What a shopper has bought so far."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from mongoengine import IntField
from pymongo.client_session import ClientSession

from src.models.documents import MAX_TIME_MS, StoreDocument
from src.models.orders import Order
from src.utils.order_states import OrderStatus


class PurchaseTurn(StoreDocument):
    """The orders of one shopper (`_id` is the user's id), counted as they are placed.

    Each writes this document: of two that count at the same time one comes second, and counts anew.
    """

    meta = {"collection": "purchase_turns", "indexes": []}

    number = IntField(required=True)

    @classmethod
    def take(cls, store_id: ObjectId, user_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().update_one(
            {"_id": user_id},
            {"$inc": {"number": 1}, "$setOnInsert": {"store_id": store_id}},
            upsert=True,
            session=session,
        )


def units_bought(
    store_id: ObjectId, user_id: ObjectId, product_ids: Sequence[ObjectId], *, session: ClientSession | None
) -> dict[ObjectId, int]:
    """Returns how many units of each product are in the shopper's orders that are not cancelled, refunded ones too."""
    of_products = {"items.product_id": {"$in": list(product_ids)}}
    not_cancelled = {"status": {"$ne": OrderStatus.CANCELLED.value}}
    rows = Order.collection().aggregate(
        [
            {"$match": {"user_id": user_id, "store_id": store_id, **of_products, **not_cancelled}},
            {"$unwind": "$items"},
            {"$match": of_products},
            {"$group": {"_id": "$items.product_id", "units": {"$sum": "$items.quantity"}}},
        ],
        session=session,
        maxTimeMS=MAX_TIME_MS,
    )
    return {row["_id"]: row["units"] for row in rows}
