"""The events that merchants can have sent, with the fields of their data."""

from __future__ import annotations

from collections.abc import Iterable

PING = "webhook.ping"

_ORDER = ("orderNo", "totalAmount", "reason")
_PAYMENT = ("orderId", "orderNo", "outTradeNo", "amount")
_REFUND = ("orderId", "orderNo", "refundNo", "amount", "reason")

EVENT_FIELDS: dict[str, tuple[str, ...]] = {
    "order.placed": _ORDER,
    "order.paid": _ORDER,
    "order.cancelled": _ORDER,
    "order.shipped": _ORDER,
    "order.completed": _ORDER,
    "payment.succeeded": _PAYMENT,
    "payment.surplus": _PAYMENT,
    "payment.held": (*_PAYMENT, "mismatches"),
    "refund.requested": _REFUND,
    "refund.approved": _REFUND,
    "refund.rejected": _REFUND,
    "refund.withdrawn": _REFUND,
    "refund.returned": _REFUND,
    "refund.processing": _REFUND,
    "refund.succeeded": _REFUND,
    "refund.abnormal": _REFUND,
    "stock.low": ("productId", "available"),
    "reconciliation.differs": ("date", "missingHere", "missingThere", "amountsDiffer"),
}

ANY = "*"
FAMILIES = tuple(sorted({f"{name.partition('.')[0]}.*" for name in EVENT_FIELDS}))
FILTERS = (ANY, *FAMILIES, *EVENT_FIELDS)


def matches(event_type: str, filters: Iterable[str]) -> bool:
    """Returns whether one of the filters lets this type through."""
    wanted = {ANY, event_type, f"{event_type.partition('.')[0]}.*"}
    return not wanted.isdisjoint(filters)
