"""Facts for the outbox."""

from __future__ import annotations

from datetime import datetime

from src.models.events import Event
from src.models.orders import Order
from src.models.payments import Payment
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
    Event(
        store_id=order.store_id,
        aggregate="order",
        aggregate_id=order.id,
        seq=change.seq,
        type=_ORDER_EVENTS[order.status],
        data={"orderNo": order.order_no, "totalAmount": order.total_amount, "reason": change.reason},
        occurred_at=change.at,
    ).insert(session=session)


def record_surplus_payment(order: Order, payment: Payment, *, at: datetime, session: Session) -> None:
    """Writes that money arrived which its order does not take."""
    Event(
        store_id=order.store_id,
        aggregate="payment",
        aggregate_id=payment.id,
        seq=1,
        type="payment.surplus",
        data={"orderNo": order.order_no, "outTradeNo": payment.out_trade_no, "amountFen": payment.amount_fen},
        occurred_at=at,
    ).insert(session=session)
