"""Paying with WeChat, as a shopper sees it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from src.models.payments import Payment
from src.models.stock_moves import StockMove
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import calls_of, fault, heal, ledger, paid_at_wechat, pass_time


def started(buyer: Buyer, order: dict[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = data_of(buyer.pay(order["id"]), 200)
    return arguments


def at_wechat(shop: Shop) -> dict[str, Any]:
    (order,) = ledger(shop)["orders"]
    return dict(order)


def instant(text: str) -> datetime:
    """Returns the moment, to the second that WeChat knows."""
    return datetime.fromisoformat(text).replace(microsecond=0)


def test_only_shoppers_pay(shop: Shop) -> None:
    order, owner = shop.buyer().placed((shop.sku(), 1)), shop.staff()
    with nothing_changes():
        refused(shop.client.post(f"/api/orders/{order['id']}/pay"), 401)
        refused(owner.post(f"/api/orders/{order['id']}/pay"), 401)
    assert ledger(shop)["orders"] == []


def test_a_paid_order_cannot_be_paid_again(shop: Shop) -> None:
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    with nothing_changes():
        assert refused(buyer.pay(order["id"]), 40902) == {"status": "paid"}


def test_a_number_whose_money_is_held_is_not_to_be_paid_once_more(shop: Shop) -> None:
    shop.control("notifications/suspend")
    buyer = shop.buyer()
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    shop.deliver(order["orderNo"], overrides={"amount_total": 1})
    with nothing_changes():
        refused(buyer.pay(order["id"]), 40908)
    assert calls_of(shop, "prepay") == 1


@pytest.mark.parametrize("kind", ["system_error", "garbage", "forged", "unsigned", "stale", "reset_before"])
def test_without_a_believable_answer_the_order_stays_payable(shop: Shop, kind: str) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    fault(shop, "prepay", kind, times=None)
    answer = buyer.pay(order["id"])
    refused(answer, 50301)
    assert answer.headers["Retry-After"] == "2"
    heal(shop)
    assert buyer.pay_in_wechat(started(buyer, order)) == "requestPayment:ok"
    assert at_wechat(shop)["outTradeNo"] == order["orderNo"]


def test_a_refusal_of_wechat_is_no_detail_for_the_shopper(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    fault(shop, "prepay", "error", code="PARAM_ERROR", message="canary")
    answer = buyer.pay(order["id"])
    assert refused(answer, 50301) is None
    assert "canary" not in answer.get_data(as_text=True)


def test_the_arguments_are_those_of_request_payment(shop: Shop) -> None:
    buyer = shop.buyer()
    arguments = started(buyer, buyer.placed((shop.sku(), 1)))
    assert set(arguments) == {"paid", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert (arguments["paid"], arguments["signType"]) == (False, "RSA")
    assert re.fullmatch(r"[0-9]{10}", arguments["timeStamp"])
    assert re.fullmatch(r"[0-9a-f]{32}", arguments["nonceStr"])
    assert arguments["package"].startswith("prepay_id=")


def test_wechat_is_told_whom_what_and_how_much(shop: Shop) -> None:
    tea, cup, buyer = shop.sku(price=1000), shop.sku(price=500, name="杯👍"), shop.buyer()
    order = buyer.placed((tea, 2), (cup, 1))
    started(buyer, order)
    told = at_wechat(shop)
    assert (told["outTradeNo"], told["total"], told["user"]) == (order["orderNo"], 2500, buyer.wechat_user)
    assert told["description"] == "高山乌龙茶等2件商品"
    assert told["notifyUrl"].endswith("/api/wechat/pay/notify")
    assert instant(told["expiresAt"]) == instant(order["expiresAt"])


def test_characters_that_wechat_refuses_are_left_out(shop: Shop) -> None:
    buyer = shop.buyer()
    started(buyer, buyer.placed((shop.sku(name="茶👍"), 1)))
    assert at_wechat(shop)["description"] == "茶"


def test_a_second_call_reuses_the_live_prepay(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    first, second = started(buyer, order), started(buyer, order)
    assert first["package"] == second["package"]
    assert first["nonceStr"] != second["nonceStr"]
    assert (calls_of(shop, "prepay"), Payment.objects.count()) == (1, 1)
    assert buyer.pay_in_wechat(second) == "requestPayment:ok"


def test_a_shopper_who_changes_their_mind_can_still_pay(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    arguments = started(buyer, order)
    assert buyer.pay_in_wechat(arguments, outcome="cancel") == "requestPayment:fail cancel"
    assert buyer.read_order(order["id"])["status"] == "pending"
    assert buyer.pay_in_wechat(started(buyer, order)) == "requestPayment:ok"


def test_a_verified_callback_pays_the_order(shop: Shop) -> None:
    sku, buyer = shop.sku(price=1000, stock=5), shop.buyer()
    order = shop.paid_order(buyer, (sku, 2))
    payment = Payment.objects.get()
    assert (order["status"], order["paidAt"]) == ("paid", order["history"][1]["at"])
    assert (payment.status.value, payment.live, payment.amount_fen) == ("succeeded", False, 2000)
    assert payment.transaction_id == at_wechat(shop)["transactionId"]
    assert StockMove.objects(kind="sell").get().sold_delta == 2


def test_paying_adds_to_the_sales_of_the_product(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    buyer.placed((sku, 1))
    shop.paid_order(buyer, (sku, 2))
    assert data_of(buyer.get(f"/api/products/{sku['productId']}"), 200)["sales"] == 2


def test_what_the_client_saw_pays_nothing(shop: Shop) -> None:
    shop.control("notifications/suspend")
    buyer = shop.buyer()
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    assert buyer.read_order(order["id"])["status"] == "pending"


def test_a_callback_that_never_comes_is_made_up_for_by_asking(shop: Shop, clock: MovableClock) -> None:
    shop.control("notifications/suspend")
    buyer = shop.buyer()
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    pass_time(shop, clock, 6)
    assert buyer.read_order(order["id"])["status"] == "paid"


def test_wechat_is_not_asked_more_often_than_planned(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    started(buyer, order)
    asked = []
    for seconds in (0, 6, 0, 20, 11, 0):
        pass_time(shop, clock, seconds)
        buyer.read_order(order["id"])
        asked.append(calls_of(shop, "query"))
    assert asked == [0, 1, 1, 1, 2, 2]


def test_a_failing_question_does_not_fail_the_reading(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    started(buyer, order)
    pass_time(shop, clock, 6)
    fault(shop, "query", "system_error", times=None)
    assert buyer.read_order(order["id"])["status"] == "pending"


def test_an_order_of_nothing_is_paid_without_wechat(shop: Shop) -> None:
    sku, buyer = shop.sku(price=0, stock=5), shop.buyer()
    order = buyer.placed((sku, 2))
    nothing = dict.fromkeys(("timeStamp", "nonceStr", "package", "signType", "paySign"))
    assert started(buyer, order) == {"paid": True, **nothing}
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert (calls_of(shop, "prepay"), shop.stock_of(sku)) == (0, 3)


def test_an_order_of_nothing_is_paid_once(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(price=0), 1))
    started(buyer, order)
    with nothing_changes():
        refused(buyer.pay(order["id"]), 40902)


def test_a_number_that_wechat_has_closed_is_replaced(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    fault(shop, "prepay", "error", code="ORDER_CLOSED")
    assert buyer.pay_in_wechat(started(buyer, order)) == "requestPayment:ok"
    assert [payment.out_trade_no for payment in Payment.objects.order_by("attempt")] == [
        order["orderNo"],
        f"{order['orderNo']}-2",
    ]


def test_a_name_that_wechat_cannot_take_is_replaced_by_the_number(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(name="🍎🍎"), 1))
    assert buyer.pay_in_wechat(started(buyer, order)) == "requestPayment:ok"
    assert Payment.objects.get().description == order["orderNo"]
