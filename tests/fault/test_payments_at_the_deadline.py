"""Paid in the very moment in which the order expires: it is paid, or it is closed and the money goes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from src.models.connection import database
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.races import together
from tests.factories.refunds import refunds_at_wechat
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import ledger, pass_time, take_money_after_all

ROUNDS = 15
ORDERS = 5
OFFSETS_MS = [-50, -25, -10, 0, 50]
# Enough to bring all threads to the barrier before the first of them pays.
_LEAD_S = 0.2
Prepared = dict[str, Any]


def prepared(buyer: Buyer, sku: dict[str, Any]) -> Prepared:
    order = buyer.placed((sku, 1))
    return {**order, "arguments": data_of(buyer.pay(order["id"]), 200)}


def prepared_until(deadline: datetime, buyer: Buyer, sku: dict[str, Any]) -> list[Prepared]:
    """Returns orders that all expire at that moment, here and at WeChat, which knows whole seconds only."""
    orders = [buyer.placed((sku, 1)) for _ in range(ORDERS)]
    due = {"expires_at": deadline, "expiry_due_at": deadline}
    database()["orders"].update_many({"status": "pending"}, {"$set": due})
    return [{**order, "arguments": data_of(buyer.pay(order["id"]), 200)} for order in orders]


def at(moment: datetime, clock: MovableClock, act: Callable[[], object]) -> None:
    while (left := (moment - clock.now()).total_seconds()) > 0:
        Event().wait(left)
    act()


def pay_and_deliver(buyer: Buyer, order: Prepared) -> None:
    if buyer.pay_in_wechat(order["arguments"]) == "requestPayment:ok":
        buyer.shop.deliver(order["orderNo"])


def fate(order: Prepared, captured: set[str]) -> str:
    """Returns what became of an order; there is no third possibility."""
    stored = Order.objects.get(order_no=order["orderNo"])
    returns = [refund.amount_fen for refund in Refund.objects(order_id=stored.id, kind="surplus")]
    if stored.status.value == "paid":
        assert (order["orderNo"] in captured, returns) == (True, [])
        return "paid"
    assert stored.status.value == "cancelled"
    assert returns == ([1000] if order["orderNo"] in captured else [])
    return "sent back" if returns else "closed"


def test_paid_within_50_ms_of_the_deadline(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    buyer: Buyer,
    record_property: Callable[[str, object], None],
) -> None:
    sku, fates = shop.sku(stock=ROUNDS * ORDERS), Counter[str]()
    for _ in range(ROUNDS):
        deadline = clock.now().replace(microsecond=0) + timedelta(seconds=90)
        orders = prepared_until(deadline, buyer, sku)
        pass_time(shop, clock, (deadline - clock.now()).total_seconds() - _LEAD_S)
        moments = [deadline + timedelta(milliseconds=offset) for offset in OFFSETS_MS]

        together(
            *[
                partial(at, moment, clock, partial(pay_and_deliver, buyer, order))
                for moment, order in zip(moments, orders, strict=True)
            ],
            partial(at, deadline, clock, partial(services.closing.expire_due, limit=ORDERS)),
        )

        pass_time(shop, clock, 301)
        buyer.log_in_again()
        services.closing.expire_due(limit=ORDERS)
        captured = {each["outTradeNo"] for each in ledger(shop)["orders"] if each["transactionId"]}
        fates.update(fate(order, captured) for order in orders)
    record_property("fates", dict(fates))
    assert fates.total() == ROUNDS * ORDERS
    assert Payment.objects(live=True).count() == 0
    assert shop.stock_of(sku) == fates["closed"] + fates["sent back"]
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("is_cancelled_by", ["shopper", "time"])
def test_money_under_way_when_the_close_came(
    shop: Shop, services: Services, clock: MovableClock, buyer: Buyer, is_cancelled_by: str
) -> None:
    """Of six late payments for six units of which others took four, each has one end, whatever comes first."""
    sku, rival = shop.sku(stock=6), shop.buyer()
    orders = [prepared(buyer, sku) for _ in range(6)]
    if is_cancelled_by == "shopper":
        for order in orders:
            data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    else:
        pass_time(shop, clock, 1_800)
        assert services.closing.expire_due(limit=10).cancelled == 6
    buyer.log_in_again()
    rival.log_in_again()
    rival.placed((sku, 4))

    for order in orders:
        take_money_after_all(buyer, order["orderNo"], order["arguments"])
    together(*[partial(shop.deliver, order["orderNo"], copies=2) for order in orders])

    fates = Counter(fate(order, {order["orderNo"] for order in orders}) for order in orders)
    assert fates == ({"sent back": 6} if is_cancelled_by == "shopper" else {"paid": 2, "sent back": 4})
    while services.refund_execution.drive_due(10):
        pass
    assert len(refunds_at_wechat(shop)) == fates["sent back"]
    assert_books_balance(shop.store_id)
