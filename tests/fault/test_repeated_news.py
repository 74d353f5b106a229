"""News of WeChat that come for a whole day, in any order, and again: each has its effect once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from ecosystem.sandbox.notices import RETRY_AFTER_S
from src.models.events import Event
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.refunds import asked, decide, plan, settle, tell
from tests.factories.shop import Buyer, Shop
from tests.factories.wechat import ledger, letter, notify, paid_at_wechat, pass_time

Placed = dict[str, Any]
SEEDS = range(3)
ORDERS = 4
COPIES = 3


@pytest.fixture
def order(buyer: Buyer, sku: dict[str, Any]) -> Placed:
    """Paid at WeChat, not yet known to us."""
    return paid_at_wechat(buyer, (sku, 1))


def losing_answers(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Returns a proxy that hands each request on and forgets what was answered."""

    def proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        list(app(environ, lambda status, headers, exc_info=None: lambda data: None))
        start_response("502 Bad Gateway", [("Content-Length", "0")])
        return []

    return proxy


def test_whoever_misses_our_answer_tells_us_sixteen_times(
    shop: Shop, app: Flask, clock: MovableClock, order: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first delivery and all fifteen of WeChat's retries, over a day, arrive and are answered in vain."""
    with monkeypatch.context() as patched:
        patched.setattr(app, "wsgi_app", losing_answers(app.wsgi_app))
        shop.control("notifications/resume")
        shop.control("clock/advance", {"seconds": 0})  # the first delivery has ended on return
        pass_time(shop, clock, sum(RETRY_AFTER_S) + 60)

    (notice,) = ledger(shop)["notifications"]
    assert [attempt["status"] for attempt in notice["attempts"]] == [502] * (1 + len(RETRY_AFTER_S))
    assert notice["status"] == "given_up"
    stored = Notification.objects.get()
    assert (stored.outcome.value, stored.deliveries) == ("applied", 1 + len(RETRY_AFTER_S))
    assert Order.objects.get().status.value == "paid"
    assert Event.objects(type="order.paid").count() == 1
    assert_books_balance(shop.store_id)


def test_an_exact_replay_after_five_minutes_is_refused(shop: Shop, clock: MovableClock, order: Placed) -> None:
    headers, body = letter(shop, order["orderNo"])
    assert notify(shop, headers, body).status_code == 200
    clock.advance(seconds=301)

    with nothing_changes():
        assert notify(shop, headers, body).status_code == 401

    assert_books_balance(shop.store_id)


def test_news_of_the_payment_after_those_of_its_refund(
    shop: Shop, services: Services, clock: MovableClock, buyer: Buyer, order: Placed
) -> None:
    plan(shop)
    pass_time(shop, clock, 6)
    assert services.payments.query_due(10) == 1
    assert buyer.post(f"/api/orders/{order['id']}/cancel").status_code == 200
    refund = Refund.objects.get()
    settle(shop, refund.out_refund_no)
    assert [answer["status"] for answer in tell(shop, refund.out_refund_no)] == [200]

    assert [answer["status"] for answer in shop.deliver(order["orderNo"], copies=COPIES)] == [200] * COPIES

    assert [change.target.value for change in Order.objects.get().history] == ["pending", "paid", "cancelled"]
    assert (Refund.objects.get().status.value, Order.objects.get().refunded_amount) == ("succeeded", 1000)
    assert Counter(found.outcome.value for found in Notification.objects) == {"applied": 1, "already_applied": 1}
    assert_books_balance(shop.store_id)


def refunded(buyer: Buyer, sku: dict[str, Any]) -> tuple[str, str]:
    """Returns the numbers of an order and of its refund that WeChat has paid; of the latter nobody has told us."""
    order = buyer.shop.paid_order(buyer, (sku, 1))
    number = decide(buyer.shop, asked(buyer, order, (sku, 1)), "approve")["outRefundNo"]
    settle(buyer.shop, number)
    return order["orderNo"], number


@pytest.mark.parametrize("seed", SEEDS)
def test_news_in_any_order_and_all_at_once(shop: Shop, buyer: Buyer, sku: dict[str, Any], seed: int) -> None:
    plan(shop)
    news: list[Callable[[], list[dict[str, Any]]]] = []
    for order_no, refund_no in [refunded(buyer, sku) for _ in range(ORDERS)]:
        news += [partial(shop.deliver, order_no), partial(tell, shop, refund_no)] * COPIES
    random.Random(seed).shuffle(news)

    answers = results(at_once(news))

    assert [answer["status"] for answered in answers for answer in answered] == [200] * len(news)
    assert Event.objects(type="refund.succeeded").count() == Refund.objects(status="succeeded").count() == ORDERS
    assert Event.objects(type="order.paid").count() == ORDERS
    assert_books_balance(shop.store_id)
