"""What a store sold, by days of a time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS, BaseDocument
from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus


def orders_by_day(store_id: ObjectId, start: datetime, end: datetime, time_zone: str) -> dict[str, int]:
    """Returns how many orders were placed on each day that has any."""
    placed = {"store_id": store_id, "created_at": {"$gte": start, "$lt": end}}
    return _added_up(Order, placed, _day_of("created_at", time_zone), 1)


def paid_by_day(store_id: ObjectId, start: datetime, end: datetime, time_zone: str) -> dict[str, int]:
    """Returns how much, in fen, was paid for orders on each day on which anything was."""
    succeeded = {"status": PaymentStatus.SUCCEEDED.value, "succeeded_at": {"$gte": start, "$lt": end}}
    return _added_up(Payment, {"store_id": store_id, **succeeded}, _day_of("succeeded_at", time_zone), "$amount_fen")


def _day_of(moment: str, time_zone: str) -> dict[str, Any]:
    return {"$dateToString": {"date": f"${moment}", "format": "%Y-%m-%d", "timezone": time_zone}}


def _added_up(document: type[BaseDocument], query: dict[str, Any], key: Any, amount: Any) -> dict[str, int]:
    stages = [{"$match": query}, {"$group": {"_id": key, "amount": {"$sum": amount}}}]
    return {row["_id"]: row["amount"] for row in document.collection().aggregate(stages, maxTimeMS=MAX_TIME_MS)}
