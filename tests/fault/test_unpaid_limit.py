"""How many unpaid orders a shopper may have, also by many at one moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from src.models.orders import Order
from src.services.registry import Services
from src.utils.order_states import OrderStatus
from tests.factories.books import assert_books_balance
from tests.factories.contents import nothing_changes
from tests.factories.freight import order_body
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused

LIMIT = 3


@pytest.fixture
def limited(services: Services) -> Iterator[None]:
    usual, services.checkout._most_unpaid = services.checkout._most_unpaid, LIMIT
    yield
    services.checkout._most_unpaid = usual


@pytest.mark.usefixtures("limited")
def test_an_order_beyond_the_limit_takes_nothing(shop: Shop) -> None:
    sku, buyer, other = shop.sku(stock=50), shop.buyer(), shop.buyer()
    orders = [buyer.placed((sku, 1)) for _ in range(LIMIT)]
    with nothing_changes():
        assert refused(buyer.order((sku, 1)), 40928) == {"limit": LIMIT}
        assert refused(buyer.post("/api/orders/quote", order_body((sku, 1))), 40928) == {"limit": LIMIT}
    other.placed((sku, 1))
    data_of(buyer.post(f"/api/orders/{orders[0]['id']}/cancel"), 200)
    buyer.placed((sku, 1))
    data_of(buyer.pay(orders[1]["id"]), 200)
    refused(buyer.order((sku, 1)), 40928)


@pytest.mark.usefixtures("limited")
def test_a_paid_order_does_not_count_and_a_repeated_request_is_no_other_order(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=50), shop.buyer()
    shop.paid_order(buyer, (sku, 1))
    last = [data_of(buyer.order((sku, 1), Idempotency_Key=f"key-{n}"), 201) for n in range(LIMIT)][-1]
    assert data_of(buyer.order((sku, 1), Idempotency_Key=f"key-{LIMIT - 1}"), 201) == last
    refused(buyer.order((sku, 1), Idempotency_Key="another"), 40928)


@pytest.mark.usefixtures("limited")
def test_twenty_orders_at_one_moment_keep_the_limit(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=50), shop.buyer()
    buyer.placed((sku, 1))
    answers = results(at_once([lambda: buyer.order((sku, 1)) for _ in range(20)]))
    codes = sorted(answer.get_json()["code"] for answer in answers)
    assert codes == [0] * (LIMIT - 1) + [40928] * (21 - LIMIT)
    assert Order.objects(status=OrderStatus.PENDING).count() == LIMIT
    assert shop.stock_of(sku) == 50 - LIMIT
    assert_books_balance(shop.store_id)
