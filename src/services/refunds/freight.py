"""Freight goes back with the refund that ends an order of which nothing was sent, and with no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from src.models.order_refunds import RefundShare, hold_refund, release_refund
from src.models.orders import REFUNDABLE, Order
from src.models.refunds import Refund
from src.models.transaction import Session
from src.utils.refund_states import RefundStatus

_GOING_BACK = frozenset({RefundStatus.PROCESSING, RefundStatus.ABNORMAL, RefundStatus.SUCCEEDED})


def freight_asked(order: Order, shares: Sequence[RefundShare]) -> int:
    """Returns the freight in fen that a request for these units asks back: all, if it leaves none of an unsent order.

    Whether other requests are granted shows later, see `with_freight`.
    """
    left = sum(line.quantity - line.refund_quantity for line in order.items)
    leaves_none = sum(share.quantity for share in shares) == left
    return order.freight_left if order.is_unsent and leaves_none else 0


def ends_order(refund: Refund, order: Order, *, session: Session) -> bool:
    """Returns whether every unit of the order goes back once this refund does."""
    refunds = Refund.list_of_order(order.store_id, order.id, session=session)
    going = [found for found in refunds if found.status in _GOING_BACK or found.id == refund.id]
    units = sum(line.quantity for found in going for line in found.items)
    return bool(units == sum(line.quantity for line in order.items))


def with_freight(refund: Refund, order: Order, fen: int, *, now: datetime, session: Session) -> Refund:
    """Returns the request with so much freight in it; the order has promised as much."""
    more = fen - refund.freight_fen
    if more == 0:
        return refund
    if more > 0:
        promised = hold_refund(order, [], freight=more, statuses=REFUNDABLE, now=now, session=session)
    else:
        promised = release_refund(order, [], freight=-more, now=now, session=session)
    changed = refund.change_freight(more, now=now, session=session)
    assert promised is not None and changed is not None, "the snapshot of this transaction has both as they were read"
    return changed


def take_freight_from_requests(order: Order, *, now: datetime, session: Session) -> None:
    """Has no request ask for freight any more, because some of the order is not given up after all."""
    for refund in Refund.list_of_order(order.store_id, order.id, session=session) if order.freight_held else ():
        if refund.status is RefundStatus.REQUESTED:
            with_freight(refund, order, 0, now=now, session=session)
