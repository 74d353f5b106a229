"""What was sold of each product on days that are over, and what sells best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from mongoengine import IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import MAX_TIME_MS, StoreDocument
from src.models.sold_lines import Sold, Sums


class DailySale(StoreDocument):
    """Units and fen that were paid for of one product on one day, as it was filed under one category."""

    meta = {
        "collection": "daily_sales",
        # All of it: what sells best is found without a look at the documents.
        "indexes": [["store_id", "day", "product_id", "category_id", "quantity", "amount"]],
    }

    day = StringField(required=True)
    product_id = ObjectIdField(required=True)
    category_id = ObjectIdField()
    quantity = IntField(required=True)
    amount = IntField(required=True)

    @classmethod
    def replace(cls, store_id: ObjectId, day: str, sold: Sold, *, session: ClientSession) -> None:
        """Stores what was sold on the day in place of what was stored of it."""
        cls.collection().delete_many({"store_id": store_id, "day": day}, session=session)
        rows = sold.rows()
        if rows:
            cls.collection().insert_many([{"store_id": store_id, "day": day, **row} for row in rows], session=session)

    @classmethod
    def forget(cls, store_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().delete_many({"store_id": store_id}, session=session)


@dataclass(frozen=True)
class SalesSource:
    """Where sales of some days are found: days that were added up, and what was sold on the others."""

    store_id: ObjectId
    days: Sequence[str]
    open_days: Sold


@dataclass(frozen=True)
class Seller:
    """A product or a category with what was paid for; a category of None is none."""

    id: ObjectId | None
    quantity: int
    amount: int


def best_sellers(source: SalesSource, by: str, measure: str, *, limit: int) -> list[Seller]:
    """Returns those with the most `quantity` or `amount`; `by` is `product_id` or `category_id`."""
    stages: list[dict[str, Any]] = [
        {"$match": {"store_id": source.store_id, "day": {"$in": list(source.days)}}},
        {"$project": {"_id": 0, by: 1, "quantity": 1, "amount": 1}},
        *_with(source.open_days.by_product() if by == "product_id" else source.open_days.by_category(), by),
        {"$group": {**_SUMS, "_id": {"$ifNull": [f"${by}", None]}}},
        {"$sort": {measure: -1, "_id": 1}},
        {"$limit": limit},
    ]
    found = DailySale.collection().aggregate(stages, maxTimeMS=MAX_TIME_MS)
    return [Seller(row["_id"], row["quantity"], row["amount"]) for row in found]


def _with(sold: Mapping[ObjectId | None, Sums], by: str) -> list[dict[str, Any]]:
    """Returns the stages that add these rows; none if there are none."""
    rows = [{by: one, "quantity": quantity, "amount": amount} for one, (quantity, amount) in sold.items()]
    return [{"$unionWith": {"pipeline": [{"$documents": rows}]}}] if rows else []


_SUMS = {"quantity": {"$sum": "$quantity"}, "amount": {"$sum": "$amount"}}
