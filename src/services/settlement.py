"""Applying money to orders, exactly once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import structlog
from bson import ObjectId

from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.events import record_order_event, record_surplus_payment
from src.services.inventory import Inventory
from src.services.wechat.pay import Transaction
from src.utils.clock import Clock
from src.utils.metrics import SETTLEMENTS
from src.utils.order_states import OrderStatus

log = structlog.get_logger(__name__)


class Settlement(StrEnum):
    """What became of a paid transaction."""

    APPLIED = "applied"
    ALREADY_APPLIED = "already_applied"
    SURPLUS = "surplus"
    MISMATCH = "mismatch"
    UNKNOWN_PAYMENT = "unknown_payment"


class Settlements:
    """The only place that marks an order paid: from a verified notification, our own query, or a zero amount."""

    def __init__(self, *, transactions: Transactions, inventory: Inventory, clock: Clock) -> None:
        self._transactions = transactions
        self._inventory = inventory
        self._clock = clock

    def settle(self, paid: Transaction) -> Settlement:
        """Applies a paid transaction that came from WeChat; repeating it changes nothing.

        A transaction that differs from what we asked for is recorded on the payment and never applied. Money for
        an order that does not wait for it any more is recorded as surplus.
        """
        result = self._settle(paid)
        SETTLEMENTS.labels(result=result.value).inc()
        return result

    def settle_free(self, payment: Payment) -> bool:
        """Applies an order of zero fen, which WeChat Pay does not take; returns whether the order is paid with it."""
        assert payment.amount_fen == 0
        transaction_id, now = f"free-{payment.out_trade_no}", self._clock.now()
        result = self._run(payment, transaction_id, now, "system")
        return result is not Settlement.SURPLUS

    def _settle(self, paid: Transaction) -> Settlement:
        assert paid.state.is_paid and paid.transaction_id
        payment = Payment.find_by_out_trade_no(paid.out_trade_no)
        if payment is None:
            log.error("payment_unknown", out_trade_no=paid.out_trade_no)
            return Settlement.UNKNOWN_PAYMENT
        if differing := _differences(payment, paid):
            return self._hold(payment, differing)
        transaction_id, succeeded_at = paid.transaction_id, paid.success_time or self._clock.now()
        try:
            result = self._run(payment, transaction_id, succeeded_at, "wechat")
        except AlreadyStored:  # another payment of ours has this transaction id
            return self._hold(payment, ["transaction_id"])
        if result is Settlement.SURPLUS:
            log.error("payment_surplus", out_trade_no=paid.out_trade_no)
        return result

    def _run(self, payment: Payment, transaction_id: str, succeeded_at: datetime, actor: str) -> Settlement:
        order = Order.find_in_store(payment.store_id, payment.order_id)
        assert order is not None, "orders are never deleted"
        return self._transactions.run(
            lambda session: self._apply(payment.id, transaction_id, succeeded_at, actor, session),
            contended=order.sku_ids,
        )

    def _hold(self, payment: Payment, differing: list[str]) -> Settlement:
        Payment.record_mismatch(payment.id, differing, now=self._clock.now())
        log.error("payment_mismatch", out_trade_no=payment.out_trade_no, fields=differing)
        return Settlement.MISMATCH

    def _apply(
        self, payment_id: ObjectId, transaction_id: str, succeeded_at: datetime, actor: str, session: Session
    ) -> Settlement:
        payment = Payment.find_document({"_id": payment_id}, session=session)
        assert payment is not None
        order = Order.find_in_store(payment.store_id, payment.order_id, session=session)
        assert order is not None
        if payment.status is PaymentStatus.CLOSED and payment.amount_fen == 0:
            return Settlement.SURPLUS  # of nothing: there is no money to record
        awaited = order.status is OrderStatus.PENDING
        recorded = Payment.mark_received(
            payment.id,
            PaymentStatus.SUCCEEDED if awaited else PaymentStatus.SURPLUS,
            transaction_id=transaction_id,
            succeeded_at=succeeded_at,
            now=self._clock.now(),
            session=session,
        )
        if not recorded:
            return Settlement.ALREADY_APPLIED
        if awaited:
            self._pay_order(order, actor, session)
            return Settlement.APPLIED
        record_surplus_payment(order, payment, at=self._clock.now(), session=session)
        return Settlement.SURPLUS

    def _pay_order(self, order: Order, actor: str, session: Session) -> None:
        now = self._clock.now()
        paid = order.move(OrderStatus.PAID, actor=actor, now=now, session=session)
        assert paid is not None, "the snapshot of this transaction has the order pending"
        self._inventory.sell(paid, now=now, session=session)
        record_order_event(paid, session=session)


def _differences(payment: Payment, paid: Transaction) -> list[str]:
    asked_and_got = {
        "mchid": (payment.mchid, paid.mchid),
        "appid": (payment.appid, paid.appid),
        "openid": (payment.openid, paid.openid),
        "amount": (payment.amount_fen, paid.total_fen),
        "currency": (payment.currency, paid.currency),
    }
    return [name for name, (asked, got) in asked_and_got.items() if asked != got]
