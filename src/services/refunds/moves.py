"""Moves of refunds inside a transaction, each with its event."""

from __future__ import annotations

from datetime import datetime

from src.models.order_refunds import add_refunded, release_refund
from src.models.orders import Order
from src.models.refunds import Refund, RefundKind
from src.models.transaction import Session
from src.services.events import record_refund_event
from src.services.refunds.freight import take_freight_from_requests
from src.services.refunds.opening import shares_of
from src.services.statistics.lateness import note_if_late
from src.utils.errors import RefundStateConflict
from src.utils.refund_states import RefundStatus, refund_states


def reread(found: Refund, *, session: Session) -> tuple[Refund, Order]:
    """Returns the refund and its order as the transaction sees them."""
    refund = Refund.find_in_store(found.store_id, found.id, session=session)
    order = Order.find_in_store(found.store_id, found.order_id, session=session)
    assert refund is not None and order is not None, "neither is ever deleted"
    return refund, order


def move(
    refund: Refund,
    target: RefundStatus,
    *,
    actor: str,
    now: datetime,
    session: Session,
    reason: str = "",
    values: dict[str, object] | None = None,
    unset: tuple[str, ...] = (),
) -> Refund:
    """Moves a refund that was read in this transaction. Raises RefundStateConflict if it cannot go there."""
    if not refund_states.allows(refund.status, target):
        raise RefundStateConflict({"status": refund.status.value})
    moved = refund.move(target, actor=actor, reason=reason, values=values, unset=unset, now=now, session=session)
    assert moved is not None, "the snapshot of this transaction has the refund in this status"
    record_refund_event(moved, session=session)
    return moved


def succeed(
    refund: Refund,
    *,
    actor: str,
    now: datetime,
    session: Session,
    reason: str = "",
    values: dict[str, object] | None = None,
) -> Refund:
    """Notes that the money is back; nothing is due at WeChat any more."""
    succeeded = move(
        refund,
        RefundStatus.SUCCEEDED,
        actor=actor,
        reason=reason,
        values={"problem": "", **(values or {})},
        unset=("due_at",),
        now=now,
        session=session,
    )
    if succeeded.kind is not RefundKind.SURPLUS:
        add_refunded(succeeded.order_id, succeeded.amount_fen, now=now, session=session)
        note_if_late(succeeded.store_id, succeeded.succeeded_at, now=now, session=session)
    return succeeded


def release(
    refund: Refund,
    order: Order,
    target: RefundStatus,
    *,
    actor: str,
    now: datetime,
    session: Session,
    reason: str = "",
    values: dict[str, object] | None = None,
) -> Refund:
    """Ends a refund that pays nothing back: its units, money and freight are the order's again.

    Other requests no longer leave nothing of the order, so they ask for its freight no longer.
    """
    released = move(refund, target, actor=actor, reason=reason, values=values, now=now, session=session)
    # As it is now: another release of this transaction may have taken its freight away.
    freed = release_refund(order, shares_of(released), freight=released.freight_fen, now=now, session=session)
    assert freed is not None, "the order holds what its refunds ask for"
    take_freight_from_requests(freed, now=now, session=session)
    return released
