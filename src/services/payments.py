"""Starting payments and asking WeChat about them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from bson import ObjectId

from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.models.users import User
from src.services.callers import Shopper, StaffMember
from src.services.orders import Orders
from src.services.settlement import Settlement, Settlements
from src.services.stores import Stores
from src.services.wechat.errors import OutcomeUnknown, PayError, WeChatError
from src.services.wechat.pay import PayClient, PrepayRequest, TradeState, Transaction, plain_description
from src.services.wechat.signing import pay_sign
from src.utils.clock import Clock
from src.utils.errors import (
    AppError,
    NotFound,
    OrderExpired,
    OrderStateConflict,
    PaymentHeld,
    Unavailable,
    WeChatUnavailable,
)
from src.utils.order_states import OrderStatus
from src.utils.pages import Page, PageRequest

log = structlog.get_logger(__name__)

# WeChat has this number already: it is paid, closed, or was ordered with other values.
_NUMBER_IS_TAKEN = frozenset({"OUTTRADENOUSED", "ORDERPAID", "ORDERCLOSED"})
# How long after the prepay the n-th question may be asked; the last one repeats.
_QUERY_SPACING = [timedelta(seconds=s) for s in (5, 30, 60, 180, 300, 600)]
_MAX_ATTEMPTS_PER_CALL = 3


@dataclass(frozen=True)
class PaymentStart:
    """The arguments of `wx.requestPayment`, or `paid` alone when there is nothing to pay."""

    paid: bool
    time_stamp: str | None = None
    nonce_str: str | None = None
    package: str | None = None
    sign_type: str | None = None
    pay_sign: str | None = None


class Payments:
    """Payment attempts: our record first, WeChat second, never inside a transaction."""

    def __init__(
        self,
        *,
        stores: Stores,
        orders: Orders,
        settlements: Settlements,
        pay: PayClient,
        transactions: Transactions,
        clock: Clock,
        notify_url: str,
    ) -> None:
        self._stores = stores
        self._orders = orders
        self._settlements = settlements
        self._pay = pay
        self._transactions = transactions
        self._clock = clock
        self._notify_url = notify_url

    def start(self, store: Store, shopper: Shopper, order_id: ObjectId) -> PaymentStart:
        """Returns what the client needs to pay; a second call reuses the live prepay.

        Raises:
            NotFound. OrderStateConflict: the order is not pending, or its time is over. WeChatUnavailable: nothing
            is lost, the next call continues with the same number.
        """
        for _ in range(_MAX_ATTEMPTS_PER_CALL):
            order = self._payable(shopper, order_id)
            payment = Payment.find_live(store.id, order.id) or self._begin_attempt(store, order)
            if payment is None:
                continue
            if order.total_amount == 0:
                if self._settlements.settle_free(payment):
                    return PaymentStart(paid=True)
                continue
            if payment.status is PaymentStatus.CREATED:
                payment = self._prepare(store, payment)
            if payment is not None:
                return self._signed(store, payment)
        raise Unavailable()

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
        except OutcomeUnknown as error:
            log.warning("payment_close_unknown", out_trade_no=payment.out_trade_no, reason=str(error))
        return self._closed_by_query(store, payment)

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
                self._retire(store, payment)
            elif payment.amount_fen:
                self.settle_if_paid(store, payment)
        except (WeChatError, AppError) as error:
            log.warning("payment_query_failed", out_trade_no=payment.out_trade_no, reason=str(error))
        except Exception:  # one broken payment or store must not stop the others
            log.exception("payment_query_broken", out_trade_no=payment.out_trade_no)

    def _closed_by_query(self, store: Store, payment: Payment) -> bool:
        try:
            found = self._pay.query(self._stores.merchant(store), payment.out_trade_no)
        except WeChatError as error:
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

    def _payable(self, shopper: Shopper, order_id: ObjectId) -> Order:
        order = self._orders.get_own(shopper, order_id)
        if order.status is not OrderStatus.PENDING:
            raise OrderStateConflict({"status": order.status.value})
        if order.expires_at <= self._clock.now():
            raise OrderExpired()
        return order

    def _begin_attempt(self, store: Store, order: Order) -> Payment | None:
        """Returns a new attempt; None if another call has begun one or the order has moved on."""
        payment = self._build(store, order)

        def work(session: Session) -> Payment | None:
            begun = Order.begin_payment_attempt(
                store.id, order.id, order.payment_attempts, now=payment.created_at, session=session
            )
            return payment.insert(session=session) if begun else None

        try:
            return self._transactions.run(work)
        except AlreadyStored:
            return None

    def _build(self, store: Store, order: Order) -> Payment:
        now, attempt = self._clock.now(), order.payment_attempts + 1
        user = User.find_by_id(store.id, order.user_id)
        if user is None:
            raise NotFound()
        others = f"等{len(order.items)}件商品" if len(order.items) > 1 else ""
        return Payment(
            id=ObjectId(),
            store_id=store.id,
            order_id=order.id,
            user_id=order.user_id,
            out_trade_no=order.order_no if attempt == 1 else f"{order.order_no}-{attempt}",
            attempt=attempt,
            status=PaymentStatus.CREATED,
            live=True,
            amount_fen=order.total_amount,
            appid=store.appid,
            mchid=store.mchid,
            openid=user.openid,
            description=(plain_description(order.items[0].name, limit=100) or order.order_no) + others,
            time_expire=order.expires_at,
            query_due_at=now + _QUERY_SPACING[0],
            created_at=now,
            updated_at=now,
        )

    def _prepare(self, store: Store, payment: Payment) -> Payment | None:
        """Returns the attempt with its prepay id; None if this attempt is over and a new one may begin."""
        try:
            prepay_id = self._pay.prepay(self._stores.merchant(store), self._prepay_request(payment))
        except PayError as error:
            if error.code not in _NUMBER_IS_TAKEN:
                log.error("prepay_refused", out_trade_no=payment.out_trade_no, code=error.code, detail=error.message)
                raise WeChatUnavailable() from error
            self._retire(store, payment)
            return None
        except OutcomeUnknown as error:
            log.warning("prepay_unknown", out_trade_no=payment.out_trade_no, reason=str(error))
            raise WeChatUnavailable() from error
        now = self._clock.now()
        prepared = Payment.mark_prepared(payment.id, prepay_id, query_due_at=now + _QUERY_SPACING[0], now=now)
        if prepared is None:  # cancelled or paid while we were asking: it must not stay payable
            self.close_at_wechat(store, payment)
        return prepared

    def _retire(self, store: Store, payment: Payment) -> None:
        if self.close_at_wechat(store, payment):
            Payment.mark_closed(payment.id, now=self._clock.now(), session=None)

    def _prepay_request(self, payment: Payment) -> PrepayRequest:
        return PrepayRequest(
            appid=payment.appid,
            out_trade_no=payment.out_trade_no,
            description=payment.description,
            total_fen=payment.amount_fen,
            openid=payment.openid,
            notify_url=self._notify_url,
            time_expire=payment.time_expire,
        )

    def _signed(self, store: Store, payment: Payment) -> PaymentStart:
        timestamp, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={payment.prepay_id}"
        key = self._stores.merchant(store).private_key
        return PaymentStart(
            paid=False,
            time_stamp=timestamp,
            nonce_str=nonce,
            package=package,
            sign_type="RSA",
            pay_sign=pay_sign(key, appid=payment.appid, timestamp=timestamp, nonce=nonce, package=package),
        )
