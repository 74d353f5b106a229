"""Rows as people leave them: blank ones, codes that come twice, too many."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.products import Product
from src.services.registry import Services
from src.services.sheets.limits import MAX_ROWS
from tests.factories.sheets import IMPORTS, TEA, checked, csv_file, errors_of, imported, lines_of, xlsx_file
from tests.factories.shop import Shop

BLANK = dict.fromkeys(TEA, "")
SPACES = dict.fromkeys(TEA, "  ")


def names() -> list[str]:
    return sorted(raw["name"] for raw in Product.collection().find())


def test_blank_rows_are_nothing_and_rows_keep_their_numbers(shop: Shop, services: Services) -> None:
    first, second = {**TEA, "规格": "规格:250g"}, {**TEA, "SKU编码": "TEA-2", "规格": "规格:500g"}
    wrong = {**TEA, "商品编号": "BAD", "SKU编码": "BAD", "库存": "x"}
    result = imported(services, shop.staff(), csv_file(first, BLANK, SPACES, second, BLANK, wrong, BLANK, BLANK))
    assert (result["rows"], result["created"], result["refused"]) == (3, 1, 1)
    assert errors_of(shop.staff(), result["id"]) == [(7, "stock", "not_a_number")]
    assert [sku.code for sku in Product.objects.get().skus] == ["TEA-1", "TEA-2"]


def test_spaces_around_a_product_code_make_no_second_product(shop: Shop, services: Services) -> None:
    rows = [{**TEA, "规格": "规格:a"}, {**TEA, "商品编号": " TEA\u3000", "SKU编码": "TEA-2", "规格": "规格:b"}]
    result = imported(services, shop.staff(), csv_file(*rows))
    assert (result["parts"], result["created"], names()) == (1, 1, ["高山乌龙茶"])
    again = {**TEA, "商品编号": "TEA ", "SKU编码": "TEA-3", "规格": "规格:c"}
    cup = {**TEA, "商品编号": "CUP", "SKU编码": "CUP"}
    sent = checked(services, shop.staff(), csv_file(rows[0], cup, again))
    assert errors_of(shop.staff(), sent["id"]) == [(4, "productCode", "rows_apart")]


@pytest.mark.parametrize("code", ["TEA-1", " TEA-1 "])
def test_of_products_with_one_code_the_first_is_taken(shop: Shop, services: Services, code: str) -> None:
    rows = [TEA, {**TEA, "商品编号": "CUP", "商品名称": "杯子", "SKU编码": code}]
    result = imported(services, shop.staff(), csv_file(*rows))
    assert errors_of(shop.staff(), result["id"]) == [(3, "skuCode", "twice")]
    assert (result["created"], result["refused"], names()) == (1, 1, ["高山乌龙茶"])


def test_a_sku_is_counted_once_in_a_file_of_stock(shop: Shop, services: Services) -> None:
    shop.product(code="A", stock=10)
    rows = [{"SKU编码": "A", "可售库存": "4"}, {"SKU编码": "A", "可售库存": "5"}]
    result = imported(services, shop.staff(), csv_file(*rows), "stock")
    assert errors_of(shop.staff(), result["id"]) == [(3, "skuCode", "twice")]
    assert (result["changed"], result["refused"]) == (1, 1)


def test_codes_of_several_products_are_no_product(shop: Shop, services: Services) -> None:
    shop.product(code="A", stock=1)
    shop.product(code="B", stock=1)
    rows = [{**TEA, "SKU编码": code, "规格": f"规格:{code}"} for code in ("A", "B")]
    sent = checked(services, shop.staff(), csv_file(*rows))
    assert errors_of(shop.staff(), sent["id"]) == [(2, "skuCode", "sku_of_another")]


def test_so_many_rows_and_no_more(shop: Shop, services: Services) -> None:
    row = "P,x\r\n"
    sent = checked(services, shop.staff(), ("商品编号,SKU编码\r\n" + row * (MAX_ROWS + 1)).encode())
    assert (sent["state"], errors_of(shop.staff(), sent["id"])) == ("refused", [(MAX_ROWS + 2, "", "too_many_rows")])


@pytest.mark.parametrize(("language", "title"), [("zh-CN", "SKU编码"), ("en", "SKU code")])
@pytest.mark.parametrize("kind", ["products", "stock"])
def test_templates_speak_the_callers_language(shop: Shop, kind: str, language: str, title: str) -> None:
    headers = {**shop.staff().headers, "Accept-Language": language}
    template = shop.client.get(f"{IMPORTS}/templates/{kind}?format=csv", headers=headers)
    assert title in lines_of(template.data)[0]


def test_dates_and_numbers_of_workbooks(shop: Shop, services: Services) -> None:
    header = ["商品编号", "商品名称", "SKU编码", "价格（元）", "库存"]
    lines: list[list[Any]] = [
        header,
        [17, 2026, 1001, 19.9, 3],
        [18, "茶", "D", "2026-01-02", "3"],
        [19, "杯", "E", "1,299.00", "3.0"],
    ]
    result = imported(services, shop.staff(), xlsx_file(*lines))
    assert errors_of(shop.staff(), result["id"]) == [(3, "price", "not_money")]
    found = {sku.code: (product.name, sku.price) for product in Product.objects for sku in product.skus}
    assert found == {"1001": ("2026", 1990), "E": ("杯", 129_900)}
