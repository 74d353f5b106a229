"""Facts for the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.events import Event
from src.models.orders import Order
from src.models.transaction import Session
from src.utils.order_states import OrderStatus

_ORDER_EVENTS = {
    OrderStatus.PENDING: "order.placed",
    OrderStatus.PAID: "order.paid",
    OrderStatus.SHIPPED: "order.shipped",
    OrderStatus.COMPLETED: "order.completed",
    OrderStatus.CANCELLED: "order.cancelled",
}


def record_order_event(order: Order, *, session: Session) -> None:
    """Writes the event of the order's latest status change; its `seq` is that change's."""
    change = order.history[-1]
    _record(
        "order",
        order.store_id,
        order.id,
        change.seq,
        _ORDER_EVENTS[order.status],
        {"orderNo": order.order_no, "totalAmount": order.total_amount, "reason": change.reason},
        change.at,
        session,
    )


def record_surplus_payment(
    store_id: ObjectId, payment_id: ObjectId, data: dict[str, Any], *, at: datetime, session: Session
) -> None:
    """Writes that money arrived which its order does not take."""
    _record("payment", store_id, payment_id, 1, "payment.surplus", data, at, session)


def _record(
    aggregate: str,
    store_id: ObjectId,
    aggregate_id: ObjectId,
    seq: int,
    event_type: str,
    data: dict[str, Any],
    at: datetime,
    session: Session,
) -> None:
    Event(
        store_id=store_id,
        aggregate=aggregate,
        aggregate_id=aggregate_id,
        seq=seq,
        type=event_type,
        data=data,
        occurred_at=at,
    ).insert(session=session)
