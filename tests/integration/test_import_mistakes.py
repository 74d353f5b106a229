"""Mistakes that are easily made in files, and what staff are told of them."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.products import Product
from src.services.registry import Services
from tests.factories.contents import contents
from tests.factories.jobs import run_jobs
from tests.factories.sheets import (
    IMPORTS,
    TEA,
    checked,
    csv_file,
    errors_of,
    exported,
    imported,
    lines_of,
    xlsx_file,
)
from tests.factories.shop import Shop, data_of

ENGLISH = {"Accept-Language": "en"}
WRONG_CODE = {**TEA, "商品编号": "W5", "商品名称": "正山小种", "SKU编码": "LJ-50", "分类": "红茶"}


def goods() -> list[Any]:
    everything = contents()
    return [everything[name] for name in ("products", "stock_items", "stock_moves", "categories")]


def told(shop: Shop, import_id: str, headers: dict[str, str]) -> list[tuple[str, str]]:
    """Returns value and message of each error."""
    answer = shop.client.get(f"{IMPORTS}/{import_id}/errors", headers={**shop.staff().headers, **headers})
    return [(error["value"], error["message"]) for error in data_of(answer, 200)["list"]]


def template(shop: Shop, kind: str, headers: dict[str, str]) -> bytes:
    path = f"{IMPORTS}/templates/{kind}?format=csv"
    return bytes(shop.client.get(path, headers={**shop.staff().headers, **headers}).data)


def test_a_code_of_another_product_does_not_turn_it_into_this_one(shop: Shop, services: Services) -> None:
    shop.product(name="明前龙井", code="LJ-50", status="on_sale")
    before = goods()
    sent = checked(services, shop.staff(), csv_file(WRONG_CODE, {**TEA, "商品名称": "茶杯"}))
    assert errors_of(shop.staff(), sent["id"]) == [(2, "skuCode", "code_taken")]
    assert told(shop, sent["id"], {})[0][0] == "LJ-50"
    assert (sent["refused"], goods()) == (1, before)
    result = imported(services, shop.staff(), csv_file(WRONG_CODE))
    assert (result["created"], result["changed"], result["refused"], goods()) == (0, 0, 1, before)


def test_nor_does_one_among_several_rows(shop: Shop, services: Services) -> None:
    shop.product(name="明前龙井", code="LJ-50")
    before = goods()
    first = {**WRONG_CODE, "SKU编码": "ZS-50", "规格": "规格:50g"}
    result = imported(services, shop.staff(), csv_file(first, {**WRONG_CODE, "规格": "规格:100g"}))
    assert errors_of(shop.staff(), result["id"]) == [(3, "skuCode", "code_taken")]
    assert goods() == before


def test_nor_does_a_sku_id_that_was_copied(shop: Shop, services: Services) -> None:
    sku_id = shop.product(name="明前龙井", code="LJ-50")["skus"][0]["id"]
    before = goods()
    result = imported(services, shop.staff(), csv_file({**WRONG_CODE, "SKU编码": "ZS-50", "SKU ID": sku_id}))
    assert errors_of(shop.staff(), result["id"]) == [(2, "skuId", "code_taken")]
    assert goods() == before


def test_nor_does_one_that_was_taken_after_the_check(shop: Shop, services: Services) -> None:
    sent = checked(services, shop.staff(), csv_file(WRONG_CODE))
    assert sent["errors"] == 0
    shop.product(name="明前龙井", code="LJ-50")
    before = goods()
    data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    run_jobs(services)
    assert errors_of(shop.staff(), sent["id"]) == [(2, "skuCode", "code_taken")]
    assert goods() == before


@pytest.mark.parametrize("code", ["W5", "their own"])
def test_under_its_name_a_product_is_edited(shop: Shop, services: Services, code: str) -> None:
    product = shop.product(name="明前龙井", code="LJ-50")
    row = {"商品编号": product["id"] if code == "their own" else code, "SKU编码": "LJ-50", "价格（元）": "88"}
    names = ["", "明前龙井", *(["雨前龙井"] if code == "their own" else [])]
    for name in names:
        result = imported(services, shop.staff(), csv_file({**row, "商品名称": name}))
        assert errors_of(shop.staff(), result["id"]) == []
    stored = Product.objects.get()
    assert (stored.name, stored.skus[0].price) == (names[-1], 8800)


@pytest.mark.parametrize(("headers", "status"), [({}, "草稿"), (ENGLISH, "draft")], ids=["zh", "en"])
def test_the_sample_of_a_template_is_not_on_sale(
    shop: Shop, services: Services, headers: dict[str, str], status: str
) -> None:
    sample = template(shop, "products", headers)
    assert lines_of(sample)[1][7] == status
    assert imported(services, shop.staff(), sample)["created"] == 1
    assert Product.objects.get().status.value == "draft"


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("草稿", "draft"),
        ("在售", "on_sale"),
        ("上架", "on_sale"),
        ("下架", "off_sale"),
        (" Draft ", "draft"),
        ("on_sale", "on_sale"),
        ("OFF_SALE", "off_sale"),
    ],
)
def test_words_for_a_status(shop: Shop, services: Services, cell: str, status: str) -> None:
    imported(services, shop.staff(), csv_file({**TEA, "状态": cell}))
    assert Product.objects.get().status.value == status


def test_of_a_wrong_status_the_right_ones_are_told(shop: Shop, services: Services) -> None:
    sent = checked(services, shop.staff(), csv_file({**TEA, "状态": "卖", "图片": "javascript:x"}))
    assert errors_of(shop.staff(), sent["id"]) == [(2, "images", "invalid"), (2, "status", "invalid")]
    chinese, english = "格式不正确：草稿、在售、下架", "Not valid. One of: draft, on_sale, off_sale."
    assert told(shop, sent["id"], {}) == [("javascript:x", "格式不正确"), ("卖", chinese)]
    assert told(shop, sent["id"], ENGLISH) == [("javascript:x", "Not valid."), ("卖", english)]
    for headers, message in (({}, chinese), (ENGLISH, english)):
        path = f"{IMPORTS}/{sent['id']}/errors/file"
        report = shop.client.get(path, headers={**shop.staff().headers, **headers})
        assert lines_of(report.data)[2][3] == message


def test_statuses_come_back_as_they_went(shop: Shop, services: Services) -> None:
    for number, status in enumerate(("draft", "on_sale", "off_sale")):
        shop.product(code=f"P{number}", status=status)
    before = goods()
    again = imported(services, shop.staff(), exported(services, shop.staff(), "products"))
    assert (again["unchanged"], again["errors"], goods()) == (3, 0, before)


@pytest.mark.parametrize("content", ["csv", "xlsx"])
def test_of_other_stock_than_expected_the_cell_is_shown(shop: Shop, services: Services, content: str) -> None:
    shop.product(code="A", stock=20)
    row = {"SKU编码": "A", "可售库存": "5", "原可售库存": "19"}
    file = csv_file(row) if content == "csv" else xlsx_file(list(row), ["A", 5, 19])
    sent = checked(services, shop.staff(), file, "stock")
    assert errors_of(shop.staff(), sent["id"]) == [(2, "expected", "stock_changed")]
    assert [value for value, _ in told(shop, sent["id"], {})] == ["19"]
