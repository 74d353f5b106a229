"""Two taps by a client that sends no Idempotency-Key: two whole orders, of which one may be left to its end."""

from __future__ import annotations

from functools import partial
from typing import Any

from src.models.orders import Order
from src.models.payments import Payment
from src.services.orders.closing import ExpiryReport
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import pass_time, states_at_wechat

Sku = dict[str, Any]


def test_the_order_that_is_not_paid_costs_nothing(
    shop: Shop, services: Services, clock: MovableClock, buyer: Buyer, sku: Sku
) -> None:
    taps = results(at_once([partial(buyer.order, (sku, 1))] * 2))
    wanted, doubled = [data_of(answer, 201) for answer in taps]
    assert (wanted["id"] != doubled["id"], shop.stock_of(sku)) == (True, 8)
    arguments = [data_of(answer, 200) for answer in results(at_once([partial(buyer.pay, wanted["id"])] * 2))]

    assert [buyer.pay_in_wechat(each) for each in arguments] == [
        "requestPayment:ok",
        "requestPayment:fail 该订单已支付",
    ]
    shop.deliver(wanted["orderNo"])
    pass_time(shop, clock, 1_800)
    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)

    assert states_at_wechat(shop) == {wanted["orderNo"]: "SUCCESS"}
    assert {order.order_no: order.status.value for order in Order.objects} == {
        wanted["orderNo"]: "paid",
        doubled["orderNo"]: "cancelled",
    }
    assert (Payment.objects.count(), shop.stock_of(sku)) == (1, 9)
    assert_books_balance(shop.store_id)


def test_the_last_unit_is_ordered_once(shop: Shop, buyer: Buyer) -> None:
    sku = shop.sku(stock=1)
    answers = results(at_once([partial(buyer.order, (sku, 1))] * 2))

    answers.sort(key=lambda answer: answer.status_code)
    data_of(answers[0], 201)
    refused(answers[1], 40901)
    assert (Order.objects.count(), shop.stock_of(sku)) == (1, 0)
    assert_books_balance(shop.store_id)
