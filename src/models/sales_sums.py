"""Adding up orders, payments and refunds themselves, through indexes that have all that is added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS, BaseDocument
from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus
from src.models.refunds import Refund, RefundKind
from src.utils.figures import Figures

# A beginning and the end that is not part of it any more.
Span = tuple[datetime, datetime]
Stages = list[dict[str, Any]]
# In which group something at the moment `$at` belongs: an expression of MongoDB.
Group = Mapping[str, Any]
_HOUR_MS = 3_600_000
# What no order takes is not a shop's money: neither it nor its way back is counted.
_OF_ORDERS = {"$in": [RefundKind.AFTER_SALE.value, RefundKind.CANCELLATION.value]}


def by_day(time_zone: str) -> Group:
    """Groups by days such as `2026-11-20`."""
    return {"$dateToString": {"date": "$at", "format": "%Y-%m-%d", "timezone": time_zone}}


def by_hour(start: datetime) -> Group:
    """Groups by the number of whole hours since then."""
    return {"$toInt": {"$floor": {"$divide": [{"$subtract": ["$at", start]}, _HOUR_MS]}}}


ALL_IN_ONE: Group = {"$literal": ""}


def sums(store_id: ObjectId, span: Span, group: Group) -> dict[Any, Figures]:
    """Returns the figures of each group that has any."""
    placed = _rows(Order, [*_placed(store_id, span), _grouped(group, orders={"$sum": 1})])
    paid = _rows(Payment, [*_paid(store_id, span), *_by_payer(group)])
    refunded = _rows(Refund, [*_refunded(store_id, span), _grouped(group, refunds={"$sum": 1}, **_total("refund"))])
    found: dict[Any, dict[str, int]] = {}
    for row in (*placed, *paid, *refunded):
        found.setdefault(row.pop("_id"), {}).update(row)
    return {key: Figures.from_stored(values) for key, values in found.items()}


def shoppers(store_id: ObjectId, spans: Mapping[str, Span]) -> dict[str, tuple[int, int]]:
    """Returns for each of the spans how many shoppers paid, and how many paid or placed an order."""
    whole = (min(start for start, _ in spans.values()), max(end for _, end in spans.values()))
    placed = [*_placed(store_id, whole), {"$addFields": {"paid": False}}]
    stages = [
        *_paid(store_id, whole),
        {"$addFields": {"paid": True}},
        {"$unionWith": {"coll": Order.collection().name, "pipeline": placed}},
        {"$group": {"_id": "$user_id", **{name: {"$max": flag} for name, flag in _flags(spans).items()}}},
        {"$group": {"_id": None, **{name: {"$sum": {"$toInt": f"${name}"}} for name in _flags(spans)}}},
    ]
    (row,) = _rows(Payment, stages) or [{}]
    return {name: (row.get(f"{name}_paid", 0), row.get(f"{name}_active", 0)) for name in spans}


def sold_lines(store_id: ObjectId, start: datetime, end: datetime) -> Stages:
    """Returns stages on payments that yield a row for each line of what was paid for in that time."""
    lines = {
        "$project": {"_id": 0, "items.product_id": 1, "items.category_id": 1, "items.quantity": 1, "items.amount": 1}
    }
    names = ("product_id", "category_id", "quantity", "amount")
    return [
        {"$match": _succeeded(store_id, (start, end))},
        {
            "$lookup": {
                "from": "orders",
                "localField": "order_id",
                "foreignField": "_id",
                "pipeline": [lines],
                "as": "order",
            }
        },
        {"$unwind": "$order"},
        {"$unwind": "$order.items"},
        {"$project": {"_id": 0, **{name: f"$order.items.{name}" for name in names}}},
    ]


def first_order_at(store_id: ObjectId) -> datetime | None:
    """Returns when the store's first order was placed."""
    raw = Order.collection().find_one({"store_id": store_id}, {"_id": 0, "created_at": 1}, sort=[("created_at", 1)])
    return None if raw is None else raw["created_at"]


def _placed(store_id: ObjectId, span: Span) -> Stages:
    return [
        {"$match": {"store_id": store_id, "created_at": _within(span)}},
        {"$project": {"_id": 0, "at": "$created_at", "user_id": 1}},
    ]


def _paid(store_id: ObjectId, span: Span) -> Stages:
    wanted = {"_id": 0, "at": "$succeeded_at", "user_id": 1, "amount_fen": 1}
    return [{"$match": _succeeded(store_id, span)}, {"$project": wanted}]


def _refunded(store_id: ObjectId, span: Span) -> Stages:
    return [
        {"$match": {"store_id": store_id, "succeeded_at": _within(span), "kind": _OF_ORDERS}},
        {"$project": {"_id": 0, "at": "$succeeded_at", "amount_fen": 1}},
    ]


def _succeeded(store_id: ObjectId, span: Span) -> dict[str, Any]:
    return {"store_id": store_id, "status": PaymentStatus.SUCCEEDED.value, "succeeded_at": _within(span)}


def _within(span: Span) -> dict[str, datetime]:
    start, end = span
    return {"$gte": start, "$lt": end}


def _by_payer(group: Group) -> Stages:
    """Returns stages that add up each shopper's payments, then the shoppers."""
    of_payer = {"_id": {"group": group, "user": "$user_id"}, "orders": {"$sum": 1}, "fen": {"$sum": "$amount_fen"}}
    sums_of_all = {"paid_orders": {"$sum": "$orders"}, "gmv": {"$sum": "$fen"}, "paying_users": {"$sum": 1}}
    return [{"$group": of_payer}, {"$group": {"_id": "$_id.group", **sums_of_all}}]


def _grouped(group: Group, **accumulated: Any) -> dict[str, Any]:
    return {"$group": {"_id": group, **accumulated}}


def _total(name: str) -> dict[str, Any]:
    return {f"{name}_amount": {"$sum": "$amount_fen"}}


def _flags(spans: Mapping[str, Span]) -> dict[str, Any]:
    flags: dict[str, Any] = {}
    for name, (start, end) in spans.items():
        inside = {"$and": [{"$gte": ["$at", start]}, {"$lt": ["$at", end]}]}
        flags[f"{name}_active"] = inside
        flags[f"{name}_paid"] = {"$and": ["$paid", inside]}
    return flags


def _rows(document: type[BaseDocument], stages: Stages) -> Stages:
    return list(document.collection().aggregate(stages, maxTimeMS=MAX_TIME_MS))
