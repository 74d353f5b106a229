"""Notifications that WeChat did sign but that do not fit what we know: kept for a person, never applied."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.connection import database
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.services.orders.closing import ExpiryReport
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import contents
from tests.factories.shop import Buyer, Shop, refused
from tests.factories.wechat import (
    calls_of,
    fault,
    paid_at_wechat,
    pass_time,
    pay_the_unseen_prepay,
    states_at_wechat,
    transaction_at_wechat,
)


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> dict[str, Any]:
    """Paid at WeChat, not yet known to us."""
    return paid_at_wechat(buyer, (shop.sku(price=1000, stock=10), 3))


def status_of(order: dict[str, Any]) -> str:
    return str(Order.objects.get(order_no=order["orderNo"]).status.value)


def payment_of(order: dict[str, Any]) -> Payment:
    payment: Payment = Payment.objects.get(out_trade_no=order["orderNo"])
    return payment


def contradict(shop: Shop, order: dict[str, Any], **overrides: Any) -> tuple[int, str]:
    """Delivers an altered copy under an id of its own; returns our answer's status and what we took it for."""
    (answer,) = shop.deliver(order["orderNo"], overrides={"id": "EV-altered", **overrides})
    stored = Notification.objects.get(id=f"{shop.credentials['mchid']}:EV-altered")
    return answer["status"], stored.outcome.value


@pytest.mark.parametrize(
    ("override", "value", "field"),
    [
        ("amount_total", 2999, "amount"),
        ("amount_total", 3001, "amount"),
        ("amount_total", 0, "amount"),
        ("amount_total", -3000, "amount"),
        ("currency", "USD", "currency"),
        ("payer_openid", "o-somebody-else-altogether-1", "openid"),
        ("appid", "wx0000000000000000", "appid"),
    ],
)
def test_other_facts_than_ours_are_recorded(
    shop: Shop, order: dict[str, Any], override: str, value: Any, field: str
) -> None:
    assert contradict(shop, order, **{override: value}) == (200, "mismatch")

    payment = payment_of(order)
    assert (status_of(order), payment.status.value, payment.mismatches) == ("pending", "prepared", [field])
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(
    ("override", "value"), [("mchid", "1900000000"), ("trade_state", "NOTPAY"), ("trade_state", "HACKED")]
)
def test_what_contradicts_itself_touches_no_payment(
    shop: Shop, order: dict[str, Any], override: str, value: str
) -> None:
    before = contents()

    assert contradict(shop, order, **{override: value}) == (200, "mismatch")

    assert contents() | {"wechat_notifications": []} == before
    assert_books_balance(shop.store_id)


def test_the_right_one_is_applied_after_a_contradicting_one(shop: Shop, order: dict[str, Any]) -> None:
    contradict(shop, order, amount_total=1)

    shop.deliver(order["orderNo"])

    assert status_of(order) == "paid"
    assert payment_of(order).mismatches == ["amount"]
    assert_books_balance(shop.store_id)


def test_a_transaction_that_has_paid_another_order_pays_no_second_one(
    shop: Shop, buyer: Buyer, order: dict[str, Any]
) -> None:
    other = paid_at_wechat(buyer, (shop.sku(price=1000), 3))
    shop.deliver(order["orderNo"])

    used = transaction_at_wechat(shop, order["orderNo"])
    assert contradict(shop, other, transaction_id=used) == (200, "mismatch")

    assert (status_of(order), status_of(other)) == ("paid", "pending")
    assert payment_of(other).mismatches == ["transaction_id"]
    assert_books_balance(shop.store_id)


