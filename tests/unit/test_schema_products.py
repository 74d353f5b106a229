"""What staff may write into products, and shoppers into searches."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from marshmallow import Schema, ValidationError

from src.controllers.schemas.product_forms import MAX_DESCRIPTION, ProductEditIn, ProductIn
from src.controllers.schemas.product_lists import MerchantProductQuery, ProductQuery
from src.controllers.schemas.products import MAX_PRICE_FEN, MAX_STOCK
from src.controllers.schemas.sku_forms import MAX_SKUS
from src.controllers.schemas.stock import StockChangeIn
from src.services.catalogue.catalog import ProductFilter, ProductSort, ProductStatus
from src.services.catalogue.product_inputs import SkuInput

SIMPLE: dict[str, Any] = {"name": "高山乌龙茶", "price": 1000, "stock": 10}


def sku(**changes: Any) -> dict[str, Any]:
    return {"specs": {"规格": "250g"}, "price": 3900, "stock": 5, **changes}


def named_errors(schema: type[Schema], body: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        schema().load(body)
    assert isinstance(caught.value.messages, dict)
    return sorted(caught.value.messages)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["name"]),
        ({"name": "茶"}, ["price"]),
        ({**SIMPLE, "name": ""}, ["name"]),
        ({**SIMPLE, "name": "茶" * 101}, ["name"]),
        ({**SIMPLE, "price": -1}, ["price"]),
        ({**SIMPLE, "price": MAX_PRICE_FEN + 1}, ["price"]),
        ({**SIMPLE, "price": None}, ["price"]),
        ({**SIMPLE, "stock": -1}, ["stock"]),
        ({**SIMPLE, "stock": MAX_STOCK + 1}, ["stock"]),
        ({**SIMPLE, "skus": [sku()]}, ["skus"]),
        ({"name": "茶", "skus": []}, ["skus"]),
        ({"name": "茶", "skus": [sku()] * (MAX_SKUS + 1)}, ["skus"]),
        ({"name": "茶", "skus": [sku(), sku()]}, ["skus"]),
        ({"name": "茶", "skus": [sku(), sku(specs={"颜色": "红"})]}, ["skus"]),
        ({"name": "茶", "skus": [sku(id=str(ObjectId()))]}, ["skus"]),
        ({"name": "茶", "skus": [None]}, ["skus"]),
        ({**SIMPLE, "images": ["/a.png"] * 10}, ["images"]),
        ({**SIMPLE, "images": [{"$ne": None}]}, ["images"]),
        ({**SIMPLE, "status": "deleted"}, ["status"]),
        ({**SIMPLE, "status": "paid"}, ["status"]),
        ({**SIMPLE, "description": "茶" * (MAX_DESCRIPTION + 1)}, ["description"]),
        ({**SIMPLE, "sales": 9}, ["sales"]),
        ({**SIMPLE, "id": str(ObjectId())}, ["id"]),
        ({**SIMPLE, "storeId": str(ObjectId())}, ["storeId"]),
        ({**SIMPLE, "_cls": "Product"}, ["_cls"]),
        ([], ["_schema"]),
    ],
)
def test_a_new_product_refuses(body: Any, named: list[str]) -> None:
    assert named_errors(ProductIn, body) == named


@pytest.mark.parametrize(
    "specs",
    [
        {},
        {"": "x"},
        {"规格": ""},
        {"规格": 250},
        {"规格": None},
        {"规格": {"$ne": None}},
        {"$ne": "x"},
        {"a.b": "x"},
        {"__proto__": "x"},
        {"规" * 21: "x"},
        {"规格": "x" * 41},
        {str(number): "x" for number in range(6)},
        [],
        "250g",
        None,
    ],
)
def test_specs_are_a_few_short_texts_with_plain_names(specs: Any) -> None:
    assert named_errors(ProductIn, {"name": "茶", "skus": [sku(specs=specs)]}) == ["skus"]


def test_name_price_and_stock_are_enough_for_one_sku() -> None:
    assert ProductIn().load(SIMPLE).skus == [SkuInput(price=1000, stock=10)]


def test_stock_is_zero_if_left_out() -> None:
    assert ProductIn().load({"name": "茶", "price": 0}).skus == [SkuInput(price=0, stock=0)]


def test_a_product_is_on_sale_unless_it_says_otherwise() -> None:
    assert ProductIn().load(SIMPLE).status is ProductStatus.ON_SALE
    assert ProductIn().load({**SIMPLE, "status": "off_sale"}).status is ProductStatus.OFF_SALE


ID = str(ObjectId())


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["_schema"]),
        ({"stock": 5}, ["stock"]),
        ({"name": None}, ["name"]),
        ({"price": 1, "skus": [sku()]}, ["price"]),
        ({"skus": []}, ["skus"]),
        ({"skus": [sku(id=ID, stock=5)]}, ["skus"]),
        ({"skus": [sku(id=ID, stock=0), sku(id=ID, stock=0, specs={"规格": "500g"})]}, ["skus"]),
        ({"skus": [sku(id="zzz")]}, ["skus"]),
        ({"version": 1}, ["version"]),
        ({"status": "deleted"}, ["status"]),
        ({"inStock": True}, ["inStock"]),
        ({"soldOutSkus": []}, ["soldOutSkus"]),
    ],
)
def test_an_edit_refuses(body: dict[str, Any], named: list[str]) -> None:
    assert named_errors(ProductEditIn, body) == named


def test_an_edit_has_only_what_was_given() -> None:
    edit = ProductEditIn().load({"name": "新茶", "originalPrice": None})
    assert (edit.values, edit.only_sku, edit.skus) == ({"name": "新茶", "original_price": None}, {}, None)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["delta", "reason"]),
        ({"delta": "5", "reason": "到货"}, ["delta"]),
        ({"delta": 5.0, "reason": "到货"}, ["delta"]),
        ({"delta": MAX_STOCK + 1, "reason": "到货"}, ["delta"]),
        ({"delta": -MAX_STOCK - 1, "reason": "到货"}, ["delta"]),
        ({"delta": 5, "reason": " "}, ["reason"]),
        ({"delta": 5, "reason": "到货", "expected": -1}, ["expected"]),
        ({"delta": 5, "reason": "到货", "reserved": 1}, ["reserved"]),
    ],
)
def test_a_stock_change_refuses(body: dict[str, Any], named: list[str]) -> None:
    assert named_errors(StockChangeIn, body) == named


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"keyword": "茶" * 51}, ["keyword"]),
        ({"keyword": "<b></b>"}, ["keyword"]),
        ({"keyword": "a\x00"}, ["keyword"]),
        ({"minPrice": "10", "maxPrice": "1"}, ["minPrice"]),
        ({"minPrice": "NaN"}, ["minPrice"]),
        ({"minPrice": "-1"}, ["minPrice"]),
        ({"inStock": "1"}, ["inStock"]),
        ({"sort": "name"}, ["sort"]),
        ({"sort": "-sales"}, ["sort"]),
        ({"keyword[$ne]": "1"}, ["keyword[$ne]"]),
        ({"fields": "search_tokens"}, ["fields"]),
        ({"status": "off_sale"}, ["status"]),
    ],
)
def test_a_search_refuses(query: dict[str, str], named: list[str]) -> None:
    assert named_errors(ProductQuery, query) == named


def test_a_search_of_shoppers_is_for_what_is_on_sale() -> None:
    wanted = ProductQuery().load(
        {"keyword": "乌龙", "minPrice": "1", "maxPrice": "9", "inStock": "true", "sort": "-price"}
    )["wanted"]
    assert wanted == ProductFilter(None, "乌龙", 1, 9, True, (ProductStatus.ON_SALE,), ProductSort.PRICE_DESC)


@pytest.mark.parametrize(
    ("query", "statuses"), [({}, ("draft", "on_sale", "off_sale")), ({"status": "off_sale"}, ("off_sale",))]
)
def test_a_search_of_staff_never_shows_what_is_deleted(query: dict[str, str], statuses: tuple[str, ...]) -> None:
    assert MerchantProductQuery().load(query)["wanted"].statuses == tuple(ProductStatus(status) for status in statuses)


def test_staff_cannot_ask_for_what_is_deleted() -> None:
    assert named_errors(MerchantProductQuery, {"status": "deleted"}) == ["status"]
