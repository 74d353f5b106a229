"""Money that WeChat reports under a number of ours, though it is somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.events import Event
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.orders.closing import ExpiryReport
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.refunds import plan, refunds_at_wechat
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import paid_at_wechat, pass_time, transaction_at_wechat

Placed = dict[str, Any]


@pytest.fixture
def order(shop: Shop, buyer: Buyer, sku: dict[str, Any]) -> Placed:
    """About to be paid: what wx.requestPayment needs is there."""
    plan(shop)
    placed = buyer.placed((sku, 1))
    return {**placed, "arguments": data_of(buyer.pay(placed["id"]), 200)}


@pytest.fixture
def claimed_by_a_rival(other_shop: Shop, order: Placed) -> Placed:
    """Another store's merchant was told of money, under the number of this store's order."""
    theirs = paid_at_wechat(other_shop.buyer(), (other_shop.sku(), 1))
    other_shop.deliver(theirs["orderNo"], overrides={"id": "EV-rival", "out_trade_no": order["orderNo"]})
    return order


def payment_of(order: Placed) -> Payment:
    payment: Payment = Payment.objects.get(out_trade_no=order["orderNo"])
    return payment


def status_of(order: Placed) -> str:
    return str(Order.objects.get(order_no=order["orderNo"]).status.value)


def send_back(shop: Shop, order: Placed) -> Any:
    return shop.staff().post(f"/api/merchant/payments/{payment_of(order).id}/send-back")


def held_in(shop: Shop) -> list[str]:
    listed = data_of(shop.staff().get("/api/merchant/payments", held="true"), 200)["list"]
    return [payment["outTradeNo"] for payment in listed]


def test_money_of_another_merchant_is_not_held(shop: Shop, claimed_by_a_rival: Placed) -> None:
    payment = payment_of(claimed_by_a_rival)
    assert (payment.held, payment.mismatches, held_in(shop)) == (False, ["mchid", "appid", "openid"], [])
    assert Event.objects(type="payment.held").count() == 1
    refused(send_back(shop, claimed_by_a_rival), 40909)
    assert_books_balance(shop.store_id)


def test_the_order_can_be_paid_all_the_same(shop: Shop, buyer: Buyer, claimed_by_a_rival: Placed) -> None:
    assert buyer.pay_in_wechat(claimed_by_a_rival["arguments"]) == "requestPayment:ok"
    shop.deliver(claimed_by_a_rival["orderNo"])
    assert (status_of(claimed_by_a_rival), payment_of(claimed_by_a_rival).status.value) == ("paid", "succeeded")
    assert_books_balance(shop.store_id)


def test_the_order_can_expire_all_the_same(
    shop: Shop, services: Services, clock: MovableClock, claimed_by_a_rival: Placed
) -> None:
    pass_time(shop, clock, 1_801)
    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=1, failed=0)  # paid: the rival's
    assert (status_of(claimed_by_a_rival), payment_of(claimed_by_a_rival).status.value) == ("cancelled", "closed")


def test_its_own_money_is_held_though_another_differed_in_the_same(
    shop: Shop, buyer: Buyer, claimed_by_a_rival: Placed
) -> None:
    buyer.pay_in_wechat(claimed_by_a_rival["arguments"])
    shop.deliver(claimed_by_a_rival["orderNo"], overrides={"payer_openid": "o-somebody-else-altogether-1"})
    assert held_in(shop) == [claimed_by_a_rival["orderNo"]]


def test_a_second_transaction_of_a_paid_number_is_recorded(shop: Shop, buyer: Buyer, order: Placed) -> None:
    """WeChat has one per number: whatever this is, it is not swallowed."""
    buyer.pay_in_wechat(order["arguments"])
    shop.deliver(order["orderNo"])
    paid_by = payment_of(order).transaction_id

    other = {"id": "EV-second", "transaction_id": "4200000000000000000000000000"}
    assert shop.deliver(order["orderNo"], overrides=other)[0]["status"] == 200

    payment = payment_of(order)
    assert (payment.status.value, payment.transaction_id, payment.held) == ("succeeded", paid_by, False)
    assert payment.mismatches == ["transaction_id"]
    assert Notification.objects.get(id=f"{shop.credentials['mchid']}:EV-second").outcome.value == "mismatch"
    assert Event.objects(type="payment.held").count() == 1
    assert_books_balance(shop.store_id)


def test_held_money_that_is_another_payments_is_not_sent_back(
    shop: Shop, buyer: Buyer, sku: dict[str, Any], order: Placed
) -> None:
    other = paid_at_wechat(buyer, (sku, 1))
    shop.deliver(other["orderNo"])
    used = {"id": "EV-used", "transaction_id": transaction_at_wechat(shop, other["orderNo"]), "amount_total": 1}
    buyer.pay_in_wechat(order["arguments"])
    shop.deliver(order["orderNo"], overrides=used)
    assert held_in(shop) == [order["orderNo"]]

    refused(send_back(shop, order), 40909)

    payment = payment_of(order)
    assert (payment.held, payment.held_money, payment.status.value) == (False, None, "prepared")
    assert (held_in(shop), Refund.objects.count(), refunds_at_wechat(shop)) == ([], 0, {})
    shop.deliver(order["orderNo"])
    assert (status_of(order), status_of(other)) == ("paid", "paid")
    assert_books_balance(shop.store_id)
