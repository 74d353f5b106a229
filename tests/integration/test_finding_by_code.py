"""Staff find goods by what stands on the label."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.catalogue import of_two_sizes
from tests.factories.shop import Person, Shop, data_of

Json = dict[str, Any]


@pytest.fixture
def labelled(shop: Shop, other_shop: Shop) -> Json:
    """A product with codes; its name and those of others say nothing of them."""
    body = of_two_sizes(name="凤凰单丛")
    body["skus"][0]["barcode"] = "6901234567892"
    shop.product(name="茶杯")
    other_shop.product(**body)
    return shop.product(**body)


def found(person: Person, path: str, **query: Any) -> list[Json]:
    listed: list[Json] = data_of(person.get(path, **query), 200)["list"]
    return listed


@pytest.mark.parametrize("text", ["T-100g", "T-250g", " T-100g ", "6901234567892"])
@pytest.mark.parametrize("sort", [{}, {"sort": "newest"}])
def test_a_code_or_a_barcode_finds_its_product(shop: Shop, labelled: Json, text: str, sort: Json) -> None:
    products = found(shop.staff(), "/api/merchant/products", keyword=text, **sort)
    assert [product["id"] for product in products] == [labelled["id"]]
    assert [sku["code"] for sku in products[0]["skus"]] == ["T-100g", "T-250g"]
    assert [sku["barcode"] for sku in products[0]["skus"]] == ["6901234567892", ""]
    levels = found(shop.staff(), "/api/merchant/stock", keyword=text)
    assert {level["productId"] for level in levels} == {labelled["id"]}


@pytest.mark.parametrize("text", ["T-100", "t-100g", "690123456789"])
def test_a_part_of_a_code_or_other_letters_find_nothing(shop: Shop, labelled: Json, text: str) -> None:
    assert found(shop.staff(), "/api/merchant/products", keyword=text) == []
    assert found(shop.staff(), "/api/merchant/stock", keyword=text) == []


def test_what_has_the_code_comes_before_what_is_called_so(shop: Shop, labelled: Json) -> None:
    called = shop.product(name="T-100g")
    ids = [product["id"] for product in found(shop.staff(), "/api/merchant/products", keyword="T-100g")]
    assert ids == [labelled["id"], called["id"]]


def test_shoppers_neither_see_nor_find_codes(shop: Shop, labelled: Json) -> None:
    for text in ("T-100g", "6901234567892"):
        assert found(shop.anonymous, "/api/products", keyword=text) == []
    assert "T-100g" not in shop.anonymous.get("/api/products").get_data(as_text=True)
