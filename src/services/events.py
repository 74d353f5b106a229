"""Facts for the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from src.models.events import Event
from src.models.orders import Order
from src.models.payments import Payment
from src.models.reconciliations import Reconciliation
from src.models.refunds import Refund
from src.models.stock import StockItem
from src.models.transaction import Session
from src.utils.order_states import OrderStatus
from src.utils.refund_states import RefundStatus

_AGGREGATES = {
    Order: "order",
    Payment: "payment",
    Refund: "refund",
    StockItem: "sku",
    Reconciliation: "reconciliation",
}
_ORDER_EVENTS = {
    OrderStatus.PENDING: "order.placed",
    OrderStatus.PAID: "order.paid",
    OrderStatus.SHIPPED: "order.shipped",
    OrderStatus.COMPLETED: "order.completed",
    OrderStatus.CANCELLED: "order.cancelled",
}
_REFUND_EVENTS = {
    RefundStatus.REQUESTED: "refund.requested",
    RefundStatus.AWAITING_RETURN: "refund.approved",
    RefundStatus.RETURNING: "refund.returned",
    RefundStatus.PROCESSING: "refund.processing",
    RefundStatus.ABNORMAL: "refund.abnormal",
    RefundStatus.SUCCEEDED: "refund.succeeded",
    RefundStatus.REJECTED: "refund.rejected",
    RefundStatus.WITHDRAWN: "refund.withdrawn",
}


def record_order_event(order: Order, *, session: Session) -> None:
    """Writes the event of the order's latest status change; its `seq` is that change's."""
    change = order.history[-1]
    data = {"orderNo": order.order_no, "totalAmount": order.total_amount, "reason": change.reason}
    _record(order, _ORDER_EVENTS[order.status], data, seq=change.seq, at=change.at, session=session)


def record_refund_event(refund: Refund, *, session: Session) -> None:
    """Writes the event of the refund's latest status change; its `seq` is that change's."""
    change = refund.history[-1]
    data = {
        "orderId": str(refund.order_id),
        "orderNo": refund.order_no,
        "refundNo": refund.refund_no,
        "amount": refund.amount_fen,
        "reason": change.reason,
    }
    _record(refund, _REFUND_EVENTS[refund.status], data, seq=change.seq, at=change.at, session=session)


def record_payment_event(payment: Payment, order_no: str, name: str, *, at: datetime, session: Session) -> None:
    """Writes `payment.<name>`: `succeeded`, `surplus` (no order takes the money) or `held` (it is not what was asked).

    `payment` is as it is after its `event_seq` was counted.
    """
    money = payment.captured_fen if payment.captured_fen is not None else payment.amount_fen
    data = {"orderId": str(payment.order_id), "orderNo": order_no, "outTradeNo": payment.out_trade_no, "amount": money}
    if name == "held":
        data["mismatches"] = list(payment.mismatches)
    _record(payment, f"payment.{name}", data, seq=payment.event_seq, at=at, session=session)


def record_low_stock(item: StockItem, *, at: datetime, session: Session) -> None:
    """Writes that few units of a SKU are left."""
    data = {"productId": str(item.product_id), "available": item.available}
    seq = StockItem.next_event_seq(item.id, session=session)
    _record(item, "stock.low", data, seq=seq, at=at, session=session)


def record_reconciliation_event(report: Reconciliation, *, at: datetime, session: Session) -> None:
    """Writes that the books and the bill of a day differ. `report` is as it is after its `event_seq` was counted."""
    data = {
        "date": report.day,
        "missingHere": report.missing_here,
        "missingThere": report.missing_there,
        "amountsDiffer": report.amounts_differ,
    }
    _record(report, "reconciliation.differs", data, seq=report.event_seq, at=at, session=session)


def _record(
    subject: Order | Refund | Payment | StockItem | Reconciliation,
    event_type: str,
    data: dict[str, Any],
    *,
    seq: int,
    at: datetime,
    session: Session,
) -> None:
    Event(
        store_id=subject.store_id,
        aggregate=_AGGREGATES[type(subject)],
        aggregate_id=subject.id,
        seq=seq,
        type=event_type,
        data=data,
        occurred_at=at,
    ).insert(session=session)
