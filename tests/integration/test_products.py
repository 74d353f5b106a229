"""Products as shoppers see them."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.factories.clock import MovableClock
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused

REFUSED_QUERIES = {
    "page=0": ["page"],
    "page=-1": ["page"],
    "page=1e9": ["page"],
    "page=9223372036854775808": ["page"],
    "page=１": ["page"],
    "page=1001": ["page"],
    "page=201&size=50": ["page"],
    "page=1&page=2": ["page"],
    "size=0": ["size"],
    "size=-5": ["size"],
    "size=51": ["size"],
    "size=": ["size"],
    "minPrice=10&maxPrice=1": ["minPrice"],
    "minPrice=NaN": ["minPrice"],
    "maxPrice=1.5": ["maxPrice"],
    "inStock=maybe": ["inStock"],
    "sort=name": ["sort"],
    "sort=price,-price": ["sort"],
    "keyword=%20": ["keyword"],
    "keyword=%00": ["keyword"],
    "keyword[$ne]=1": ["keyword[$ne]"],
    "filter=%7B%22$or%22%3A[]%7D": ["filter"],
    "fields=search_tokens": ["fields"],
    "callback=alert": ["callback"],
    "sort=relevance": ["sort"],
    "brand=zzz": ["brand"],
    "spec=红": ["spec"],
    "spec=$where:1": ["spec"],
    "spec=a.b:1": ["spec"],
    "spec=__proto__:1": ["spec"],
    "spec=a:1;a:2": ["spec"],
    "spec=a:1;b:1;c:1;d:1;e:1;f:1": ["spec"],
    "cursor=": ["cursor"],
    "cursor=abc&page=1": ["cursor"],
    "status=off_sale": ["status"],
}


def search(shop: Shop, **query: Any) -> TestResponse:
    return shop.anonymous.get("/api/products", **query)


def names(shop: Shop, **query: Any) -> list[str]:
    return [product["name"] for product in data_of(search(shop, **query), 200)["list"]]


@pytest.fixture
def three(shop: Shop, clock: MovableClock) -> Shop:
    """Three products, made in this order."""
    for name, price, category in (("甲", 300, "茶饮"), ("乙", 100, "茶饮"), ("丙", 200, "茶具")):
        shop.product(name=name, price=price, category=category)
        clock.advance(seconds=1)
    return shop


def test_an_id_of_nothing_is_not_found(shop: Shop) -> None:
    for product_id in (NOBODYS_ID, "zzz", "0", "ABCDEF" * 4, NOBODYS_ID + "0", "１" * 24, "%00", "$ne"):
        refused(shop.client.get(f"/api/products/{product_id}"), 404)


@pytest.mark.parametrize("status", ["off_sale", "deleted"])
def test_what_is_not_on_sale_is_not_found(shop: Shop, status: str) -> None:
    product = shop.product()
    if status == "deleted":
        data_of(shop.staff().delete(f"/api/products/{product['id']}"), 200)
    else:
        data_of(shop.staff().put(f"/api/products/{product['id']}", {"status": status}), 200)
    refused(shop.client.get(f"/api/products/{product['id']}"), 404)
    assert names(shop) == []


def test_queries_that_are_refused(shop: Shop) -> None:
    answers = {query: shop.client.get(f"/api/products?{query}") for query in REFUSED_QUERIES}
    assert {query: list(refused(answer, 400)["errors"]) for query, answer in answers.items()} == REFUSED_QUERIES


def test_a_thousand_parameters_are_refused(shop: Shop) -> None:
    query = "&".join(f"p{number}=1" for number in range(1_000))
    refused(shop.client.get(f"/api/products?{query}"), 400)


def test_an_empty_search_box_filters_nothing(shop: Shop) -> None:
    product = shop.product()
    listed = data_of(shop.client.get("/api/products?keyword=&category="), 200)["list"]
    assert [found["id"] for found in listed] == [product["id"]]


def test_an_empty_shop_has_one_empty_page(shop: Shop) -> None:
    empty = {"list": [], "pagination": {"page": 1, "size": 10, "total": 0, "totalPages": 0, "nextCursor": None}}
    assert data_of(search(shop), 200) == empty


def test_a_product_is_shown_whole(shop: Shop) -> None:
    body = {
        "name": "高山乌龙茶",
        "description": "清香",
        "category": "茶饮",
        "images": ["/media/a.png", "https://cdn.example/b.png"],
        "originalPrice": 4900,
        "skus": [
            {"specs": {"规格": "250g"}, "price": 3900, "stock": 5, "image": "/media/s.png"},
            {"specs": {"规格": "100g"}, "price": 1900, "stock": 7},
        ],
    }
    created = shop.product(**body)
    shown = data_of(shop.client.get(f"/api/products/{created['id']}"), 200)
    of_staff = {"version", "publishAt", "freightClass", "retiredSkus"}
    codes = ("code", "barcode")
    skus = [{name: value for name, value in sku.items() if name not in codes} for sku in created["skus"]]
    assert shown == {**{name: value for name, value in created.items() if name not in of_staff}, "skus": skus}
    assert created.keys() - shown.keys() == of_staff
    assert {name: shown[name] for name in ("name", "description", "category", "images", "originalPrice")} == {
        name: value for name, value in body.items() if name != "skus"
    }
    assert (shown["price"], shown["stock"], shown["sales"], shown["status"]) == (1900, 12, 0, "on_sale")
    assert [(sku["specs"], sku["price"], sku["stock"], sku["image"]) for sku in shown["skus"]] == [
        ({"规格": "250g"}, 3900, 5, "/media/s.png"),
        ({"规格": "100g"}, 1900, 7, ""),
    ]


def test_what_is_stored_for_searching_is_not_shown(shop: Shop) -> None:
    product = shop.product()
    shown = data_of(shop.client.get(f"/api/products/{product['id']}"), 200)
    listed = data_of(search(shop), 200)["list"][0]
    expected = {"id", "name", "description", "price", "originalPrice", "images", "category", "stock", "sales", "status",
                "skus", "createdAt", "updatedAt", "categoryId", "brand", "brandId", "tags"}  # fmt: skip
    details = {"video", "specNames", "attributes", "purchaseLimit"}
    assert set(shown) == expected | details
    assert set(listed) == expected - {"description"}


def test_the_newest_come_first(three: Shop) -> None:
    assert names(three) == names(three, sort="newest") == ["丙", "乙", "甲"]


def test_sorting_by_price(three: Shop) -> None:
    assert names(three, sort="price") == ["乙", "丙", "甲"]
    assert names(three, sort="-price") == ["甲", "丙", "乙"]


def test_sorting_by_sales(three: Shop) -> None:
    buyer = three.buyer()
    listed = data_of(search(three), 200)["list"]
    (best,) = [product for product in listed if product["name"] == "乙"]
    three.paid_order(buyer, ({"productId": best["id"], "skuId": best["skus"][0]["id"]}, 2))
    sold = data_of(search(three, sort="sales"), 200)["list"]
    assert [(product["name"], product["sales"]) for product in sold] == [("乙", 2), ("丙", 0), ("甲", 0)]


def test_filters_must_all_match(three: Shop) -> None:
    assert names(three, category="茶饮") == ["乙", "甲"]
    assert names(three, category="茶") == []
    assert names(three, minPrice=200) == ["丙", "甲"]
    assert names(three, maxPrice=200) == ["丙", "乙"]
    assert names(three, minPrice=200, maxPrice=200) == ["丙"]
    assert names(three, category="茶饮", minPrice=200) == ["甲"]
    assert names(three, category="茶饮", keyword="乙", inStock="true", maxPrice=100) == ["乙"]
    assert names(three, keyword="乙", minPrice=101) == []


def test_pages(three: Shop) -> None:
    pages = [data_of(search(three, page=page, size=2), 200) for page in (1, 2, 3)]
    assert [[product["name"] for product in page["list"]] for page in pages] == [["丙", "乙"], ["甲"], []]
    assert [{**page["pagination"], "nextCursor": ...} for page in pages] == [
        {"page": page, "size": 2, "total": 3, "totalPages": 2, "nextCursor": ...} for page in (1, 2, 3)
    ]


def test_a_filter_by_stock_follows_reservations_and_releases(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=2), shop.buyer()
    assert (names(shop, inStock="true"), names(shop, inStock="false")) == (["高山乌龙茶"], [])
    order = buyer.placed((sku, 2))
    assert (names(shop, inStock="true"), names(shop, inStock="false")) == ([], ["高山乌龙茶"])
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    assert (names(shop, inStock="true"), names(shop, inStock="false")) == (["高山乌龙茶"], [])


def test_a_product_is_in_stock_while_one_sku_is(shop: Shop) -> None:
    red, blue = ({"specs": {"颜色": colour}, "price": 100, "stock": 1} for colour in ("红", "蓝"))
    product, buyer = shop.product(skus=[red, blue]), shop.buyer()
    skus = [{"productId": product["id"], "skuId": sku["id"]} for sku in product["skus"]]
    buyer.placed((skus[0], 1))
    assert names(shop, inStock="true") == ["高山乌龙茶"]
    buyer.placed((skus[1], 1))
    assert names(shop, inStock="true") == []
