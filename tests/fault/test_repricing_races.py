"""Prices that change at the very moment when they are paid."""

from __future__ import annotations

import pytest

from src.models.orders import Order
from src.models.payments import Payment
from tests.factories.books import assert_books_balance
from tests.factories.pricing import reprice, repriced
from tests.factories.races import run_before, together
from tests.factories.shop import Shop, data_of
from tests.factories.wechat import states_at_wechat


def test_a_payment_that_begins_at_that_moment_asks_for_the_new_price(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    shop.staff()
    with run_before(Order, "begin_payment_attempt", lambda: repriced(shop, order, totalAmount=700)):
        data_of(buyer.pay(order["id"]), 200)
    assert [payment.amount_fen for payment in Payment.objects] == [700]


def test_a_prepay_of_the_old_price_that_begins_at_that_moment_is_closed(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    shop.staff()
    with run_before(Order, "change", lambda: data_of(buyer.pay(order["id"]), 200)):
        repriced(shop, order, totalAmount=700)
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert {payment.status.value for payment in Payment.objects} == {"closed"}


@pytest.mark.parametrize("turn", range(3))
def test_either_the_old_price_is_paid_or_the_new_one_is_set(shop: Shop, turn: int) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    arguments = data_of(buyer.pay(order["id"]), 200)
    shop.staff()
    paid, changed = together(
        lambda: buyer.pay_in_wechat(arguments), lambda: reprice(shop, order, totalAmount=700).get_json()["code"]
    )
    if paid == "requestPayment:ok":
        shop.deliver(order["orderNo"])
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["totalAmount"], changed) in [("paid", 1000, 40902), ("pending", 700, 0)]
    assert_books_balance(shop.store_id)


def test_two_of_the_staff_change_a_price_once(shop: Shop) -> None:
    order = shop.buyer().placed((shop.sku(), 1))
    shop.staff()
    answers = together(
        *(lambda total=total: reprice(shop, order, totalAmount=total).get_json()["code"] for total in (700, 800, 900))
    )
    assert sorted(map(str, answers)) == ["0", "40929", "40929"]
    assert len(Order.objects.get().repricings) == 1
