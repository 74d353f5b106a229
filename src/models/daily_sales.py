"""What was sold of each product on days that are over, and what sells best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import IntField, ObjectIdField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import MAX_TIME_MS, StoreDocument
from src.models.payments import Payment
from src.models.sales_sums import Span, sold_lines


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
    def replace(cls, store_id: ObjectId, day: str, rows: Sequence[dict[str, Any]], *, session: ClientSession) -> None:
        """Stores these rows of `sold_on` in place of what was stored of that day."""
        cls.collection().delete_many({"store_id": store_id, "day": day}, session=session)
        if rows:
            cls.collection().insert_many([{"store_id": store_id, "day": day, **row} for row in rows], session=session)

    @classmethod
    def forget(cls, store_id: ObjectId, *, session: ClientSession) -> None:
        cls.collection().delete_many({"store_id": store_id}, session=session)


@dataclass(frozen=True)
class SalesSource:
    """Where sales of some days are found: days that were added up, and spans of time that were not."""

    store_id: ObjectId
    days: Sequence[str]
    spans: Sequence[Span]


@dataclass(frozen=True)
class Seller:
    """A product or a category with what was paid for; a category of None is none."""

    id: ObjectId | None
    quantity: int
    amount: int


def sold_on(store_id: ObjectId, start: datetime, end: datetime, *, max_time_ms: int) -> list[dict[str, Any]]:
    """Returns `product_id`, `category_id`, `quantity` and `amount` of all that was paid for in that time."""
    stages = [*sold_lines(store_id, start, end), {"$group": {**_SUMS, "_id": _of("product_id", "category_id")}}]
    found = Payment.collection().aggregate(stages, maxTimeMS=max_time_ms)
    return [{**row.pop("_id"), **row} for row in found]


def best_sellers(source: SalesSource, by: str, measure: str, *, limit: int) -> list[Seller]:
    """Returns those with the most `quantity` or `amount`; `by` is `product_id` or `category_id`."""
    unions = [
        {"$unionWith": {"coll": Payment.collection().name, "pipeline": sold_lines(source.store_id, *span)}}
        for span in source.spans
    ]
    stages: list[dict[str, Any]] = [
        {"$match": {"store_id": source.store_id, "day": {"$in": list(source.days)}}},
        {"$project": {"_id": 0, by: 1, "quantity": 1, "amount": 1}},
        *unions,
        {"$group": {**_SUMS, "_id": {"$ifNull": [f"${by}", None]}}},
        {"$sort": {measure: -1, "_id": 1}},
        {"$limit": limit},
    ]
    found = DailySale.collection().aggregate(stages, maxTimeMS=MAX_TIME_MS)
    return [Seller(row["_id"], row["quantity"], row["amount"]) for row in found]


_SUMS = {"quantity": {"$sum": "$quantity"}, "amount": {"$sum": "$amount"}}


def _of(*names: str) -> dict[str, Any]:
    return {name: {"$ifNull": [f"${name}", None]} for name in names}
