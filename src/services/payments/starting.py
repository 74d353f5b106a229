"""Starting payments: our record first, WeChat second, never inside a transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog
from bson import ObjectId

from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.models.users import User
from src.services.accounts.callers import Shopper
from src.services.orders.orders import Orders
from src.services.payments.payments import FIRST_QUERY_AFTER, Payments
from src.services.payments.settlement import Settlements
from src.services.stores.stores import Stores
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.pay import PayClient, PrepayRequest, plain_description
from src.services.wechat.signing import pay_sign
from src.utils.clock import Clock
from src.utils.errors import (
    NotFound,
    OrderExpired,
    OrderStateConflict,
    PaymentHeld,
    Unavailable,
    WeChatUnavailable,
)
from src.utils.order_states import OrderStatus

log = structlog.get_logger(__name__)

# WeChat has this number already: it is paid, closed, or was ordered with other values.
_NUMBER_IS_TAKEN = frozenset({"OUTTRADENOUSED", "ORDERPAID", "ORDERCLOSED"})
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


class PaymentStarting:
    """Begins payment attempts, at most one live one per order."""

    def __init__(
        self,
        *,
        stores: Stores,
        orders: Orders,
        payments: Payments,
        settlements: Settlements,
        pay: PayClient,
        transactions: Transactions,
        clock: Clock,
        notify_url: str,
    ) -> None:
        self._stores = stores
        self._orders = orders
        self._payments = payments
        self._settlements = settlements
        self._pay = pay
        self._transactions = transactions
        self._clock = clock
        self._notify_url = notify_url

    def start(self, store: Store, shopper: Shopper, order_id: ObjectId) -> PaymentStart:
        """Returns what the client needs to pay; a second call reuses the live prepay.

        Raises:
            NotFound. OrderStateConflict: the order is not pending. OrderExpired. PaymentHeld: money came already, and
            staff decide about it. WeChatUnavailable: nothing is lost, the next call continues with the same number.
        """
        for _ in range(_MAX_ATTEMPTS_PER_CALL):
            order = self._payable(shopper, order_id)
            payment = Payment.find_live(store.id, order.id) or self._begin_attempt(store, order)
            if payment is None:
                continue
            if payment.held:
                raise PaymentHeld()
            if payment.amount_fen == 0:
                if self._settlements.settle_free(payment):
                    return PaymentStart(paid=True)
                continue
            if payment.status is PaymentStatus.CREATED:
                payment = self._prepare(store, payment)
            if payment is not None:
                return self._signed(store, payment)
        raise Unavailable()

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
            begun = Order.begin_payment_attempt(order, now=payment.created_at, session=session)
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
            query_due_at=now + FIRST_QUERY_AFTER,
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
            self._payments.retire(store, payment)
            return None
        except OutcomeUnknown as error:
            log.warning("prepay_unknown", out_trade_no=payment.out_trade_no, reason=str(error))
            raise WeChatUnavailable() from error
        now = self._clock.now()
        prepared = Payment.mark_prepared(payment.id, prepay_id, query_due_at=now + FIRST_QUERY_AFTER, now=now)
        if prepared is None:  # cancelled or paid while we were asking: it must not stay payable
            self._payments.close_at_wechat(store, payment)
        return prepared

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
