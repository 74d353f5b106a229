"""Two payment attempts of one order, one of which WeChat closed behind our back: one is kept, whoever pays which."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import ledger, pass_time, states_at_wechat, take_money_after_all

Placed = dict[str, Any]


def attempts() -> dict[str, str]:
    return {payment.out_trade_no: payment.status.value for payment in Payment.objects}


@pytest.fixture
def two_attempts(shop: Shop, services: Services, clock: MovableClock, buyer: Buyer, sku: dict[str, Any]) -> Placed:
    """An order whose first attempt WeChat closed behind our back; `arguments` of both attempts can be paid."""
    order = buyer.placed((sku, 1))
    first = data_of(buyer.pay(order["id"]), 200)
    at_wechat = shop.sandbox.state.orders.find(shop.credentials["mchid"], order["orderNo"])
    assert at_wechat is not None
    with shop.sandbox.state.lock:
        at_wechat.closed = True
    pass_time(shop, clock, 6)
    assert services.payments.query_due(10) == 1
    second = data_of(buyer.pay(order["id"]), 200)
    assert attempts() == {order["orderNo"]: "closed", f"{order['orderNo']}-2": "prepared"}
    return {**order, "arguments": [first, second], "second": f"{order['orderNo']}-2"}


def test_the_second_attempt_is_closed_when_the_money_of_the_first_comes(
    shop: Shop, services: Services, clock: MovableClock, buyer: Buyer, two_attempts: Placed
) -> None:
    first, second = two_attempts["arguments"]
    take_money_after_all(buyer, two_attempts["orderNo"], first)
    shop.deliver(two_attempts["orderNo"])
    assert Order.objects.get().status.value == "paid"

    pass_time(shop, clock, 6)
    assert services.payments.query_due(10) == 1

    assert attempts() == {two_attempts["orderNo"]: "succeeded", two_attempts["second"]: "closed"}
    assert states_at_wechat(shop)[two_attempts["second"]] == "CLOSED"
    assert buyer.pay_in_wechat(second) == "requestPayment:fail 该订单已关闭"
    assert services.payments.query_due(10) == 0
    assert_books_balance(shop.store_id)


@pytest.fixture
def both_paid(buyer: Buyer, two_attempts: Placed) -> Placed:
    """Paid twice at WeChat; we know of the first attempt's money."""
    first, second = two_attempts["arguments"]
    assert buyer.pay_in_wechat(second) == "requestPayment:ok"
    take_money_after_all(buyer, two_attempts["orderNo"], first)
    buyer.shop.deliver(two_attempts["orderNo"])
    return two_attempts


@pytest.mark.parametrize("is_told", [True, False])
def test_of_two_paid_attempts_one_is_kept(
    shop: Shop, services: Services, clock: MovableClock, both_paid: Placed, is_told: bool
) -> None:
    if is_told:
        shop.deliver(both_paid["second"])
    pass_time(shop, clock, 36)
    services.payments.query_due(10)

    assert attempts() == {both_paid["orderNo"]: "succeeded", both_paid["second"]: "surplus"}
    services.refund_execution.drive_due(10)
    refund = Refund.objects.get()
    assert (refund.kind.value, refund.amount_fen) == ("surplus", 1000)
    assert ledger(shop)["refunds"][0]["outTradeNo"] == both_paid["second"]
    assert_books_balance(shop.store_id)
