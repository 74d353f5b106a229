"""A long past of believable orders, written straight into a scratch database that has no indexes yet."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from bson import ObjectId

from src.models.order_search import search_keys
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.stock_moves import StockMove
from src.utils.ids import new_order_no

BATCH = 2_000
DAYS = 365
_OPEN_FOR = timedelta(days=10)
_NAMES = ["林小满", "王芳", "李强", "张伟", "刘洋", "陈静", "杨敏", "赵磊", "周杰", "吴婷"]
Raw = dict[str, Any]


@dataclass(frozen=True)
class Sold:
    """What an order's line says of a product."""

    product_id: ObjectId
    sku_id: ObjectId
    category_id: ObjectId | None
    name: str
    price: int


@dataclass(frozen=True)
class _Past:
    store_id: ObjectId
    catalogue: Sequence[Sold]
    chance: random.Random
    now: datetime


def fill(store_id: ObjectId, catalogue: Sequence[Sold], orders: int, now: datetime) -> Iterator[int]:
    """Store this many orders of the last DAYS days with what follows from them; yield after each batch how many.

    Payments, refunds, and of each line the last of its stock moves.
    """
    past = _Past(store_id, catalogue, random.Random(orders), now)
    users = [ObjectId() for _ in range(max(1, orders // 5))]
    for start in range(0, orders, BATCH):
        batch = range(start, min(start + BATCH, orders))
        rows = [_order(past, number / orders, past.chance.choice(users)) for number in batch]
        payments = [_payment(order) for order in rows if "paid_at" in order]
        refunds = [_refund(payment, past.chance) for payment in payments if past.chance.random() < 0.03]
        moves = [_move(order, line) for order in rows for line in order["items"]]
        for document, found in ((Order, rows), (Payment, payments), (Refund, refunds), (StockMove, moves)):
            if found:
                document.collection().insert_many(found, ordered=False)
        yield batch.stop


def _order(past: _Past, age: float, user_id: ObjectId) -> Raw:
    chance, at = past.chance, past.now - timedelta(days=DAYS * (1 - age))
    wanted = min(len(past.catalogue), chance.choice((1, 1, 2, 3)))
    lines = [_line(sold, chance) for sold in chance.sample(past.catalogue, wanted)]
    order: Raw = {
        "_id": ObjectId(),
        "store_id": past.store_id,
        "user_id": user_id,
        "order_no": new_order_no(at),
        "status": _status(past.now - at, chance),
        "items": lines,
        "total_amount": sum(line["amount"] for line in lines),
        "refund_held": 0,
        "refunded_amount": 0,
        "address": _address(chance),
        "note": "",
        "staff_note": "",
        "payment_attempts": 1,
        "expires_at": at + timedelta(minutes=30),
        "expiry_due_at": at + timedelta(minutes=30),
        "created_at": at,
        "updated_at": at,
        "history": [{"seq": 1, "target": "pending", "actor": f"user:{user_id}", "reason": "", "at": at}],
    }
    found_by = SimpleNamespace(
        order_no=order["order_no"],
        address=SimpleNamespace(**order["address"]),
        items=[SimpleNamespace(**line) for line in lines],
        shipped_parcels=[],
    )
    order["search_keys"] = search_keys(cast(Order, found_by), total_amount=order["total_amount"])
    if order["status"] not in ("pending", "cancelled"):
        order["paid_at"] = at + timedelta(minutes=1)
    return order


def _line(sold: Sold, chance: random.Random) -> Raw:
    quantity = chance.choice((1, 1, 1, 2, 3))
    return {
        "product_id": sold.product_id,
        "sku_id": sold.sku_id,
        "category_id": sold.category_id,
        "name": sold.name,
        "specs": {},
        "image": "",
        "price": sold.price,
        "quantity": quantity,
        "amount": sold.price * quantity,
        "refund_quantity": 0,
        "refund_amount": 0,
    }


def _status(age: timedelta, chance: random.Random) -> str:
    if chance.random() < 0.12:
        return "cancelled"
    if age > _OPEN_FOR:
        return "completed"
    if age < timedelta(minutes=30):
        return "pending"
    return "paid" if age < timedelta(days=2) else "shipped"


def _address(chance: random.Random) -> Raw:
    return {
        "name": chance.choice(_NAMES),
        "phone": f"1{chance.randrange(3_000_000_000, 9_999_999_999)}",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "detail": "龙井路 1 号",
    }


def _payment(order: Raw) -> Raw:
    at = order["paid_at"]
    return {
        "_id": ObjectId(),
        "store_id": order["store_id"],
        "order_id": order["_id"],
        "user_id": order["user_id"],
        "out_trade_no": order["order_no"],
        "attempt": 1,
        "status": "succeeded",
        "live": False,
        "amount_fen": order["total_amount"],
        "received_fen": order["total_amount"],
        "transaction_id": f"bench-{order['order_no']}",
        "succeeded_at": at,
        "query_due_at": at,
        "created_at": at,
        "updated_at": at,
    }


def _refund(payment: Raw, chance: random.Random) -> Raw:
    at = payment["succeeded_at"] + timedelta(days=chance.randrange(0, 30))
    number = f"R{payment['out_trade_no']}"
    return {
        "_id": ObjectId(),
        "store_id": payment["store_id"],
        "order_id": payment["order_id"],
        "order_no": payment["out_trade_no"],
        "user_id": payment["user_id"],
        "payment_id": payment["_id"],
        "kind": "after_sale",
        "refund_no": number,
        "out_refund_no": number,
        "status": "succeeded",
        "asked_fen": payment["amount_fen"],
        "amount_fen": payment["amount_fen"],
        "accepted_at": at,
        "succeeded_at": at,
        "created_at": at,
        "updated_at": at,
    }


def _move(order: Raw, line: Raw) -> Raw:
    kind, at = ("sell", order["paid_at"]) if "paid_at" in order else ("reserve", order["created_at"])
    available, reserved, sold = (0, -1, 1) if kind == "sell" else (-1, 1, 0)
    return {
        "_id": ObjectId(),
        "store_id": order["store_id"],
        "sku_id": line["sku_id"],
        "product_id": line["product_id"],
        "kind": kind,
        "available_delta": available * line["quantity"],
        "reserved_delta": reserved * line["quantity"],
        "sold_delta": sold * line["quantity"],
        "order_id": order["_id"],
        "created_at": at,
    }
