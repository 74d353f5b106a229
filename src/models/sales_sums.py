"""Adding up orders, payments and refunds themselves, through indexes that have all that is added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.daily_shoppers import Shoppers
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


def sums(store_id: ObjectId, span: Span, group: Group, *, max_time_ms: int = MAX_TIME_MS) -> dict[Any, Figures]:
    """Returns the figures of each group that has any."""
    refunds = _grouped(group, refunds={"$sum": 1}, **_total("refund"))
    placed = _rows(Order, [*_placed(store_id, span), _grouped(group, orders={"$sum": 1})], max_time_ms)
    paid = _rows(Payment, [*_paid(store_id, span), *_by_payer(group)], max_time_ms)
    refunded = _rows(Refund, [*_refunded(store_id, span), refunds], max_time_ms)
    found: dict[Any, dict[str, int]] = {}
    for row in (*placed, *paid, *refunded):
        found.setdefault(row.pop("_id"), {}).update(row)
    return {key: Figures.from_stored(values) for key, values in found.items()}


def shoppers_by_day(
    store_id: ObjectId, span: Span, time_zone: str, *, max_time_ms: int = MAX_TIME_MS
) -> dict[str, Shoppers]:
    """Returns who paid, and who placed an order and did not pay, on each day that has anybody."""
    by_user = {"$group": {"_id": {"day": by_day(time_zone), "user": "$user_id"}}}
    paid, placed = defaultdict[str, set[bytes]](set), defaultdict[str, set[bytes]](set)
    for row in _rows(Payment, [*_paid(store_id, span), by_user], max_time_ms):
        paid[row["_id"]["day"]].add(row["_id"]["user"].binary)
    for row in _rows(Order, [*_placed(store_id, span), by_user], max_time_ms):
        placed[row["_id"]["day"]].add(row["_id"]["user"].binary)
    return {day: Shoppers(frozenset(paid[day]), frozenset(placed[day] - paid[day])) for day in {*paid, *placed}}


def succeeded_within(store_id: ObjectId, span: Span) -> dict[str, Any]:
    """Returns the query of the payments that paid an order in that time."""
    return {"store_id": store_id, "status": PaymentStatus.SUCCEEDED.value, "succeeded_at": _within(span)}


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
    return [{"$match": succeeded_within(store_id, span)}, {"$project": wanted}]


def _refunded(store_id: ObjectId, span: Span) -> Stages:
    return [
        {"$match": {"store_id": store_id, "succeeded_at": _within(span), "kind": _OF_ORDERS}},
        {"$project": {"_id": 0, "at": "$succeeded_at", "amount_fen": 1}},
    ]


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


def _rows(document: type[BaseDocument], stages: Stages, max_time_ms: int = MAX_TIME_MS) -> Stages:
    return list(document.collection().aggregate(stages, maxTimeMS=max_time_ms))
