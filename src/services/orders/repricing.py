"""Changing what a pending order costs: the old price unpayable at WeChat first, the new one here second."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from bson import ObjectId

from src.models.order_parts import Repricing
from src.models.order_prices import change_price
from src.models.orders import Order
from src.models.payments import Payment
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import Changes, record_action
from src.services.orders.checkout import MAX_TOTAL_FEN
from src.services.orders.orders import Orders
from src.services.payments.payments import Payments
from src.services.stores.stores import Stores
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import BadRequest, NotFound, OrderExpired, OrderPriceChanged, OrderStateConflict, Unavailable
from src.utils.money import split
from src.utils.order_states import OrderStatus

_TRIES = 3


class _LostRace(Exception):
    """The order or its payment changed meanwhile: nothing of this attempt may stay."""


@dataclass(frozen=True)
class RepriceOrder:
    """The wanted total with the freight, or what is added to (taken from) single lines; in fen.

    `expected` is the total until now.
    """

    expected: int
    total_amount: int | None = None
    adjustments: Mapping[ObjectId, int] | None = None


class OrderRepricing:
    """Changes prices. Of the old price being paid and the new one being set, exactly one happens."""

    def __init__(
        self, *, stores: Stores, orders: Orders, payments: Payments, transactions: Transactions, clock: Clock
    ) -> None:
        self._stores = stores
        self._orders = orders
        self._payments = payments
        self._transactions = transactions
        self._clock = clock

    def reprice(self, staff: StaffMember, order_id: ObjectId, wanted: RepriceOrder) -> Order:
        """Returns the order with its new price, which the next payment asks for. The same price leaves no trace.

        Raises:
            NotFound: the order or a line. OrderStateConflict: it is not pending, for instance because the old price
            was paid meanwhile. OrderExpired. OrderPriceChanged: it costs something else than expected. BadRequest.
            WeChatUnavailable: whether the old price is paid is not certain; nothing has changed. PaymentHeld.
        """
        for _ in range(_TRIES):
            order = self._priceable(staff, order_id, wanted.expected)
            amounts = new_amounts(order, wanted)
            if amounts == [line.amount for line in order.items]:
                return order
            payment = Payment.find_live(order.store_id, order.id)
            if payment is None or self._is_unpayable(payment):
                with suppress(_LostRace):
                    return self._store(staff, order, amounts, payment)
        raise Unavailable()

    def _priceable(self, staff: StaffMember, order_id: ObjectId, expected: int) -> Order:
        order = self._orders.get_in_store(staff, order_id)
        if order.status is not OrderStatus.PENDING:
            raise OrderStateConflict({"status": order.status.value})
        if order.expires_at <= self._clock.now():
            raise OrderExpired()
        if order.total_amount != expected:
            raise OrderPriceChanged({"totalAmount": order.total_amount})
        return order

    def _is_unpayable(self, payment: Payment) -> bool:
        """Closes the attempt at WeChat; a free one has never been there."""
        if payment.amount_fen == 0:
            return True
        return self._payments.close_at_wechat(self._stores.get(payment.store_id), payment)

    def _store(self, staff: StaffMember, order: Order, amounts: list[int], payment: Payment | None) -> Order:
        now = self._clock.now()
        repricing = Repricing(
            before=order.total_amount, after=sum(amounts) + order.freight_amount, actor=staff.subject, at=now
        )

        def work(session: Session) -> Order:
            # Prepared since we looked, it may have been unknown at WeChat when we closed it there.
            if payment is not None and not Payment.mark_closed(
                payment.id, expected=payment.status, now=now, session=session
            ):
                raise _LostRace
            repriced = change_price(order, amounts, repricing, session=session)
            if repriced is None:
                raise _LostRace
            record_action(
                staff, Action.ORDER_REPRICE, "order", order.id, _changes(order, repriced), at=now, session=session
            )
            return repriced

        return self._transactions.run(work, contended=[order.id])


def new_amounts(order: Order, wanted: RepriceOrder) -> list[int]:
    """Returns what is to be paid for each line: of a total what the freight leaves, in proportion to the list prices.

    Raises:
        NotFound: no such line. BadRequest: a line or all goods would cost less than nothing, or the order too much.
    """
    if wanted.total_amount is not None:
        if wanted.total_amount < order.freight_amount:
            raise BadRequest.for_field("totalAmount", f"The freight alone is {order.freight_amount} fen.")
        return split(wanted.total_amount - order.freight_amount, _weights(order))
    added = dict(wanted.adjustments or {})
    amounts = [line.amount + added.pop(line.item_id, 0) for line in order.items]
    if added:
        raise NotFound()
    if min(amounts) < 0:
        raise BadRequest.for_field("adjustments", "A line would cost less than nothing.")
    if sum(amounts) + order.freight_amount > MAX_TOTAL_FEN:
        raise BadRequest.for_field("adjustments", f"An order's amount is at most {MAX_TOTAL_FEN} fen.")
    return amounts


def _weights(order: Order) -> list[int]:
    listed = [line.listed_amount for line in order.items]
    return listed if any(listed) else [line.quantity for line in order.items]


def _changes(before: Order, after: Order) -> Changes:
    lines = {
        f"items.{line.item_id}.amount": (line.amount, changed.amount)
        for line, changed in zip(before.items, after.items, strict=True)
        if line.amount != changed.amount
    }
    return {"totalAmount": (before.total_amount, after.total_amount), **lines}