def test_money_that_does_not_fit_ends_nothing(
    shop: Shop, services: Services, buyer: Buyer, order: dict[str, Any], clock: MovableClock
) -> None:
    """WeChat says the same when it is asked: the order neither takes the money nor gives its stock away."""
    for collection in ("payments", "users"):
        database()[collection].update_one({}, {"$set": {"openid": "o-somebody-else-altogether-1"}})

    refused(buyer.post(f"/api/orders/{order['id']}/cancel"), 40908)
    pass_time(shop, clock, 1_800)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=0, failed=1)
    assert (status_of(order), payment_of(order).mismatches) == ("pending", ["openid"])
    assert_books_balance(shop.store_id)


def test_a_payment_we_do_not_know_yet_is_kept_and_asked_for_again(shop: Shop, order: dict[str, Any]) -> None:
    payment = database()["payments"].find_one_and_delete({"out_trade_no": order["orderNo"]})
    assert payment is not None
    statuses = [shop.deliver(order["orderNo"])[0]["status"] for _ in range(2)]
    assert (statuses, Notification.objects.get().outcome.value) == ([404, 404], "stored")

    database()["payments"].insert_one(payment)
    assert shop.deliver(order["orderNo"])[0]["status"] == 200

    assert (status_of(order), Notification.objects.get().outcome.value) == ("paid", "applied")
    assert_books_balance(shop.store_id)


def test_a_number_that_is_not_ours_is_kept_and_changes_nothing(shop: Shop, order: dict[str, Any]) -> None:
    before = contents()

    assert contradict(shop, order, out_trade_no="20260101000000NOTOURS") == (404, "stored")

    assert contents() | {"wechat_notifications": []} == before


@pytest.mark.parametrize("event_type", ["TRANSACTION.FAIL", "VERYNEW.EVENT"])
def test_another_kind_of_event_is_kept_and_ignored(shop: Shop, order: dict[str, Any], event_type: str) -> None:
    before = contents()

    assert contradict(shop, order, event_type=event_type) == (200, "ignored")

    assert contents() | {"wechat_notifications": []} == before


def test_the_news_of_a_refund_is_not_taken_for_that_of_a_payment(shop: Shop, order: dict[str, Any]) -> None:
    before = contents()

    (answer,) = shop.deliver(order["orderNo"], overrides={"event_type": "REFUND.SUCCESS"})

    assert (answer["status"], contents()) == (401, before)


def test_one_stores_merchant_cannot_pay_anothers_order(shop: Shop, other_shop: Shop, order: dict[str, Any]) -> None:
    rival = other_shop.buyer()
    theirs = paid_at_wechat(rival, (other_shop.sku(price=1000), 3))

    assert contradict(other_shop, theirs, out_trade_no=order["orderNo"]) == (200, "mismatch")

    assert (status_of(order), status_of(theirs)) == ("pending", "pending")
    assert payment_of(order).mismatches == ["mchid", "appid", "openid"]
    for store in (shop, other_shop):
        assert_books_balance(store.store_id)


def test_money_for_a_prepay_whose_answer_was_lost_is_applied(shop: Shop, buyer: Buyer) -> None:
    order = buyer.placed((shop.sku(), 1))
    fault(shop, "prepay", "reset_after")
    refused(buyer.pay(order["id"]), 50301)
    pay_the_unseen_prepay(buyer, order["orderNo"])

    assert shop.deliver(order["orderNo"])[0]["status"] == 200

    assert (status_of(order), payment_of(order).prepay_id) == ("paid", None)
    assert_books_balance(shop.store_id)


def test_money_that_comes_before_the_answer_of_the_prepay_is_applied(shop: Shop, buyer: Buyer) -> None:
    """The answer is at hand only then: it tells that the order is paid, not how to pay it once more."""
    order = buyer.placed((shop.sku(), 1))
    shop.control("notifications/resume")
    fault(shop, "prepay", "notified_first")

    assert refused(buyer.pay(order["id"]), 40902) == {"status": "paid"}

    assert (status_of(order), states_at_wechat(shop)) == ("paid", {order["orderNo"]: "SUCCESS"})
    assert calls_of(shop, "prepay") == 1
    assert_books_balance(shop.store_id)
