"""How many documents of a store are in which status."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS, BaseDocument
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.stock import StockItem
from src.models.stock_lists import StockFilter
from src.utils.order_states import OrderStatus
from src.utils.refund_states import RefundStatus

# Nobody waits for the exact number of what is many.
MOST_COUNTED = 10_000


def orders_by_status(store_id: ObjectId) -> dict[OrderStatus, int]:
    return {status: _count(Order, {"store_id": store_id, "status": status.value}) for status in OrderStatus}


def refunds_by_status(store_id: ObjectId) -> dict[RefundStatus, int]:
    return {status: _count(Refund, {"store_id": store_id, "status": status.value}) for status in RefundStatus}


def held_payments(store_id: ObjectId) -> int:
    return _count(Payment, {"store_id": store_id, "held": True})


def sold_out_skus(store_id: ObjectId) -> int:
    queries = StockFilter(low_at=0).queries(store_id)
    return min(sum(_count(StockItem, {**query, "available": {"$lte": 0}}) for query in queries), MOST_COUNTED)


def _count(document: type[BaseDocument], query: dict[str, Any]) -> int:
    return document.collection().count_documents(query, limit=MOST_COUNTED, maxTimeMS=MAX_TIME_MS)
