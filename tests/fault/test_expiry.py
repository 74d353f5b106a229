"""Orders whose time is over: WeChat is asked, closed there, then here, and the stock comes back once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from src.models.connection import database
from src.models.orders import Order
from src.models.payments import Payment
from src.models.transaction import Transactions
from src.services.orders.closing import ExpiryReport
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import contents
from tests.factories.races import at_once, results, run_before
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import calls_of, fault, heal, paid_at_wechat, pass_time, states_at_wechat

Sku = dict[str, Any]
Placed = dict[str, Any]

TTL_S = 30 * 60
PAUSE_S = 5 * 60
NOTHING = ExpiryReport(cancelled=0, paid=0, failed=0)


def prepared(buyer: Buyer, sku: Sku) -> Placed:
    order = buyer.placed((sku, 1))
    return {**order, "arguments": data_of(buyer.pay(order["id"]), 200)}


def everything_but_the_next_try() -> dict[str, Any]:
    """All that is stored, without the time at which expiring is tried again."""
    stored = contents()
    for order in stored["orders"]:
        del order["expiry_due_at"]
    return stored


def overdue(clock: MovableClock) -> None:
    database()["orders"].update_many({}, {"$set": {"expires_at": clock.now(), "expiry_due_at": clock.now()}})


def statuses() -> list[str]:
    return [order.status.value for order in Order.objects.order_by("created_at", "_id")]


def test_what_is_not_due_stays(shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock) -> None:
    prepared(buyer, sku)
    pass_time(shop, clock, TTL_S - 2)

    assert services.closing.expire_due(limit=10) == NOTHING

    assert (statuses(), calls_of(shop, "query")) == (["pending"], 0)


def test_what_nobody_paid_is_closed_and_its_stock_comes_back(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    order = prepared(buyer, sku)
    pass_time(shop, clock, TTL_S)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)
    assert services.closing.expire_due(limit=10) == NOTHING

    stored = Order.objects.get()
    assert (stored.status.value, stored.history[-1].actor, stored.history[-1].reason) == (
        "cancelled",
        "system",
        "expired",
    )
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert database()["stock_items"].find_one({}, {"_id": 0, "available": 1, "reserved": 1}) == {
        "available": 10,
        "reserved": 0,
    }
    assert_books_balance(shop.store_id)


def test_what_was_paid_without_a_callback_is_paid(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    paid_at_wechat(buyer, (sku, 1))
    pass_time(shop, clock, TTL_S)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=1, failed=0)

    assert (statuses(), calls_of(shop, "close")) == (["paid"], 0)
    assert_books_balance(shop.store_id)


def test_what_nobody_began_to_pay_needs_no_wechat(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    buyer.placed((sku, 1))
    clock.advance(seconds=TTL_S)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)

    assert (calls_of(shop, "query"), calls_of(shop, "close")) == (0, 0)
    assert_books_balance(shop.store_id)


def test_what_wechat_never_heard_of_is_cancelled(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    order = buyer.placed((sku, 1))
    fault(shop, "prepay", "reset_before")
    refused(buyer.pay(order["id"]), 50301)
    pass_time(shop, clock, TTL_S)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)

    assert states_at_wechat(shop) == {}
    assert_books_balance(shop.store_id)


def test_a_free_order_needs_no_wechat(shop: Shop, services: Services, buyer: Buyer, clock: MovableClock) -> None:
    buyer.placed((shop.sku(price=0), 1))
    clock.advance(seconds=TTL_S)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)

    assert calls_of(shop, "query") == 0
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("kind", ["reset_before", "bad_gateway", "garbage", "forged", "error"])
def test_while_wechat_fails_the_order_waits(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock, *, kind: str
) -> None:
    prepared(buyer, sku)
    pass_time(shop, clock, TTL_S)
    fault(shop, "query", kind, times=None)
    fault(shop, "close", kind, times=None)
    before = everything_but_the_next_try()

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=0, paid=0, failed=1)

    assert everything_but_the_next_try() == before
    heal(shop)
    assert services.closing.expire_due(limit=10) == NOTHING
    pass_time(shop, clock, PAUSE_S)
    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=0)
    assert_books_balance(shop.store_id)


def test_at_most_so_many_at_a_time_the_oldest_first(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    for _ in range(3):
        buyer.placed((sku, 1))
        clock.advance(seconds=1)
    clock.advance(seconds=TTL_S)

    assert services.closing.expire_due(limit=2) == ExpiryReport(cancelled=2, paid=0, failed=0)

    assert statuses() == ["cancelled", "cancelled", "pending"]
    assert services.closing.expire_due(limit=2) == ExpiryReport(cancelled=1, paid=0, failed=0)


def test_one_that_fails_at_wechat_does_not_stop_the_rest(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    for _ in range(3):
        prepared(buyer, sku)
    pass_time(shop, clock, TTL_S)
    fault(shop, "query", "reset_before")

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=2, paid=0, failed=1)

    assert statuses() == ["pending", "cancelled", "cancelled"]
    assert_books_balance(shop.store_id)


def test_those_that_fail_are_not_in_the_way_of_the_others(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    for _ in range(3):
        prepared(buyer, sku)
    pass_time(shop, clock, TTL_S)
    fault(shop, "query", "reset_before", times=2)

    reports = [services.closing.expire_due(limit=2) for _ in range(3)]

    assert reports == [
        ExpiryReport(cancelled=0, paid=0, failed=2),
        ExpiryReport(cancelled=1, paid=0, failed=0),
        NOTHING,
    ]
    assert statuses() == ["pending", "pending", "cancelled"]


def test_one_whose_books_are_broken_does_not_stop_the_rest(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    broken = buyer.placed((shop.sku(stock=1), 1))
    buyer.placed((sku, 1))
    database()["stock_items"].update_one({"available": 0}, {"$set": {"reserved": 0}})
    clock.advance(seconds=TTL_S)

    assert services.closing.expire_due(limit=10) == ExpiryReport(cancelled=1, paid=0, failed=1)

    assert Order.objects.get(order_no=broken["orderNo"]).status.value == "pending"


def test_a_payment_begun_in_the_last_moment_does_not_stay_payable(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    order = buyer.placed((sku, 1))
    overdue(clock)

    def begin_to_pay() -> None:
        database()["orders"].update_one({}, {"$set": {"expires_at": order_lives_on}})
        data_of(buyer.pay(order["id"]), 200)

    order_lives_on = Order.objects.get().created_at.replace(year=9999)
    with run_before(Transactions, "run", begin_to_pay):
        report = services.closing.expire_due(limit=10)

    assert report == ExpiryReport(cancelled=1, paid=0, failed=0)
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert_books_balance(shop.store_id)


def test_two_runs_at_once_release_once(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    for _ in range(5):
        prepared(buyer, sku)
    pass_time(shop, clock, TTL_S)

    reports = results(at_once([partial(services.closing.expire_due, limit=10)] * 4))

    assert sum(report.cancelled for report in reports) == 5
    assert [report.failed for report in reports] == [0, 0, 0, 0]
    assert statuses() == ["cancelled"] * 5
    assert Payment.objects(live=True).count() == 0
    assert_books_balance(shop.store_id)


def test_what_has_expired_can_no_longer_be_paid(
    shop: Shop, services: Services, buyer: Buyer, sku: Sku, clock: MovableClock
) -> None:
    order = prepared(buyer, sku)
    overdue(clock)

    refused(buyer.pay(order["id"]), 40907)

    pass_time(shop, clock, TTL_S)
    assert buyer.pay_in_wechat(order["arguments"]) == "requestPayment:fail 该订单已过期，请重新下单"
