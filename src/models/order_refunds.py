"""Guarded changes of what an order has promised to refunds, and of what was paid back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from src.models.orders import Order
from src.utils.order_states import OrderStatus


@dataclass(frozen=True)
class RefundShare:
    """Units of one line and their money in fen."""

    sku_id: ObjectId
    quantity: int
    amount: int


def hold_refund(
    order: Order,
    shares: Sequence[RefundShare],
    *,
    freight: int = 0,
    statuses: Collection[OrderStatus],
    now: datetime,
    session: ClientSession,
) -> Order | None:
    """Promises units and money of the order's lines, and `freight` fen of its freight, to a refund in a guarded update.

    None if the order is in none of the `statuses`, or less is left of a line, the freight or the order than is asked
    for.
    """
    amount = sum(share.amount for share in shares) + freight
    guard = {
        "status": {"$in": [status.value for status in statuses]},
        "refund_held": {"$not": {"$gt": order.total_amount - amount}},
        "freight_held": {"$not": {"$gt": order.freight_amount - freight}},
        **({"items": {"$all": _left_of_lines(order, shares)}} if shares else {}),
    }
    return _change_held(order, shares, freight, guard, sign=1, now=now, session=session)


def release_refund(
    order: Order, shares: Sequence[RefundShare], *, freight: int = 0, now: datetime, session: ClientSession
) -> Order | None:
    """Takes promised units, money and freight back from a refund; None if that much is not promised."""
    guard: dict[str, Any] = {"refund_held": {"$gte": sum(share.amount for share in shares) + freight}}
    if freight:
        guard["freight_held"] = {"$gte": freight}
    return _change_held(order, shares, freight, guard, sign=-1, now=now, session=session)


def add_refunded(order_id: ObjectId, amount: int, *, now: datetime, session: ClientSession) -> None:
    """Counts money that WeChat has paid back."""
    Order.collection().update_one(
        {"_id": order_id}, {"$inc": {"refunded_amount": amount}, "$set": {"updated_at": now}}, session=session
    )


def _left_of_lines(order: Order, shares: Sequence[RefundShare]) -> list[dict[str, Any]]:
    """Returns the condition that each line still has what is asked of it."""
    lines = {line.sku_id: line for line in order.items}
    return [
        {
            "$elemMatch": {
                "sku_id": share.sku_id,
                "refund_quantity": {"$not": {"$gt": lines[share.sku_id].quantity - share.quantity}},
                "refund_amount": {"$not": {"$gt": lines[share.sku_id].amount - share.amount}},
            }
        }
        for share in shares
    ]


def _change_held(
    order: Order,
    shares: Sequence[RefundShare],
    freight: int,
    guard: dict[str, Any],
    *,
    sign: int,
    now: datetime,
    session: ClientSession,
) -> Order | None:
    deltas = {"refund_held": sign * (sum(share.amount for share in shares) + freight)}
    if freight:
        deltas["freight_held"] = sign * freight
    for index, share in enumerate(shares):
        deltas[f"items.$[line{index}].refund_quantity"] = sign * share.quantity
        deltas[f"items.$[line{index}].refund_amount"] = sign * share.amount
    return Order.change(
        {"_id": order.id, "store_id": order.store_id, **guard},
        {"$inc": deltas, "$set": {"updated_at": now}},
        array_filters=[{f"line{index}.sku_id": share.sku_id} for index, share in enumerate(shares)],
        session=session,
    )
