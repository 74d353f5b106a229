"""Making refund documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from src.models.order_refunds import RefundShare
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund, RefundChange, RefundKind, RefundLine
from src.utils.ids import new_order_no
from src.utils.refund_states import RefundStatus


def new_refund(
    kind: RefundKind,
    order: Order,
    payment: Payment,
    *,
    shares: Sequence[RefundShare] = (),
    amount_fen: int,
    freight_fen: int = 0,
    status: RefundStatus,
    actor: str,
    now: datetime,
    reason: str = "",
) -> Refund:
    """Returns a refund to be inserted; one that begins as `processing` is due at WeChat at once.

    `freight_fen` is the part of `amount_fen` that is not of the lines.
    """
    refund_no = f"R{new_order_no(now)}"
    return Refund(
        id=ObjectId(),
        store_id=order.store_id,
        kind=kind,
        order_id=order.id,
        order_no=order.order_no,
        user_id=order.user_id,
        payment_id=payment.id,
        refund_no=refund_no,
        out_refund_no=refund_no,
        status=status,
        items=refund_lines(order, shares),
        asked_fen=amount_fen,
        amount_fen=amount_fen,
        freight_fen=freight_fen,
        reason=reason,
        history=[RefundChange(seq=1, target=status, actor=actor, at=now)],
        due_at=now if status is RefundStatus.PROCESSING else None,
        created_at=now,
        updated_at=now,
    )


def refund_lines(order: Order, shares: Sequence[RefundShare]) -> list[RefundLine]:
    lines = {line.sku_id: line for line in order.items}
    return [
        RefundLine(
            product_id=lines[share.sku_id].product_id,
            sku_id=share.sku_id,
            name=lines[share.sku_id].name,
            quantity=share.quantity,
            amount=share.amount,
        )
        for share in shares
    ]


def shares_of(refund: Refund) -> list[RefundShare]:
    """Returns what the refund holds of its order's lines."""
    return [RefundShare(line.sku_id, line.quantity, line.amount) for line in refund.items]
