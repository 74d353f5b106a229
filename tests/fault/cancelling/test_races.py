"""Somebody pays while the order is being cancelled: what is cancelled here cannot be paid at WeChat."""

from __future__ import annotations

from functools import partial
from typing import Any

from src.models.events import Event
from src.models.orders import Order
from src.models.payments import Payment
from src.models.transaction import Transactions
from src.services.payments.settlement import Settlements
from src.services.wechat.pay import PayClient
from tests.factories.books import assert_books_balance
from tests.factories.races import at_once, results, run_before
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import (
    fault,
    states_at_wechat,
    take_money_after_all,
)
from tests.fault.cancelling.cancelled_orders import Placed, Sku, assert_cancelled, assert_refunded, cancel


def test_a_payment_prepared_after_the_close_does_not_stay_payable(
    shop: Shop, buyer: Buyer, sku: Sku, order: Placed
) -> None:
    """WeChat does not know the number when we close it, and knows it when we cancel."""
    fault(shop, "prepay", "reset_before")
    refused(buyer.pay(order["id"]), 50301)
    arguments: dict[str, Any] = {}

    with run_before(Transactions, "run", lambda: arguments.update(data_of(buyer.pay(order["id"]), 200))):
        data_of(cancel(buyer, order), 200)

    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert buyer.pay_in_wechat(arguments) == "requestPayment:fail 该订单已关闭"
    assert_cancelled(shop, sku, order)


def test_a_payment_begun_after_we_looked_does_not_stay_payable(
    shop: Shop, buyer: Buyer, sku: Sku, order: Placed
) -> None:
    with run_before(Transactions, "run", lambda: data_of(buyer.pay(order["id"]), 200)):
        data_of(cancel(buyer, order), 200)

    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert_cancelled(shop, sku, order)


def test_cancelled_while_wechat_prepares_it_does_not_stay_payable(
    shop: Shop, buyer: Buyer, sku: Sku, order: Placed
) -> None:
    with run_before(Payment, "mark_prepared", lambda: data_of(cancel(buyer, order), 200)):
        answer = buyer.pay(order["id"])

    assert refused(answer, 40902) == {"status": "cancelled"}
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert_cancelled(shop, sku, order)


def test_cancelled_before_wechat_is_asked_to_prepare_does_not_stay_payable(
    shop: Shop, buyer: Buyer, sku: Sku, order: Placed
) -> None:
    with run_before(PayClient, "prepay", lambda: data_of(cancel(buyer, order), 200)):
        answer = buyer.pay(order["id"])

    assert refused(answer, 40902) == {"status": "cancelled"}
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert_cancelled(shop, sku, order)


def test_a_notification_before_the_cancelling_is_refunded_by_it(
    shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed
) -> None:
    def pay() -> None:
        take_money_after_all(buyer, prepared["orderNo"], prepared["arguments"])
        shop.deliver(prepared["orderNo"])

    with run_before(Transactions, "run", pay):
        answer = cancel(buyer, prepared)

    assert data_of(answer, 200)["refundingAmount"] == 3000
    assert_refunded(shop, sku, prepared)


def test_a_free_order_cancelled_while_it_is_paid_is_not_paid(shop: Shop, buyer: Buyer) -> None:
    free = shop.sku(price=0, stock=10)
    order = buyer.placed((free, 1))

    with run_before(Settlements, "settle_free", lambda: data_of(cancel(buyer, order), 200)):
        answer = buyer.pay(order["id"])

    assert refused(answer, 40902) == {"status": "cancelled"}
    assert Event.objects(type="payment.surplus").count() == 0
    assert_cancelled(shop, free, order)


def test_a_free_order_is_cancelled_before_or_after_it_is_paid(shop: Shop, buyer: Buyer) -> None:
    free = shop.sku(price=0, stock=40)
    for _ in range(10):
        order = buyer.placed((free, 1))

        pays, cancels = results(at_once([partial(buyer.pay, order["id"]), partial(cancel, buyer, order)]))

        assert data_of(cancels, 200)["status"] == "cancelled"
        was_paid = Order.objects.get(order_no=order["orderNo"]).paid_at is not None
        assert pays.status_code == (200 if was_paid else 409)
    assert shop.stock_of(free) == 40
    assert states_at_wechat(shop) == {}
    assert_books_balance(shop.store_id)
