"""Cancelling a paid order that was not shipped: everything goes back, the goods at once, the money at WeChat's pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from src.models.order_refunds import RefundShare, hold_refund
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund, RefundKind
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import Shopper
from src.services.events import record_order_event, record_refund_event
from src.services.refunds.execution import RefundExecution
from src.services.refunds.moves import release
from src.services.refunds.opening import new_refund
from src.services.stock.inventory import Inventory
from src.utils.clock import Clock
from src.utils.errors import OrderStateConflict
from src.utils.order_states import OrderStatus
from src.utils.refund_states import RefundStatus


@dataclass(frozen=True)
class _Left:
    """The units of an order that no refund has, with their money, and its freight in fen."""

    shares: Sequence[RefundShare]
    freight: int


class PaidCancelling:
    """Cancels paid orders with an automatic refund of what is left of them."""

    def __init__(
        self, *, inventory: Inventory, execution: RefundExecution, transactions: Transactions, clock: Clock
    ) -> None:
        self._inventory = inventory
        self._execution = execution
        self._transactions = transactions
        self._clock = clock

    def cancel(self, shopper: Shopper, found: Order) -> Order:
        """Returns the cancelled order: its goods are on the shelf, its money is on the way back.

        Raises:
            OrderStateConflict: it is not paid any more, for instance because it was shipped meanwhile.
        """
        contended = [found.id, *found.sku_ids]
        refund = self._transactions.run(lambda session: self._cancel(shopper, found, session), contended=contended)
        self._execution.drive(refund)
        cancelled = Order.find_in_store(found.store_id, found.id)
        assert cancelled is not None, "orders are never deleted"
        return cancelled

    def _cancel(self, shopper: Shopper, found: Order, session: Session) -> Refund:
        order = self._without_requests(shopper, self._reread(found, session), session)
        payment = Payment.find_succeeded(order.store_id, order.id, session=session)
        if order.status is not OrderStatus.PAID or order.is_partly_sent or payment is None:
            raise OrderStateConflict({"status": order.status.value})
        now, left = self._clock.now(), _left_of(order)
        paid = [OrderStatus.PAID]
        held = hold_refund(order, left.shares, freight=left.freight, statuses=paid, now=now, session=session)
        assert held is not None, "the snapshot of this transaction has the order paid"
        cancelled = order.move(OrderStatus.CANCELLED, actor=shopper.subject, reason="user", now=now, session=session)
        assert cancelled is not None, "the snapshot of this transaction has the order paid"
        record_order_event(cancelled, session=session)
        return self._give_back(shopper, cancelled, payment, left, session)

    def _without_requests(self, shopper: Shopper, order: Order, session: Session) -> Order:
        """Returns the order after its open refund requests were withdrawn: the cancellation covers them."""
        now = self._clock.now()
        for refund in Refund.list_of_order(order.store_id, order.id, session=session):
            if refund.status is RefundStatus.REQUESTED:
                release(
                    refund,
                    order,
                    RefundStatus.WITHDRAWN,
                    actor=shopper.subject,
                    reason="order_cancelled",
                    now=now,
                    session=session,
                )
        return self._reread(order, session)

    def _give_back(self, shopper: Shopper, order: Order, payment: Payment, left: _Left, session: Session) -> Refund:
        now = self._clock.now()
        refund = new_refund(
            RefundKind.CANCELLATION,
            order,
            payment,
            shares=left.shares,
            amount_fen=sum(share.amount for share in left.shares) + left.freight,
            freight_fen=left.freight,
            status=RefundStatus.PROCESSING,
            actor=shopper.subject,
            now=now,
        )
        refund.restocked = True
        refund.insert(session=session)
        record_refund_event(refund, session=session)
        self._inventory.restock(refund, now=now, session=session)
        return refund

    @staticmethod
    def _reread(order: Order, session: Session) -> Order:
        current = Order.find_in_store(order.store_id, order.id, session=session)
        assert current is not None, "orders are never deleted"
        return current


def _left_of(order: Order) -> _Left:
    shares = [
        RefundShare(line.sku_id, line.quantity - line.refund_quantity, line.amount - line.refund_amount)
        for line in order.items
        if line.refund_quantity < line.quantity
    ]
    return _Left(shares, order.freight_left)
