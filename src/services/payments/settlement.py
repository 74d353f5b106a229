"""Applying money to orders, exactly once."""

from __future__ import annotations

from enum import StrEnum

import structlog
from bson import ObjectId

from src.models.orders import Order
from src.models.payments import HeldMoney, Payment, PaymentStatus
from src.models.products import Product
from src.models.refunds import RefundKind
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.events import record_order_event, record_payment_event, record_refund_event
from src.services.refunds.opening import new_refund
from src.services.statistics.lateness import note_if_late
from src.services.stock.inventory import Inventory
from src.services.wechat.pay import Transaction
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound, PaymentNotHeld
from src.utils.metrics import SETTLEMENTS
from src.utils.order_states import OrderStatus
from src.utils.refund_states import RefundStatus

__all__ = ["PaymentStatus", "Settlement", "Settlements"]

log = structlog.get_logger(__name__)


class Settlement(StrEnum):
    """What became of a paid transaction."""

    APPLIED = "applied"
    ALREADY_APPLIED = "already_applied"
    REVIVED = "revived"
    SURPLUS = "surplus"
    MISMATCH = "mismatch"
    UNKNOWN_PAYMENT = "unknown_payment"


class _AnotherTransaction(Exception):
    """The payment has had its money, under another transaction id."""


class _CannotRevive(Exception):
    """A line of the cancelled order is not there any more: nothing of this attempt may stay."""


