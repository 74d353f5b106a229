"""Edits of single SKUs: what is not given stays, what was asked before is never less than what is asked now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.catalogue import of_two_sizes
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop, data_of, refused

Json = dict[str, Any]
DETAILS: Json = {"barcode": "690", "weight": 120, "originalPrice": 5000, "image": "/media/a.png"}
KEPT = ("code", "barcode", "weight", "originalPrice", "image")


@pytest.fixture
def product(shop: Shop) -> Json:
    """A product whose first SKU has all that a SKU may have."""
    body = of_two_sizes()
    body["skus"][0] |= DETAILS
    return shop.product(**body)


def edited(shop: Shop, product: Json, **values: Any) -> Any:
    return shop.staff().put(f"/api/products/{product['id']}", values)


def named(sku: Json, **values: Any) -> Json:
    return {"id": sku["id"], "specs": sku["specs"], "price": sku["price"], **values}


def test_what_an_edit_does_not_give_stays(shop: Shop, product: Json) -> None:
    small, large = product["skus"]
    after = data_of(edited(shop, product, skus=[named(small, price=2000), named(large, code="T-big")]), 200)
    assert {name: after["skus"][0][name] for name in KEPT} == {"code": "T-100g", **DETAILS}
    assert [(sku["price"], sku["code"]) for sku in after["skus"]] == [(2000, "T-100g"), (3900, "T-big")]


@pytest.mark.parametrize("nothing", ["", None])
def test_what_is_given_as_nothing_goes_away(shop: Shop, product: Json, nothing: str | None) -> None:
    small, large = product["skus"]
    gone = {"code": nothing, "barcode": nothing, "image": nothing, "weight": None, "originalPrice": None}
    after = data_of(edited(shop, product, skus=[named(small, **gone), named(large)]), 200)
    assert [after["skus"][0][name] for name in KEPT] == ["", "", None, None, ""]
    assert after["skus"][1] == large


def test_a_code_that_stays_is_nobody_elses(shop: Shop, product: Json) -> None:
    small, large = product["skus"]
    with nothing_changes():
        answer = edited(shop, product, skus=[named(small), named(large, code="T-100g")])
        assert list(refused(answer, 400)["errors"]) == ["skus"]


def test_a_retired_sku_comes_back_with_what_it_had(shop: Shop, product: Json) -> None:
    small, large = product["skus"]
    data_of(edited(shop, product, skus=[named(large)]), 200)
    back = data_of(edited(shop, product, skus=[named(small), named(large)]), 200)
    assert back["skus"] == product["skus"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"originalPrice": 1899}, "originalPrice"),
        ({"originalPrice": 1000, "skus": "as they are"}, "originalPrice"),
    ],
)
def test_goods_never_cost_less_before(shop: Shop, product: Json, values: Json, field: str) -> None:
    if "skus" in values:
        values = {**values, "skus": [named(sku) for sku in product["skus"]]}
    with nothing_changes():
        assert list(refused(edited(shop, product, **values), 400)["errors"]) == [field]


def test_neither_did_a_sku_or_a_new_product(shop: Shop, product: Json) -> None:
    small, large = product["skus"]
    owner = shop.staff()
    with nothing_changes():
        answer = edited(shop, product, skus=[named(small, originalPrice=1899), named(large)])
        assert list(refused(answer, 400)["errors"]) == ["skus.0.originalPrice"]
        answer = owner.post("/api/products", {"name": "茶", "price": 5000, "originalPrice": 100})
        assert list(refused(answer, 400)["errors"]) == ["originalPrice"]


def test_a_price_that_rises_takes_away_what_was_asked_before(shop: Shop) -> None:
    single, double = shop.product(price=900, originalPrice=1000), of_two_sizes(originalPrice=3000)
    double["skus"][0]["originalPrice"] = 2000
    double = shop.product(**double)
    assert data_of(edited(shop, single, price=1000), 200)["originalPrice"] == 1000
    assert data_of(edited(shop, single, price=1001), 200)["originalPrice"] is None
    body = {"ids": [double["id"]], "percent": 150}
    data_of(shop.staff().post("/api/products/batch/price", body), 200)
    shown = data_of(shop.anonymous.get(f"/api/products/{double['id']}"), 200)
    assert (shown["price"], shown["originalPrice"]) == (2850, 3000)
    assert [sku["originalPrice"] for sku in shown["skus"]] == [None, None]
    data_of(shop.staff().post("/api/products/batch/price", body), 200)
    assert data_of(shop.anonymous.get(f"/api/products/{double['id']}"), 200)["originalPrice"] is None


@pytest.mark.parametrize(("price", "percent", "after"), [(50, 1, 1), (1, 99, 1), (50, 0, 0), (0, 1, 0), (50, 3, 1)])
def test_nothing_becomes_free_by_rounding(shop: Shop, price: int, percent: int, after: int) -> None:
    product = shop.product(price=price)
    data_of(shop.staff().post("/api/products/batch/price", {"ids": [product["id"]], "percent": percent}), 200)
    assert data_of(shop.anonymous.get(f"/api/products/{product['id']}"), 200)["price"] == after
