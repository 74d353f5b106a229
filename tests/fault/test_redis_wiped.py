"""Redis forgets everything in the middle of a sale: what was said once still holds, for MongoDB knows it."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from src.models.events import Event
from src.models.orders import Order
from tests.factories.books import assert_books_balance
from tests.factories.contents import nothing_changes
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import letter, notify, paid_at_wechat

Sku = dict[str, Any]


@pytest.fixture
def wiped(redis_url: str) -> redis.Redis:
    """Call its `flushall`."""
    return redis.Redis.from_url(redis_url)


def test_a_key_still_names_its_order(wiped: redis.Redis, shop: Shop, buyer: Buyer, sku: Sku) -> None:
    first = data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)
    wiped.flushall()

    assert data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201) == first
    refused(buyer.order((sku, 2), Idempotency_Key="tap"), 40904)

    assert (Order.objects.count(), shop.stock_of(sku)) == (1, 9)
    assert_books_balance(shop.store_id)


def test_a_notification_still_counts_once(wiped: redis.Redis, shop: Shop, buyer: Buyer, sku: Sku) -> None:
    order = paid_at_wechat(buyer, (sku, 1))
    sent = letter(shop, order["orderNo"])
    assert notify(shop, *sent).status_code == 200
    wiped.flushall()

    assert notify(shop, *sent).status_code == 200

    assert Event.objects(type="order.paid").count() == 1
    assert_books_balance(shop.store_id)


def test_who_has_logged_out_stays_out(wiped: redis.Redis, buyer: Buyer) -> None:
    data_of(buyer.post("/api/auth/logout", {}), 200)
    wiped.flushall()

    with nothing_changes():
        refused(buyer.get("/api/orders"), 401)
        refused(buyer.shop.anonymous.post("/api/auth/refresh", {"refreshToken": buyer.refresh_token}), 40103)
