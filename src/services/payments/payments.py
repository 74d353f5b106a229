"""Asking WeChat about payments, and making them unpayable."""

from __future__ import annotations

from datetime import timedelta

import structlog

from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus
from src.models.stores import Store
from src.services.accounts.callers import StaffMember
from src.services.payments.settlement import Settlement, Settlements
from src.services.stores.stores import Stores
from src.services.wechat.errors import OutcomeUnknown, PayError, WeChatError
from src.services.wechat.pay import PayClient, TradeState, Transaction
from src.utils.clock import Clock
from src.utils.errors import AppError, PaymentHeld, WeChatUnavailable
from src.utils.order_states import OrderStatus
from src.utils.pages import Page, PageRequest

log = structlog.get_logger(__name__)

# How long after the prepay the n-th question may be asked; the last one repeats.
_QUERY_SPACING = [timedelta(seconds=s) for s in (5, 30, 60, 180, 300, 600)]
FIRST_QUERY_AFTER = _QUERY_SPACING[0]


class Payments:
    """What becomes of payment attempts; WeChat is never asked inside a transaction."""

    def __init__(self, *, stores: Stores, settlements: Settlements, pay: PayClient, clock: Clock) -> None:
        self._stores = stores
        self._settlements = settlements
        self._pay = pay
        self._clock = clock

    def refresh(self, store: Store, order: Order) -> bool:
        """Asks WeChat about a pending order's payment when that is due; returns whether it turned out paid.

        Bounded by a spacing that all processes share; a failing WeChat changes nothing.
        """
        payment = Payment.find_live(store.id, order.id) if order.status is OrderStatus.PENDING else None
        if payment is None or order.total_amount == 0 or not self._claim_query(payment):
            return False
        try:
            return self.settle_if_paid(store, payment)
        except (WeChatError, PaymentHeld) as error:
            log.warning("payment_query_failed", out_trade_no=payment.out_trade_no, reason=str(error))
            return False

    def list_in_store(
        self, staff: StaffMember, *, status: PaymentStatus | None, held: bool, page: PageRequest
    ) -> Page[Payment]:
        """Returns the store's attempts, the newest first."""
        return Payment.page_in_store(staff.store_id, status=status, held=held, page=page)

    def query_due(self, limit: int) -> int:
        """Asks WeChat about at most `limit` attempts whose callback has not come; returns about how many.

        An attempt of an order that waits for no payment any more is made unpayable. One that fails is tried again
        after its spacing and does not stop the rest.
        """
        due = Payment.list_to_query(self._clock.now(), limit=limit)
        for payment in due:
            self._follow_up(payment)
        return len(due)

    def settle_if_paid(self, store: Store, payment: Payment) -> bool:
        """Asks WeChat and applies the money if there is any; returns whether there is.

        An attempt that is closed there is closed here too, so that the next call begins a new one.

        Raises:
            PayError, OutcomeUnknown: the question failed. PaymentHeld: the money is not what was asked for.
        """
        found = self._pay.query(self._stores.merchant(store), payment.out_trade_no)
        if found.state is TradeState.CLOSED:
            Payment.mark_closed(payment.id, now=self._clock.now(), session=None)
        return self._settle(found)

    def close_at_wechat(self, store: Store, payment: Payment) -> bool:
        """Makes the attempt unpayable at WeChat; returns False if it turned out paid, and then the money is applied.

        Raises:
            WeChatUnavailable: neither is certain. PaymentHeld: money came that is not what was asked for.
        """
        try:
            self._pay.close(self._stores.merchant(store), payment.out_trade_no)
            return True
        except PayError as error:
            if error.code in ("ORDERNOTEXIST", "ORDERCLOSED"):
                return True
            log.info("payment_close_refused", out_trade_no=payment.out_trade_no, code=error.code)
            return self._closed_by_query(store, payment, unknown_is_closed=self._cannot_appear(payment))
        except OutcomeUnknown as error:
            log.warning("payment_close_unknown", out_trade_no=payment.out_trade_no, reason=str(error))
            return self._closed_by_query(store, payment, unknown_is_closed=False)

    def retire(self, store: Store, payment: Payment) -> None:
        """Makes the attempt unpayable at WeChat and closes it here, unless it turns out paid.

        Raises:
            WeChatUnavailable, PaymentHeld: as for `close_at_wechat`.
        """
        if self.close_at_wechat(store, payment):
            Payment.mark_closed(payment.id, now=self._clock.now(), session=None)

    def _claim_query(self, payment: Payment) -> bool:
        now = self._clock.now()
        spacing = _QUERY_SPACING[min(payment.queries + 1, len(_QUERY_SPACING) - 1)]
        return Payment.claim_query(payment.id, now=now, next_due_at=now + spacing)

    def _follow_up(self, payment: Payment) -> None:
        order = Order.find_in_store(payment.store_id, payment.order_id)
        if order is None or not self._claim_query(payment):
            return
        if payment.held:  # staff decide
            return
        try:
            store = self._stores.get(payment.store_id)
            if order.status is not OrderStatus.PENDING:
                self.retire(store, payment)
            elif payment.amount_fen:
                self.settle_if_paid(store, payment)
        except (WeChatError, AppError) as error:
            log.warning("payment_query_failed", out_trade_no=payment.out_trade_no, reason=str(error))
        except Exception:  # one broken payment or store must not stop the others
            log.exception("payment_query_broken", out_trade_no=payment.out_trade_no)

    def _cannot_appear(self, payment: Payment) -> bool:
        """Returns whether a number that WeChat does not know now can never be paid.

        One whose prepay was not answered is closed here only as long as it stays so; any other ends with its time.
        """
        return payment.status is PaymentStatus.CREATED or bool(payment.time_expire <= self._clock.now())

    def _closed_by_query(self, store: Store, payment: Payment, *, unknown_is_closed: bool) -> bool:
        try:
            found = self._pay.query(self._stores.merchant(store), payment.out_trade_no)
        except WeChatError as error:
            if unknown_is_closed and isinstance(error, PayError) and error.code == "ORDERNOTEXIST":
                return True
            log.warning("payment_query_failed", out_trade_no=payment.out_trade_no, reason=str(error))
            raise WeChatUnavailable() from error
        if self._settle(found):
            return False
        if found.state is not TradeState.CLOSED:
            raise WeChatUnavailable()
        return True

    def _settle(self, found: Transaction) -> bool:
        if not found.state.is_paid:
            return False
        if self._settlements.settle(found) in (Settlement.MISMATCH, Settlement.UNKNOWN_PAYMENT):
            raise PaymentHeld()
        return True
