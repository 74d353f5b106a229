"""MongoDB is away, slow, or out of connections: 503 in the envelope, soon, and nothing half done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from config.settings import Settings
from src.models import connection
from tests.factories.books import assert_books_balance
from tests.factories.contents import contents
from tests.factories.races import at_once, results
from tests.factories.shop import ADDRESS, Buyer, Shop, data_of, refused
from tests.factories.wechat import letter, notify, paid_at_wechat
from tests.fault.failpoints import CLOSED_CONNECTION, NOT_PRIMARY, OUT_OF_TIME, Failure, failing, slow

Placed = dict[str, Any]

EVERYTHING = ("find", "findAndModify", "insert", "update", "delete", "aggregate", "commitTransaction")

CALLS: dict[str, Callable[[Buyer, Placed], TestResponse]] = {
    "list products": lambda buyer, order: buyer.shop.anonymous.get("/api/products"),
    "log in": lambda buyer, order: buyer.shop.login(buyer.wechat_user),
    "read": lambda buyer, order: buyer.get(f"/api/orders/{order['id']}"),
    "place": lambda buyer, order: buyer.post("/api/orders", {"items": [_line(order)], "address": ADDRESS}),
    "pay": lambda buyer, order: buyer.pay(order["id"]),
    "cancel": lambda buyer, order: buyer.post(f"/api/orders/{order['id']}/cancel"),
}


def _line(order: Placed) -> dict[str, Any]:
    (line,) = order["items"]
    return {name: line[name] for name in ("productId", "skuId", "quantity")}


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> Placed:
    return buyer.placed((shop.sku(stock=10), 1))


@contextmanager
def connected(settings: Settings, *, uri: str | None = None, pool_size: int = 64, **constants: int) -> Iterator[None]:
    """Gives this process another client for a while, with other `constants` of the connection module."""
    connection.disconnect()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in constants.items():
            patched.setattr(connection, name, value)
        connection.connect(uri or settings.mongodb_uri, settings.mongodb_database, pool_size=pool_size)
    try:
        yield
    finally:
        connection.disconnect()
        connection.connect(settings.mongodb_uri, settings.mongodb_database, pool_size=settings.mongodb_pool_size)


def unreachable(settings: Settings) -> AbstractContextManager[None]:
    return connected(settings, uri="mongodb://127.0.0.1:9/?replicaSet=rs0", SERVER_SELECTION_TIMEOUT_MS=200)


def assert_unavailable(answer: TestResponse) -> None:
    assert refused(answer, 503) is None
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, OUT_OF_TIME], ids=["closed connection", "out of time"])
def test_a_failing_database_is_a_503(buyer: Buyer, order: Placed, failure: Failure, name: str) -> None:
    before = contents()

    with failing(*EVERYTHING, failure=failure):
        assert_unavailable(CALLS[name](buyer, order))

    assert contents() == before


@pytest.mark.parametrize("name", CALLS)
def test_an_unreachable_database_is_a_503_in_time(buyer: Buyer, order: Placed, settings: Settings, name: str) -> None:
    begun = time.monotonic()

    with unreachable(settings):
        assert_unavailable(CALLS[name](buyer, order))

    assert time.monotonic() - begun < 3


def test_a_notification_without_database_is_left_to_wechats_next_try(
    shop: Shop, buyer: Buyer, settings: Settings
) -> None:
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    headers, body = letter(shop, order["orderNo"])

    with unreachable(settings):
        assert_unavailable(notify(shop, headers, body))

    assert shop.deliver(order["orderNo"])[0]["status"] == 200
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(
    ("command", "collection"),
    [
        ("findAndModify", "wechat_notifications"),
        ("findAndModify", "payments"),
        ("findAndModify", "orders"),
        ("insert", "events"),
        ("findAndModify", "stock_items"),
        ("update", "wechat_notifications"),
    ],
)
def test_a_notification_cut_off_anywhere_is_applied_by_the_next_try(
    shop: Shop, buyer: Buyer, command: str, collection: str
) -> None:
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    with failing(command, collection=collection, failure=OUT_OF_TIME):
        assert shop.deliver(order["orderNo"])[0]["status"] == 503

    assert shop.deliver(order["orderNo"])[0]["status"] == 200

    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


def test_a_slow_database_is_a_503_in_time(shop: Shop, settings: Settings) -> None:
    begun = time.monotonic()

    with connected(settings, SOCKET_TIMEOUT_MS=200), failing("find", collection="products", failure=slow(1_000)):
        assert_unavailable(shop.anonymous.get("/api/products"))

    assert time.monotonic() - begun < 3


def test_with_no_connection_free_the_answer_is_a_503_in_time(shop: Shop, settings: Settings) -> None:
    """Two seconds for a connection; the driver asks a second time for a read."""
    look = partial(shop.anonymous.get, f"/api/products/{shop.sku()['productId']}")
    begun = time.monotonic()

    with (
        connected(settings, pool_size=1),
        failing("find", collection="products", times=1, failure=slow(4_600)),
    ):
        answers = results(at_once([look] * 3))

    assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
    for answer in answers:
        if answer.status_code == 503:
            assert_unavailable(answer)
    assert time.monotonic() - begun < 8
    data_of(look(), 200)


def test_a_primary_that_steps_down_and_comes_back(buyer: Buyer, order: Placed, settings: Settings) -> None:
    with connected(settings, SERVER_SELECTION_TIMEOUT_MS=200), failing("find", failure=NOT_PRIMARY):
        assert_unavailable(buyer.get(f"/api/orders/{order['id']}"))

    assert buyer.read_order(order["id"])["id"] == order["id"]
