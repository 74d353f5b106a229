"""An order is paid, cancelled by its buyer and expired, all at one moment: what comes of it is one thing, each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from src.models.connection import database
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results, together
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import paid_at_wechat, states_at_wechat

ROUNDS = 100
# How an order may have ended, and what WeChat says of its payment then.
ENDS = {
    ("pending", "paid"): "SUCCESS",
    ("pending", "cancelled"): "CLOSED",
    ("pending", "paid", "cancelled"): "REFUND",
}


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


def history(order: Order) -> tuple[str, ...]:
    return tuple(change.target.value for change in order.history)


def test_cancelling_paying_and_expiring_agree_with_wechat(
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
        assert states_at_wechat(shop)[order["orderNo"]] == ENDS[history(stored)]
    ends = Counter(history(order) for order in Order.objects)
    record_property("ends", dict(ends))
    assert Payment.objects(live=True).count() == Payment.objects(status="surplus").count() == 0
    assert Refund.objects(kind="cancellation").count() == Refund.objects.count() == ends["pending", "paid", "cancelled"]
    assert shop.stock_of(sku) == ROUNDS - ends["pending", "paid"]
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("copies", [1, 10])
def test_money_that_wechat_has_is_never_overlooked(
    shop: Shop, services: Services, clock: MovableClock, copies: int
) -> None:
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

    ends = Counter(history(order) for order in Order.objects)
    assert ends.keys() <= {("pending", "paid"), ("pending", "paid", "cancelled")}
    assert Refund.objects(kind="cancellation").count() == ends["pending", "paid", "cancelled"]
    assert shop.stock_of(sku) == 10 - ends["pending", "paid"]
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
