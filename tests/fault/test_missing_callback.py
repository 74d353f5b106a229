"""The callback never comes: reading the order asks WeChat, when that is due, and not more often."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import contents
from tests.factories.races import at_once, results, together
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import (
    WITH_EFFECT,
    WITHOUT_EFFECT,
    calls_of,
    fault,
    heal,
    paid_at_wechat,
    pass_time,
    states_at_wechat,
)

Sku = dict[str, Any]
Placed = dict[str, Any]

FIRST_DUE_S = 5
SPACING_S = [30, 60, 180, 300, 600]


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> Placed:
    """Paid at WeChat, not yet known to us."""
    return paid_at_wechat(buyer, (shop.sku(stock=10), 1))


@pytest.fixture
def unpaid(shop: Shop, buyer: Buyer) -> Placed:
    order = buyer.placed((shop.sku(stock=10), 1))
    data_of(buyer.pay(order["id"]), 200)
    return order


def status(buyer: Buyer, order: Placed) -> str:
    return str(buyer.read_order(order["id"])["status"])


def test_reading_asks_wechat_when_it_is_due(shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock) -> None:
    assert (status(buyer, order), calls_of(shop, "query")) == ("pending", 0)

    pass_time(shop, clock, FIRST_DUE_S)

    assert (status(buyer, order), calls_of(shop, "query")) == ("paid", 1)
    assert (status(buyer, order), calls_of(shop, "query")) == ("paid", 1)
    assert_books_balance(shop.store_id)


def test_the_callback_that_comes_afterwards_has_no_effect(
    shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock
) -> None:
    pass_time(shop, clock, FIRST_DUE_S)
    buyer.read_order(order["id"])

    assert shop.deliver(order["orderNo"])[0]["status"] == 200

    assert_books_balance(shop.store_id)


def test_twenty_readers_at_once_ask_once(shop: Shop, buyer: Buyer, unpaid: Placed, clock: MovableClock) -> None:
    pass_time(shop, clock, FIRST_DUE_S)

    answers = results(at_once([partial(status, buyer, unpaid)] * 20))

    assert answers == ["pending"] * 20
    assert calls_of(shop, "query") == 1
    assert_books_balance(shop.store_id)


def test_readers_and_callbacks_at_once_have_one_effect(
    shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock
) -> None:
    pass_time(shop, clock, FIRST_DUE_S)

    together(
        partial(shop.deliver, order["orderNo"], copies=5),
        *[partial(status, buyer, order)] * 5,
    )

    assert status(buyer, order) == "paid"
    assert_books_balance(shop.store_id)


def test_the_questions_become_rarer(shop: Shop, buyer: Buyer, unpaid: Placed, clock: MovableClock) -> None:
    pass_time(shop, clock, FIRST_DUE_S)
    status(buyer, unpaid)
    for asked, spacing in enumerate(SPACING_S[:4], start=1):
        pass_time(shop, clock, spacing - 1)
        assert (status(buyer, unpaid), calls_of(shop, "query")) == ("pending", asked)
        pass_time(shop, clock, 1)
        assert (status(buyer, unpaid), calls_of(shop, "query")) == ("pending", asked + 1)


def test_what_nobody_began_to_pay_is_not_asked_for(shop: Shop, buyer: Buyer, clock: MovableClock) -> None:
    order = buyer.placed((shop.sku(), 1))
    pass_time(shop, clock, FIRST_DUE_S)

    assert (status(buyer, order), calls_of(shop, "query")) == ("pending", 0)


def test_another_shopper_cannot_make_us_ask(shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock) -> None:
    pass_time(shop, clock, FIRST_DUE_S)

    refused(shop.buyer().get(f"/api/orders/{order['id']}"), 404)

    assert calls_of(shop, "query") == 0


@pytest.mark.parametrize("kind", WITHOUT_EFFECT + WITH_EFFECT)
def test_a_failing_wechat_leaves_the_order_as_it_is(
    shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock, kind: str
) -> None:
    pass_time(shop, clock, FIRST_DUE_S)
    fault(shop, "query", kind)
    before = contents()

    assert status(buyer, order) == "pending"

    after = contents()
    asked = {name: after["payments"][0].pop(name) for name in ("queries", "query_due_at")}
    assert (asked["queries"], calls_of(shop, "query")) == (1, 1)
    assert {**before["payments"][0], **asked} == {**after["payments"][0], **asked}
    assert {**after, "payments": []} == {**before, "payments": []}
    pass_time(shop, clock, SPACING_S[0])
    assert status(buyer, order) == "paid"
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("kind", ["latency", "slow_answer"])
def test_a_slow_wechat_does_not_hold_the_reader_up(
    impatient_shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock, kind: str
) -> None:
    pass_time(impatient_shop, clock, FIRST_DUE_S)
    fault(impatient_shop, "query", kind, seconds=0.6)

    read = impatient_shop.client.get(f"/api/orders/{order['id']}", headers=buyer.headers)

    assert data_of(read, 200)["status"] == "pending"


def test_a_dead_wechat_is_not_asked_by_every_reader(
    shop: Shop, buyer: Buyer, order: Placed, clock: MovableClock
) -> None:
    pass_time(shop, clock, FIRST_DUE_S)
    fault(shop, "query", "reset_before", times=None)

    assert [status(buyer, order) for _ in range(10)] == ["pending"] * 10

    assert calls_of(shop, "query") == 1
    heal(shop)


def test_a_payment_wechat_has_never_heard_of_stays_pending(shop: Shop, buyer: Buyer, clock: MovableClock) -> None:
    order = buyer.placed((shop.sku(), 1))
    fault(shop, "prepay", "reset_before")
    refused(buyer.pay(order["id"]), 50301)
    pass_time(shop, clock, FIRST_DUE_S)

    assert (status(buyer, order), calls_of(shop, "query"), states_at_wechat(shop)) == ("pending", 1, {})


def test_what_was_closed_behind_our_back_can_be_paid_again(
    shop: Shop, buyer: Buyer, unpaid: Placed, clock: MovableClock
) -> None:
    """A cancelling closed it at WeChat, and then neither its answer nor our question came through."""
    fault(shop, "close", "reset_after")
    fault(shop, "query", "reset_before")
    refused(buyer.post(f"/api/orders/{unpaid['id']}/cancel"), 50301)
    pass_time(shop, clock, FIRST_DUE_S)
    assert status(buyer, unpaid) == "pending"

    arguments = data_of(buyer.pay(unpaid["id"]), 200)

    assert buyer.pay_in_wechat(arguments) == "requestPayment:ok"
    shop.deliver(f"{unpaid['orderNo']}-2")
    assert status(buyer, unpaid) == "paid"
    assert_books_balance(shop.store_id)
