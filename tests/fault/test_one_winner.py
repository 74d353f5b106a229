"""An order is paid, cancelled by its buyer and expired, all at one moment: one of them wins, a hundred times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from src.models.connection import database
from src.models.orders import Order
from src.models.payments import Payment
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results, together
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import paid_at_wechat, states_at_wechat

ROUNDS = 100


def pay_after(glances: int, buyer: Buyer, order: dict[str, Any], arguments: dict[str, Any]) -> None:
    """Pays after so many looks at the order, so that not always the same one comes first."""
    for _ in range(glances):
        buyer.read_order(order["id"])
    if buyer.pay_in_wechat(arguments) == "requestPayment:ok":
        buyer.shop.deliver(order["orderNo"])


def overdue(clock: MovableClock) -> None:
    """Makes all pending orders due now."""
    due = {"expires_at": clock.now(), "expiry_due_at": clock.now()}
    database()["orders"].update_many({"status": "pending"}, {"$set": due})


def test_cancelling_paying_and_expiring_have_one_winner(
    shop: Shop, services: Services, clock: MovableClock, record_property: Callable[[str, object], None]
) -> None:
    sku, buyer = shop.sku(stock=ROUNDS), shop.buyer()
    for glances in range(ROUNDS):
        order = buyer.placed((sku, 1))
        arguments = data_of(buyer.pay(order["id"]), 200)
        overdue(clock)

        together(
            partial(pay_after, glances % 5, buyer, order, arguments),
            partial(buyer.post, f"/api/orders/{order['id']}/cancel"),
            partial(services.closing.expire_due, limit=10),
        )

        stored = Order.objects.get(order_no=order["orderNo"])
        assert (stored.status.value, len(stored.history)) in (("paid", 2), ("cancelled", 2))
        at_wechat = {"paid": "SUCCESS", "cancelled": "CLOSED"}[stored.status.value]
        assert states_at_wechat(shop)[order["orderNo"]] == at_wechat
    winners = Counter(order.history[-1].actor.partition(":")[0] for order in Order.objects)
    record_property("winners", dict(winners))
    assert Payment.objects(live=True).count() == Payment.objects(status="surplus").count() == 0
    assert shop.stock_of(sku) == ROUNDS - winners["wechat"]
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("copies", [1, 10])
def test_money_that_wechat_has_wins_always(shop: Shop, services: Services, clock: MovableClock, copies: int) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    for _ in range(10):
        order = paid_at_wechat(buyer, (sku, 1))
        overdue(clock)

        together(
            partial(shop.deliver, order["orderNo"], copies=copies),
            partial(buyer.post, f"/api/orders/{order['id']}/cancel"),
            partial(services.closing.expire_due, limit=10),
            partial(buyer.read_order, order["id"]),
        )

    assert [order.status.value for order in Order.objects] == ["paid"] * 10
    assert shop.stock_of(sku) == 0
    assert_books_balance(shop.store_id)


def test_shipping_and_confirming_happen_once(shop: Shop) -> None:
    buyer, staff = shop.buyer(), shop.staff()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    shipment = {"company": "SF", "trackingNo": "SF1234567890"}

    shipped = results(at_once([partial(staff.post, f"/api/orders/{order['id']}/ship", shipment)] * 10))
    confirmed = results(at_once([partial(buyer.post, f"/api/orders/{order['id']}/confirm")] * 10))

    for answers in (shipped, confirmed):
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}
    assert_books_balance(shop.store_id)