class Settlements:
    """The only place that marks an order paid: from a verified notification, our own query, or a zero amount."""

    def __init__(self, *, transactions: Transactions, inventory: Inventory, clock: Clock) -> None:
        self._transactions = transactions
        self._inventory = inventory
        self._clock = clock

    def settle(self, paid: Transaction) -> Settlement:
        """Applies a paid transaction that came from WeChat; repeating it changes nothing.

        Money that differs from what we asked for is held for staff and never applied. Money for an order that has
        expired revives it if every line is still there. Any other money that no order takes is sent back by itself.
        """
        result = self._settle(paid)
        SETTLEMENTS.labels(result=result.value).inc()
        return result

    def settle_free(self, payment: Payment) -> bool:
        """Applies an order of zero fen, which WeChat Pay does not take; returns whether the order is paid with it."""
        assert payment.amount_fen == 0
        money = HeldMoney(transaction_id=f"free-{payment.out_trade_no}", amount_fen=0, succeeded_at=self._clock.now())
        return self._run(payment, money, "system") is not Settlement.SURPLUS

    def send_back(self, staff: StaffMember, payment_id: ObjectId) -> Payment:
        """Sends held money back and returns the payment: its order waits for another payment, or may end.

        Raises:
            NotFound. PaymentNotHeld: nothing is held (any more), or the money is another payment's.
        """
        found = Payment.find_in_store(staff.store_id, payment_id)
        if found is None:
            raise NotFound()
        try:
            return self._send_back(staff, found)
        except AlreadyStored:
            transaction_id = found.held_money.transaction_id
            if Payment.find_by_transaction_id(transaction_id) is None:
                raise
            # Another payment has this transaction: it accounts for the money, and there is nothing here to return.
            Payment.disown_held_money(found.id, transaction_id, now=self._clock.now())
            raise PaymentNotHeld() from None

    def _send_back(self, staff: StaffMember, found: Payment) -> Payment:
        def work(session: Session) -> Payment:
            payment = Payment.find_in_store(found.store_id, found.id, session=session)
            if payment is None or not payment.held:
                raise PaymentNotHeld()
            order = Order.find_in_store(payment.store_id, payment.order_id, session=session)
            assert order is not None, "orders are never deleted"
            returned = self._return_money(order, payment, payment.held_money, staff.subject, session)
            changes = {"status": (payment.status, returned.status), "held": (payment.held, returned.held)}
            now = self._clock.now()
            record_action(staff, Action.PAYMENT_SEND_BACK, "payment", payment.id, changes, at=now, session=session)
            return returned

        return self._transactions.run(work, contended=[found.order_id])

    def _settle(self, paid: Transaction) -> Settlement:
        assert paid.state.is_paid and paid.transaction_id
        payment = Payment.find_by_out_trade_no(paid.out_trade_no)
        if payment is None:
            log.error("payment_unknown", out_trade_no=paid.out_trade_no)
            return Settlement.UNKNOWN_PAYMENT
        money = HeldMoney(
            transaction_id=paid.transaction_id,
            amount_fen=paid.total_fen,
            succeeded_at=paid.success_time or self._clock.now(),
        )
        if differing := _differences(payment, paid):
            # What another merchant number received cannot be sent back by this one.
            return self._hold(payment, differing, None if "mchid" in differing else money)
        try:
            result = self._run(payment, money, "wechat")
        except (AlreadyStored, _AnotherTransaction):  # a number has one transaction, and a transaction one number
            return self._hold(payment, ["transaction_id"], None)
        if result is Settlement.SURPLUS:
            log.error("payment_surplus", out_trade_no=paid.out_trade_no)
        return result

    def _run(self, payment: Payment, money: HeldMoney, actor: str) -> Settlement:
        order = Order.find_in_store(payment.store_id, payment.order_id)
        assert order is not None, "orders are never deleted"
        contended = [order.id, *order.sku_ids]
        try:
            return self._transactions.run(
                lambda session: self._apply(payment, money, actor, session, may_revive=True), contended=contended
            )
        except _CannotRevive:
            return self._transactions.run(
                lambda session: self._apply(payment, money, actor, session, may_revive=False), contended=contended
            )

    def _hold(self, payment: Payment, differing: list[str], money: HeldMoney | None) -> Settlement:
        """Keeps the money for staff, if there is any and this payment has not had its own; records the difference."""
        now = self._clock.now()
        log.error("payment_mismatch", out_trade_no=payment.out_trade_no, fields=differing)

        def work(session: Session) -> None:
            current = Payment.find_document({"_id": payment.id}, session=session)
            assert current is not None, "payments are never deleted"
            kept = None if current.is_received else money
            held = Payment.hold(payment.id, differing, kept, now=now, session=session)
            order = Order.find_in_store(payment.store_id, payment.order_id, session=session)
            if held is not None and order is not None:
                record_payment_event(held, order.order_no, "held", at=now, session=session)

        self._transactions.run(work, contended=[payment.order_id])
        return Settlement.MISMATCH

    def _apply(
        self, payment: Payment, money: HeldMoney, actor: str, session: Session, *, may_revive: bool
    ) -> Settlement:
        current = Payment.find_document({"_id": payment.id}, session=session)
        order = Order.find_in_store(payment.store_id, payment.order_id, session=session)
        assert current is not None and order is not None, "neither is ever deleted"
        if current.is_received:
            if current.transaction_id != money.transaction_id:
                raise _AnotherTransaction
            return Settlement.ALREADY_APPLIED
        if current.status is PaymentStatus.CLOSED and current.amount_fen == 0:
            return Settlement.SURPLUS  # of nothing: there is no money to send back
        if current.amount_fen != order.total_amount:  # asked for before staff changed the price
            self._return_money(order, current, money, actor, session)
            return Settlement.SURPLUS
        if order.status is OrderStatus.PENDING:
            self._pay(order, current, money, actor, session)
            return Settlement.APPLIED
        if may_revive and order.is_revivable:
            self._revive(order, current, money, actor, session)
            return Settlement.REVIVED
        self._return_money(order, current, money, actor, session)
        return Settlement.SURPLUS

    def _pay(self, order: Order, payment: Payment, money: HeldMoney, actor: str, session: Session) -> None:
        paid = self._move_to_paid(order, payment, money, actor, reason="", session=session)
        self._inventory.sell(paid, now=self._clock.now(), session=session)

    def _revive(self, order: Order, payment: Payment, money: HeldMoney, actor: str, session: Session) -> None:
        on_sale = Product.list_on_sale_by_ids(order.store_id, list({line.product_id for line in order.items}))
        if not set(order.sku_ids) <= {sku.id for product in on_sale for sku in product.active_skus}:
            raise _CannotRevive
        paid = self._move_to_paid(order, payment, money, actor, reason="late_payment", session=session)
        if not self._inventory.resell(paid, now=self._clock.now(), session=session):
            raise _CannotRevive

    def _move_to_paid(
        self, order: Order, payment: Payment, money: HeldMoney, actor: str, *, reason: str, session: Session
    ) -> Order:
        now = self._clock.now()
        self._receive(order, payment, PaymentStatus.SUCCEEDED, money, session)
        paid = order.move(
            OrderStatus.PAID, actor=actor, reason=reason, unset=("cancelled_at",), now=now, session=session
        )
        assert paid is not None, "the snapshot of this transaction has the order in this status"
        record_order_event(paid, session=session)
        return paid

    def _return_money(self, order: Order, payment: Payment, money: HeldMoney, actor: str, session: Session) -> Payment:
        """Records money that no order takes, with the refund that sends it back."""
        received = self._receive(order, payment, PaymentStatus.SURPLUS, money, session)
        refund = new_refund(
            RefundKind.SURPLUS,
            order,
            received,
            amount_fen=money.amount_fen,
            status=RefundStatus.PROCESSING,
            actor=actor,
            now=self._clock.now(),
        )
        refund.insert(session=session)
        record_refund_event(refund, session=session)
        return received

    def _receive(
        self, order: Order, payment: Payment, status: PaymentStatus, money: HeldMoney, session: Session
    ) -> Payment:
        now = self._clock.now()
        received = Payment.mark_received(payment.id, status, money, now=now, session=session)
        assert received is not None, "the snapshot of this transaction has the payment without money"
        record_payment_event(received, order.order_no, status.value, at=now, session=session)
        note_if_late(payment.store_id, money.succeeded_at, now=now, session=session)
        return received


def _differences(payment: Payment, paid: Transaction) -> list[str]:
    asked_and_got = {
        "mchid": (payment.mchid, paid.mchid),
        "appid": (payment.appid, paid.appid),
        "openid": (payment.openid, paid.openid),
        "amount": (payment.amount_fen, paid.total_fen),
        "currency": (payment.currency, paid.currency),
    }
    return [name for name, (asked, got) in asked_and_got.items() if asked != got]
