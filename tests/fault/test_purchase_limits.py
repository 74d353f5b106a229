"""How much of a product a shopper may buy, also by many orders at one moment."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.orders import Order
from tests.factories.books import assert_books_balance
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused

Json = dict[str, Any]


def limited(shop: Shop, **limit: int) -> list[Json]:
    """Returns the two SKUs of a product with this limit."""
    skus = [{"specs": {"规格": size}, "price": 100, "stock": 50} for size in ("小", "大")]
    product = shop.product(skus=skus, purchaseLimit=limit)
    return [{"productId": product["id"], "skuId": sku["id"]} for sku in product["skus"]]


def test_an_order_has_no_more_than_one_may(shop: Shop) -> None:
    small, large = limited(shop, perOrder=2)
    buyer = shop.buyer()
    with nothing_changes():
        data = refused(buyer.order((small, 2), (large, 1)), 40924)
    assert data == {
        "items": [{"productId": small["productId"], "name": "高山乌龙茶", "limit": 2, "requested": 3, "bought": 0}]
    }
    for _ in range(2):
        data_of(buyer.order((small, 1), (large, 1)), 201)


def test_a_shopper_buys_no_more_in_all(shop: Shop) -> None:
    small, large = limited(shop, perUser=3)
    buyer, other = shop.buyer(), shop.buyer()
    data_of(buyer.order((small, 2)), 201)
    with nothing_changes():
        (item,) = refused(buyer.order((large, 2)), 40924)["items"]
    assert (item["limit"], item["requested"], item["bought"]) == (3, 2, 2)
    data_of(buyer.order((large, 1)), 201)
    data_of(other.order((small, 3)), 201)
    assert_books_balance(shop.store_id)


def test_a_cancelled_order_does_not_count(shop: Shop) -> None:
    small, _ = limited(shop, perUser=1)
    buyer = shop.buyer()
    order = buyer.placed((small, 1))
    refused(buyer.order((small, 1)), 40924)
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    data_of(buyer.order((small, 1)), 201)


def test_a_limit_set_later_counts_what_was_bought_before(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    buyer.placed((sku, 2))
    limit = {"purchaseLimit": {"perUser": 2}}
    data_of(shop.staff().put(f"/api/products/{sku['productId']}", limit), 200)
    refused(buyer.order((sku, 1)), 40924)
    data_of(shop.staff().put(f"/api/products/{sku['productId']}", {"purchaseLimit": None}), 200)
    data_of(buyer.order((sku, 1)), 201)


@pytest.mark.parametrize("quantity", [1, 2])
def test_twenty_orders_at_one_moment_keep_the_limit(shop: Shop, quantity: int) -> None:
    skus, buyer = limited(shop, perUser=5), shop.buyer()
    answers = results(at_once([lambda n=n: buyer.order((skus[n % 2], quantity)) for n in range(20)]))
    placed = 5 // quantity
    codes = sorted(answer.get_json()["code"] for answer in answers)
    assert codes == [0] * placed + [40924] * (20 - placed)
    assert sum(line.quantity for order in Order.objects for line in order.items) == placed * quantity
    assert_books_balance(shop.store_id)
