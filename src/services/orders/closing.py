"""Cancelling and expiring unpaid orders: unpayable at WeChat first, cancelled here second."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from bson import ObjectId

from src.models.orders import EXPIRED, Order
from src.models.payments import Payment
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import Shopper
from src.services.events import record_order_event
from src.services.orders.orders import Orders
from src.services.orders.paid_cancelling import PaidCancelling
from src.services.payments.payments import Payments
from src.services.stock.inventory import Inventory
from src.services.stores.stores import Stores
from src.services.wechat.errors import PayError, WeChatError
from src.utils.clock import Clock
from src.utils.errors import AppError, OrderStateConflict, Unavailable
from src.utils.order_states import OrderStatus

log = structlog.get_logger(__name__)

_TRIES = 3
_RETRY_AFTER = timedelta(minutes=5)


class _LostRace(Exception):
    """Somebody else moved the order or began a payment: nothing of this attempt may stay."""


@dataclass(frozen=True)
class ExpiryReport:
    """How many due orders were cancelled, turned out paid, or must be tried again."""

    cancelled: int
    paid: int
    failed: int

    @property
    def tried(self) -> int:
        return self.cancelled + self.paid + self.failed


class Closing:
    """Ends pending orders and gives their stock back, exactly once."""

    def __init__(
        self,
        *,
        stores: Stores,
        orders: Orders,
        payments: Payments,
        paid_cancelling: PaidCancelling,
        inventory: Inventory,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._orders = orders
        self._payments = payments
        self._paid_cancelling = paid_cancelling
        self._inventory = inventory
        self._transactions = transactions
        self._clock = clock

    def cancel(self, shopper: Shopper, order_id: ObjectId) -> Order:
        """Returns the cancelled order. A paid one that was not shipped is refunded; so is one that turns out paid.

        Raises:
            NotFound. OrderStateConflict: it is shipped, completed or cancelled.
            WeChatUnavailable: whether it is paid is not certain; nothing has changed. PaymentHeld.
        """
        order = self._orders.get_own(shopper, order_id)
        if order.status is OrderStatus.PENDING:
            order = self._close(order, actor=shopper.subject, reason="user")
            if order.status is OrderStatus.CANCELLED:
                return order
        if order.status is not OrderStatus.PAID:
            raise OrderStateConflict({"status": order.status.value})
        return self._paid_cancelling.cancel(shopper, order)

    def expire_due(self, *, limit: int) -> ExpiryReport:
        """Ends at most `limit` orders whose time is over.

        One that fails is tried again after a pause, so that it neither stops nor delays the rest.
        """
        due = Order.list_expired(self._clock.now(), limit=limit)
        ended = [self._expire(order) for order in due if self._claim(order)]
        return ExpiryReport(
            cancelled=ended.count(OrderStatus.CANCELLED), paid=ended.count(OrderStatus.PAID), failed=ended.count(None)
        )

    def _claim(self, order: Order) -> bool:
        now = self._clock.now()
        return order.claim_expiry(now=now, next_due_at=now + _RETRY_AFTER)

    def _expire(self, order: Order) -> OrderStatus | None:
        try:
            self._ask_wechat(order)
            ended: OrderStatus = self._close(order, actor="system", reason=EXPIRED).status
            return ended
        except (AppError, WeChatError) as error:
            log.warning("order_expiry_failed", order_no=order.order_no, reason=str(error))
        except Exception:  # one broken order or store must not stop the others
            log.exception("order_expiry_broken", order_no=order.order_no)
        return None

    def _ask_wechat(self, order: Order) -> None:
        store = self._stores.get(order.store_id)
        payment = Payment.find_live(store.id, order.id)
        if payment is None or order.total_amount == 0:
            return
        try:
            self._payments.settle_if_paid(store, payment)
        except PayError as error:
            if error.code != "ORDERNOTEXIST":
                raise

    def _close(self, order: Order, *, actor: str, reason: str) -> Order:
        """Returns the order as it is afterwards: cancelled, or paid if the money was faster."""
        store = self._stores.get(order.store_id)
        for _ in range(_TRIES):
            current = Order.find_in_store(store.id, order.id)
            assert current is not None, "orders are never deleted"
            if current.status is not OrderStatus.PENDING:
                return current
            payment = Payment.find_live(store.id, order.id)
            if payment is None or self._is_unpayable(store, payment):
                with suppress(_LostRace):
                    return self._cancel(current, payment, actor=actor, reason=reason)
        raise Unavailable()

    def _is_unpayable(self, store: Store, payment: Payment) -> bool:
        """Closes the attempt at WeChat; a free one has never been there."""
        return payment.amount_fen == 0 or self._payments.close_at_wechat(store, payment)

    def _cancel(self, order: Order, payment: Payment | None, *, actor: str, reason: str) -> Order:
        now = self._clock.now()

        def work(session: Session) -> Order:
            # Prepared since we looked, it may have been unknown at WeChat when we closed it there.
            if payment is not None and not Payment.mark_closed(
                payment.id, expected=payment.status, now=now, session=session
            ):
                raise _LostRace
            cancelled = order.move(
                OrderStatus.CANCELLED,
                actor=actor,
                reason=reason,
                now=now,
                # A payment attempt begun since we looked has not been closed at WeChat.
                guard={"payment_attempts": order.payment_attempts},
                session=session,
            )
            if cancelled is None:
                raise _LostRace
            self._inventory.release(cancelled, now=now, session=session)
            record_order_event(cancelled, session=session)
            return cancelled

        return self._transactions.run(work, contended=order.sku_ids)
