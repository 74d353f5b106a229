"""Notifications that come when nobody can apply them, and money that no notification tells of."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ecosystem.sandbox.notices import RETRY_AFTER_S
from src.models.connection import database
from src.models.events import Event
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.services.orders.closing import ExpiryReport
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import together
from tests.factories.refunds import refunds_at_wechat
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import (
    WITH_EFFECT,
    WITHOUT_EFFECT,
    calls_of,
    fault,
    heal,
    ledger,
    paid_at_wechat,
    pass_time,
)
from tests.fault.failpoints import OUT_OF_TIME, failing

Placed = dict[str, Any]
TTL_S = 30 * 60
# After these pauses a stored notification is tried again: minutes that double, six hours at most.
PAUSES_S = [60, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 21_600, 21_600]


@pytest.fixture
def order(buyer: Buyer, sku: dict[str, Any]) -> Placed:
    """Paid at WeChat, not yet known to us."""
    return paid_at_wechat(buyer, (sku, 1))


@pytest.fixture
def another_order(buyer: Buyer, sku: dict[str, Any], order: Placed) -> Placed:
    return paid_at_wechat(buyer, (sku, 1))


def status_of(order: Placed) -> str:
    return str(Order.objects.get(order_no=order["orderNo"]).status.value)


def attempts() -> dict[str, str]:
    return {payment.out_trade_no: payment.status.value for payment in Payment.objects}


def test_a_stored_one_is_tried_again_with_growing_pauses_until_it_can_be_applied(
    shop: Shop, services: Services, clock: MovableClock, order: Placed
) -> None:
    payment = database()["payments"].find_one_and_delete({"out_trade_no": order["orderNo"]})
    assert payment is not None
    assert shop.deliver(order["orderNo"])[0]["status"] == 404
    for tries, pause in enumerate(PAUSES_S):
        clock.advance(seconds=pause - 1)
        assert services.pay_callbacks.apply_stored(10) == 0
        clock.advance(seconds=1)
        assert services.pay_callbacks.apply_stored(10) == 1
        stored = Notification.objects.get()
        assert (stored.outcome.value, stored.tries) == ("stored", tries + 1)

    database()["payments"].insert_one(payment)
    clock.advance(seconds=PAUSES_S[-1])
    assert [services.pay_callbacks.apply_stored(10) for _ in range(2)] == [1, 0]

    assert (status_of(order), Notification.objects.get().outcome.value) == ("paid", "applied")
    assert Event.objects(type="order.paid").count() == 1
    assert_books_balance(shop.store_id)


def test_one_that_was_tried_a_thousand_times_is_not_in_the_way_of_the_others(
    shop: Shop, services: Services, clock: MovableClock, order: Placed, another_order: Placed
) -> None:
    payments = list(database()["payments"].find())
    database()["payments"].delete_many({})
    for placed in (order, another_order):
        shop.deliver(placed["orderNo"])
    stranger = {"resource": {"$regex": order["orderNo"]}}
    database()["wechat_notifications"].update_one(stranger, {"$set": {"tries": 1_000}})
    database()["payments"].insert_many(payments[1:])
    clock.advance(seconds=60)

    assert services.pay_callbacks.apply_stored(10) == 2

    assert (status_of(order), status_of(another_order)) == ("pending", "paid")
    assert services.pay_callbacks.apply_stored(10) == 0


def test_two_runs_at_once_try_a_stored_one_once(
    shop: Shop, services: Services, clock: MovableClock, order: Placed
) -> None:
    database()["payments"].delete_many({})
    shop.deliver(order["orderNo"])
    clock.advance(seconds=60)

    together(*[partial(services.pay_callbacks.apply_stored, 10)] * 8)

    assert Notification.objects.get().tries == 1


def test_we_are_down_for_hours_and_wechat_keeps_trying(shop: Shop, clock: MovableClock, order: Placed) -> None:
    """Fifteen retries in a day: those of the first two hours find a database that takes nothing."""
    with failing("find", "findAndModify", failure=OUT_OF_TIME):
        shop.control("notifications/resume")
        pass_time(shop, clock, 2 * 3600)
    assert (status_of(order), Notification.objects.count()) == ("pending", 0)

    pass_time(shop, clock, 24 * 3600)

    (notice,) = ledger(shop)["notifications"]
    missed = [attempt["status"] for attempt in notice["attempts"][:-1]]
    due_within_two_hours = [sum(RETRY_AFTER_S[:n]) <= 2 * 3600 for n in range(len(RETRY_AFTER_S))]
    assert (len(missed), set(missed)) == (sum(due_within_two_hours), {503})
    assert (notice["attempts"][-1]["status"], notice["status"]) == (200, "acknowledged")
    stored = Notification.objects.get()
    assert (stored.outcome.value, stored.deliveries) == ("applied", 1)
    assert (status_of(order), Event.objects(type="order.paid").count()) == ("paid", 1)
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("kind", WITHOUT_EFFECT + WITH_EFFECT)
def test_a_question_that_fails_is_asked_again(
    shop: Shop, services: Services, clock: MovableClock, order: Placed, kind: str
) -> None:
    pass_time(shop, clock, 6)
    fault(shop, "query", kind)

    assert services.payments.query_due(10) == 1
    assert (status_of(order), calls_of(shop, "query")) == ("pending", 1)

    assert services.payments.query_due(10) == 0
    pass_time(shop, clock, 30)
    assert services.payments.query_due(10) == 1
    assert (status_of(order), calls_of(shop, "query")) == ("paid", 2)
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("kind", ["latency", "slow_answer"])
def test_a_slow_wechat_does_not_hold_the_sweeps_up(
    shop: Shop, impatient_services: Services, clock: MovableClock, order: Placed, kind: str
) -> None:
    pass_time(shop, clock, TTL_S)
    for endpoint in ("query", "close"):
        fault(shop, endpoint, kind, seconds=0.6, times=None)

    assert impatient_services.payments.query_due(10) == 1
    assert impatient_services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=0, failed=1)
    assert status_of(order) == "pending"

    heal(shop)
    pass_time(shop, clock, 300)
    assert impatient_services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=1, failed=0)
    assert_books_balance(shop.store_id)


def test_held_money_waits_for_staff_and_for_nobody_else(
    shop: Shop, services: Services, clock: MovableClock, order: Placed
) -> None:
    """WeChat names the same payer whenever it is asked; once that was found to differ, the sweeps ask no more."""
    for collection in ("payments", "users"):
        database()[collection].update_one({}, {"$set": {"openid": "o-somebody-else-altogether-1"}})
    shop.deliver(order["orderNo"])
    pass_time(shop, clock, TTL_S)

    assert services.payments.query_due(10) == 1
    assert calls_of(shop, "query") == 0
    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=0, failed=1)
    assert (status_of(order), Event.objects(type="payment.held").count()) == ("pending", 1)
    with nothing_changes():
        assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=0, failed=0)

    payment = Payment.objects.get()
    data_of(shop.staff().post(f"/api/merchant/payments/{payment.id}/send-back"), 200)
    pass_time(shop, clock, 300)
    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)
    assert services.refund_execution.drive_due(10) == 1
    assert list(refunds_at_wechat(shop).values()) == ["PROCESSING"]
    assert_books_balance(shop.store_id)
