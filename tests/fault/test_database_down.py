"""MongoDB is away, slow, or out of connections: 503 in the envelope, soon, and nothing half done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from config.settings import Settings
from src.models import connection
from tests.factories.books import assert_books_balance
from tests.factories.races import at_once, results
from tests.factories.shop import ADDRESS, Buyer, Shop, data_of, refused
from tests.fault.everything import everything
from tests.fault.failpoints import CLOSED_CONNECTION, NOT_PRIMARY, failing
from tests.fault.wechat import letter, notify, paid_at_wechat

Placed = dict[str, Any]

OUT_OF_TIME = {"errorCode": 50}
SHUTTING_DOWN = {"errorCode": 91}
EVERYTHING = ("find", "findAndModify", "insert", "update", "delete", "aggregate", "commitTransaction")

CALLS: dict[str, Callable[[Buyer, Placed], TestResponse]] = {
    "list products": lambda buyer, order: buyer.shop.anonymous.get("/api/products"),
    "log in": lambda buyer, order: buyer.shop.anonymous.post("/api/auth/login", {"code": "code"}),
    "read": lambda buyer, order: buyer.get(f"/api/orders/{order['id']}"),
    "place": lambda buyer, order: buyer.post("/api/orders", {"items": [_line(order)], "address": ADDRESS}),
    "pay": lambda buyer, order: buyer.pay(order["id"]),
    "cancel": lambda buyer, order: buyer.post(f"/api/orders/{order['id']}/cancel"),
}


def _line(order: Placed) -> dict[str, Any]:
    (line,) = order["items"]
    return {name: line[name] for name in ("productId", "skuId", "quantity")}


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    return shop.buyer()


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> Placed:
    return buyer.placed((shop.sku(stock=10), 1))


@contextmanager
def connected(settings: Settings, *, uri: str | None = None, pool_size: int = 64) -> Iterator[None]:
    """Gives this process another client for a while."""
    connection.disconnect()
    connection.connect(uri or settings.mongodb_uri, settings.mongodb_database, pool_size=pool_size)
    try:
        yield
    finally:
        connection.disconnect()
        connection.connect(settings.mongodb_uri, settings.mongodb_database, pool_size=settings.mongodb_pool_size)


def assert_unavailable(answer: TestResponse) -> None:
    assert refused(answer, 503) is None
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "failure",
    [NOT_PRIMARY, CLOSED_CONNECTION, OUT_OF_TIME, SHUTTING_DOWN],
    ids=["not primary", "closed connection", "out of time", "shutting down"],
)
def test_a_failing_database_is_a_503(buyer: Buyer, order: Placed, failure: dict[str, Any], name: str) -> None:
    before = everything()

    with failing(*EVERYTHING, **failure):
        assert_unavailable(CALLS[name](buyer, order))

    assert everything() == before


@pytest.mark.parametrize("name", CALLS)
def test_an_unreachable_database_is_a_503_in_time(
    buyer: Buyer, order: Placed, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(connection, "SERVER_SELECTION_TIMEOUT_MS", 200)
    begun = time.monotonic()

    with connected(settings, uri="mongodb://127.0.0.1:9/?replicaSet=rs0"):
        assert_unavailable(CALLS[name](buyer, order))

    assert time.monotonic() - begun < 3


def test_a_notification_without_database_is_left_to_wechats_next_try(
    shop: Shop, buyer: Buyer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    headers, body = letter(shop, order["orderNo"])
    monkeypatch.setattr(connection, "SERVER_SELECTION_TIMEOUT_MS", 200)

    with connected(settings, uri="mongodb://127.0.0.1:9/?replicaSet=rs0"):
        assert_unavailable(notify(shop, headers, body))

    assert shop.deliver(order["orderNo"])[0]["status"] == 200
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(
    ("command", "collection"),
    [
        ("findAndModify", "wechat_notifications"),
        ("update", "payments"),
        ("findAndModify", "orders"),
        ("findAndModify", "stock_items"),
        ("update", "wechat_notifications"),
    ],
)
def test_a_notification_cut_off_anywhere_is_applied_by_the_next_try(
    shop: Shop, buyer: Buyer, command: str, collection: str
) -> None:
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    with failing(command, collection=collection, **OUT_OF_TIME):
        assert shop.deliver(order["orderNo"])[0]["status"] == 503

    assert shop.deliver(order["orderNo"])[0]["status"] == 200

    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


def test_a_slow_database_is_a_503_in_time(shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SOCKET_TIMEOUT_MS", 200)
    begun = time.monotonic()

    with connected(settings), failing("find", collection="products", blockConnection=True, blockTimeMS=1_000):
        assert_unavailable(shop.anonymous.get("/api/products"))

    assert time.monotonic() - begun < 3


def test_with_no_connection_free_the_answer_is_a_503_in_time(shop: Shop, settings: Settings) -> None:
    shop.sku()
    list_products = partial(shop.anonymous.get, "/api/products")
    begun = time.monotonic()

    with (
        connected(settings, pool_size=1),
        failing("find", collection="products", times=1, blockConnection=True, blockTimeMS=2_600),
    ):
        answers = results(at_once([list_products] * 3))

    assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
    for answer in answers:
        if answer.status_code == 503:
            assert_unavailable(answer)
    assert time.monotonic() - begun < 6
    data_of(list_products(), 200)


def test_a_database_that_comes_back_is_used_again(buyer: Buyer, order: Placed) -> None:
    with failing(*EVERYTHING, **NOT_PRIMARY):
        assert_unavailable(buyer.get(f"/api/orders/{order['id']}"))

    assert buyer.read_order(order["id"])["id"] == order["id"]
