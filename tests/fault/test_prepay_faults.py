"""Starting a payment while WeChat fails: one number, one order there, and the next call goes on."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from src.models.connection import database
from src.models.payments import Payment
from tests.factories.books import assert_books_balance
from tests.factories.races import at_once, results
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import WITH_EFFECT, WITHOUT_EFFECT, calls_of, fault, pay_the_unseen_prepay, states_at_wechat

Placed = dict[str, Any]


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> Placed:
    return buyer.placed((shop.sku(stock=10), 2))


def payments() -> list[tuple[str, str, bool]]:
    return [(found.out_trade_no, found.status.value, found.live) for found in Payment.objects.order_by("attempt")]


def assert_payable(shop: Shop, buyer: Buyer, order: Placed, arguments: dict[str, Any]) -> None:
    """Pays with the arguments of wx.requestPayment and checks that the money arrives."""
    assert buyer.pay_in_wechat(arguments) == "requestPayment:ok"
    (out_trade_no,) = [number for number, state in states_at_wechat(shop).items() if state == "SUCCESS"]
    shop.deliver(out_trade_no)
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("kind", WITHOUT_EFFECT + WITH_EFFECT)
def test_the_next_call_goes_on_with_the_same_number(shop: Shop, buyer: Buyer, order: Placed, kind: str) -> None:
    fault(shop, "prepay", kind)

    answer = buyer.pay(order["id"])

    refused(answer, 50301)
    assert int(answer.headers["Retry-After"]) == 2
    assert payments() == [(order["orderNo"], "created", True)]
    assert states_at_wechat(shop) == ({order["orderNo"]: "NOTPAY"} if kind in WITH_EFFECT else {})
    arguments = data_of(buyer.pay(order["id"]), 200)
    assert payments() == [(order["orderNo"], "prepared", True)]
    assert states_at_wechat(shop) == {order["orderNo"]: "NOTPAY"}
    assert_payable(shop, buyer, order, arguments)


@pytest.mark.parametrize("kind", ["latency", "slow_answer"])
def test_an_answer_that_comes_too_late_is_not_waited_for(
    shop: Shop, impatient_shop: Shop, buyer: Buyer, order: Placed, kind: str
) -> None:
    fault(shop, "prepay", kind, seconds=0.6)

    refused(impatient_shop.client.post(f"/api/orders/{order['id']}/pay", headers=buyer.headers), 50301)

    arguments = data_of(buyer.pay(order["id"]), 200)
    assert payments() == [(order["orderNo"], "prepared", True)]
    assert_payable(shop, buyer, order, arguments)


def test_a_second_call_reuses_the_prepay(shop: Shop, buyer: Buyer, order: Placed) -> None:
    first, second = (data_of(buyer.pay(order["id"]), 200) for _ in range(2))

    assert (first["package"], calls_of(shop, "prepay")) == (second["package"], 1)
    assert first["nonceStr"] != second["nonceStr"]
    assert_payable(shop, buyer, order, second)


def test_twenty_calls_at_once_make_one_payment(shop: Shop, buyer: Buyer, order: Placed) -> None:
    answers = results(at_once([partial(buyer.pay, order["id"])] * 20))

    arguments = [data_of(answer, 200) for answer in answers]
    assert payments() == [(order["orderNo"], "prepared", True)]
    assert states_at_wechat(shop) == {order["orderNo"]: "NOTPAY"}
    assert_payable(shop, buyer, order, arguments[0])


def test_a_prepay_whose_answer_was_lost_may_have_been_paid(shop: Shop, buyer: Buyer, order: Placed) -> None:
    fault(shop, "prepay", "reset_after")
    refused(buyer.pay(order["id"]), 50301)
    pay_the_unseen_prepay(buyer, order["orderNo"])

    assert refused(buyer.pay(order["id"]), 40902) == {"status": "paid"}

    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


def used_with_other_values(shop: Shop, buyer: Buyer, order: Placed) -> None:
    """WeChat has the number with another description than the one we send from now on."""
    fault(shop, "prepay", "reset_after")
    refused(buyer.pay(order["id"]), 50301)
    database()["payments"].update_one({}, {"$set": {"description": "a newer description"}})


def test_a_number_used_with_other_values_is_closed_and_a_new_one_taken(shop: Shop, buyer: Buyer, order: Placed) -> None:
    used_with_other_values(shop, buyer, order)

    arguments = data_of(buyer.pay(order["id"]), 200)

    second = f"{order['orderNo']}-2"
    assert payments() == [(order["orderNo"], "closed", False), (second, "prepared", True)]
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED", second: "NOTPAY"}
    assert_payable(shop, buyer, order, arguments)


def test_twenty_calls_at_once_take_one_new_number(shop: Shop, buyer: Buyer, order: Placed) -> None:
    used_with_other_values(shop, buyer, order)

    answers = results(at_once([partial(buyer.pay, order["id"])] * 20))

    arguments = [data_of(answer, 200) for answer in answers]
    second = f"{order['orderNo']}-2"
    assert payments() == [(order["orderNo"], "closed", False), (second, "prepared", True)]
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED", second: "NOTPAY"}
    assert_payable(shop, buyer, order, arguments[-1])


def test_a_number_that_cannot_be_closed_stays(shop: Shop, buyer: Buyer, order: Placed) -> None:
    used_with_other_values(shop, buyer, order)
    fault(shop, "close", "reset_before")
    fault(shop, "query", "reset_before")

    refused(buyer.pay(order["id"]), 50301)

    assert payments() == [(order["orderNo"], "created", True)]
    data_of(buyer.pay(order["id"]), 200)
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED", f"{order['orderNo']}-2": "NOTPAY"}
    assert_books_balance(shop.store_id)


def test_a_number_closed_behind_our_back_is_replaced(shop: Shop, buyer: Buyer, order: Placed) -> None:
    fault(shop, "prepay", "reset_after")
    refused(buyer.pay(order["id"]), 50301)
    at_wechat = shop.sandbox.state.orders.find(shop.credentials["mchid"], order["orderNo"])
    assert at_wechat is not None
    with shop.sandbox.state.lock:
        at_wechat.closed = True

    arguments = data_of(buyer.pay(order["id"]), 200)

    assert payments() == [(order["orderNo"], "closed", False), (f"{order['orderNo']}-2", "prepared", True)]
    assert_payable(shop, buyer, order, arguments)


def test_a_free_order_is_paid_once(shop: Shop, buyer: Buyer) -> None:
    order = buyer.placed((shop.sku(price=0), 1))

    answers = results(at_once([partial(buyer.pay, order["id"])] * 10))

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert payments() == [(order["orderNo"], "succeeded", False)]
    assert (buyer.read_order(order["id"])["status"], calls_of(shop, "prepay")) == ("paid", 0)
    assert_books_balance(shop.store_id)
