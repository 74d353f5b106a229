"""Filters, cursors and facets of product lists."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from bson import ObjectId

from src.models.products import Product
from tests.factories.catalogue import category
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop, data_of, refused

BRAND, WARES, CUPS = ObjectId(), ObjectId(), ObjectId()


def listed(shop: Shop, **query: Any) -> dict[str, Any]:
    data: dict[str, Any] = data_of(shop.anonymous.get("/api/products", **query), 200)
    return data


def names(shop: Shop, **query: Any) -> list[str]:
    return [product["name"] for product in listed(shop, **query)["list"]]


def set_fields(product: dict[str, Any], **fields: Any) -> None:
    Product.collection().update_one({"_id": ObjectId(product["id"])}, {"$set": fields})


@pytest.fixture
def seven(shop: Shop, clock: MovableClock) -> Shop:
    """Seven products, 甲 the oldest; three have one price and five have sold nothing."""
    for name, price, sales in zip(
        "甲乙丙丁戊己庚", (300, 100, 100, 100, 200, 500, 400), (0, 9, 0, 0, 0, 3, 0), strict=True
    ):
        set_fields(shop.product(name=name, price=price), sales=sales)
        clock.advance(seconds=1)
    return shop


def walk(shop: Shop, **query: Any) -> list[list[str]]:
    """Follows the cursors from the first page to the last; returns the names of each page."""
    page = listed(shop, **query)
    pages = [[product["name"] for product in page["list"]]]
    while cursor := page["pagination"]["nextCursor"]:
        number, total = page["pagination"]["page"], page["pagination"]["total"]
        page = listed(shop, **query, cursor=cursor)
        assert (page["pagination"]["page"], page["pagination"]["total"]) == (number + 1, total)
        pages.append([product["name"] for product in page["list"]])
    return pages


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ({}, ["庚己", "戊丁", "丙乙", "甲"]),
        ({"sort": "sales"}, ["乙己", "庚戊", "丁丙", "甲"]),
        ({"sort": "price"}, ["丁丙", "乙戊", "甲庚", "己"]),
        ({"sort": "-price"}, ["己庚", "甲戊", "丁丙", "乙"]),
        ({"maxPrice": 100}, ["丁丙", "乙"]),
        ({"maxPrice": 200}, ["戊丁", "丙乙"]),
        ({"minPrice": 501}, [""]),
    ],
)
def test_cursors_lead_through_a_list(seven: Shop, query: dict[str, Any], pages: list[str]) -> None:
    assert walk(seven, size=2, **query) == [list(page) for page in pages]


def test_cursors_lead_through_a_search(shop: Shop) -> None:
    for name in ("乌龙", "高山乌龙", "乌龙茶"):
        shop.product(name=name)
    assert walk(shop, size=1, keyword="乌龙") == [["乌龙"], ["乌龙茶"], ["高山乌龙"]]
    assert walk(shop, size=2, keyword="乌龙", sort="newest") == [["乌龙茶", "高山乌龙"], ["乌龙"]]


def test_staff_walk_through_all_statuses(seven: Shop) -> None:
    seven.product(name="辛", status="off_sale", price=100)
    query = {"sort": "price", "size": 3}
    page = data_of(seven.staff().get("/api/merchant/products", **query), 200)
    pages = [[product["name"] for product in page["list"]]]
    while cursor := page["pagination"]["nextCursor"]:
        page = data_of(seven.staff().get("/api/merchant/products", **query, cursor=cursor), 200)
        pages.append([product["name"] for product in page["list"]])
    assert pages == [["辛", "丁", "丙"], ["乙", "戊", "甲"], ["庚", "己"]]


def test_what_comes_and_goes_meanwhile_shifts_nothing(seven: Shop) -> None:
    first = listed(seven, size=2)
    seven.product(name="新")
    following = names(seven, size=2, cursor=first["pagination"]["nextCursor"])
    assert following == ["戊", "丁"]


def encoded(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def test_a_cursor_fits_its_own_list_only(seven: Shop, other_shop: Shop) -> None:
    cursor = listed(seven, size=2)["pagination"]["nextCursor"]
    for query in (
        {"size": 3},
        {"size": 2, "sort": "price"},
        {"size": 2, "maxPrice": 900},
        {"size": 2, "keyword": "甲"},
    ):
        assert set(refused(seven.anonymous.get("/api/products", cursor=cursor, **query), 400)["errors"]) == {"cursor"}
    refused(other_shop.anonymous.get("/api/products", cursor=cursor, size=2), 400)


def test_a_forged_cursor_is_refused(seven: Shop) -> None:
    cursor = listed(seven, size=2)["pagination"]["nextCursor"]
    digest, page, total, value, last = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    forged = [
        [digest, page, total, 2**60, last],
        [digest, page, total, 2**53, last],
        [digest, page, total, -(2**53), last],
        [digest, page, total, True, last],
        [digest, page, total, {"$gt": 0}, last],
        [digest, 0, total, value, last],
        [digest, 2**53, total, value, last],
        [digest, page, -1, value, last],
        [digest, page, total, value, "zzz"],
        [digest, page, total, value, {"$ne": None}],
        [digest, page, total, value],
        ["", page, total, value, last],
        {},
        None,
    ]
    texts = [*map(encoded, forged), "zzz", "....", "é", "a" * 200, encoded("[" * 50), cursor[:-3]]
    for text in texts:
        answer = seven.anonymous.get("/api/products", cursor=text, size=2)
        assert set(refused(answer, 400)["errors"]) == {"cursor"}, text


def test_whatever_specs_are_written_with_finds_them(shop: Shop) -> None:
    skus = [{"specs": {"尺寸:长": "1;2", "材质\\": "a\\"}, "price": 1, "stock": 1}]
    board, flag = shop.product(name="板", skus=skus), [{"specs": {"颜色": "红;白:蓝"}, "price": 1, "stock": 1}]
    striped = shop.product(name="旗", skus=flag)
    shop.product(name="别的", skus=[{"specs": {"颜色": "红"}, "price": 1, "stock": 1}])
    for spec, wanted in {
        r"尺寸\:长:1\;2": board,
        r"尺寸\:长:1\;2;材质\\:a\\": board,
        r"材质\\:a\\": board,
        r"颜色:红\;白:蓝": striped,
        r"颜色:红\;白\:蓝": striped,
    }.items():
        found = data_of(shop.anonymous.get("/api/products", spec=spec), 200)["list"]
        assert [product["id"] for product in found] == [wanted["id"]], spec


@pytest.mark.parametrize(
    "spec", ["颜色", "颜色:", ":红", "颜色:红;", "颜色:红;;尺码:S", r"颜色\:红", "颜色:红;白", "$a:b", "__a:b"]
)
def test_specs_that_are_none(shop: Shop, spec: str) -> None:
    assert list(refused(shop.anonymous.get("/api/products", spec=spec), 400)["errors"]) == ["spec"]


def test_lists_are_narrowed_by_brand_tag_category_and_specs(shop: Shop) -> None:
    red, blue = ({"specs": {"颜色": colour, "尺码": size}, "price": 1, "stock": 1} for colour, size in ("红S", "蓝L"))
    wares = category(shop, "茶具")
    cups = category(shop, "茶杯", wares)
    set_fields(shop.product(name="杯", categoryId=cups["id"]), brand_id=BRAND)
    set_fields(shop.product(name="壶", categoryId=wares["id"]), tags=["手工", "新品"])
    shop.product(name="裙", skus=[red, blue])
    expected: dict[tuple[str, str], list[str]] = {
        ("category", wares["id"]): ["壶", "杯"],
        ("category", cups["id"]): ["杯"],
        ("category", "茶具"): ["壶", "杯"],
        ("category", "茶杯"): ["杯"],
        ("category", "茶"): [],
        ("category", str(ObjectId())): [],
        ("brand", str(BRAND)): ["杯"],
        ("brand", str(CUPS)): [],
        ("tag", "新品"): ["壶"],
        ("tag", "新"): [],
        ("spec", "颜色:红"): ["裙"],
        ("spec", "颜色:红;尺码:S"): ["裙"],
        ("spec", "颜色:红;尺码:L"): [],
        ("spec", "颜色:绿"): [],
    }
    assert {query: names(shop, **dict([query])) for query in expected} == expected


def test_a_retired_sku_is_found_by_its_specs_no_more(shop: Shop) -> None:
    red, blue = ({"specs": {"颜色": colour}, "price": 1, "stock": 1} for colour in "红蓝")
    product = shop.product(name="裙", skus=[red, blue])
    kept = {"id": product["skus"][1]["id"], "specs": {"颜色": "蓝"}, "price": 1}
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"skus": [kept]}), 200)
    assert (names(shop, spec="颜色:红"), names(shop, spec="颜色:蓝")) == ([], ["裙"])


def test_facets_refuse_what_is_no_filter(shop: Shop) -> None:
    for name, value in (("sort", "price"), ("page", 1), ("cursor", "x"), ("status", "off_sale"), ("brand", "x")):
        assert set(refused(shop.anonymous.get("/api/products/facets", **{name: value}), 400)["errors"]) == {name}


def test_facets_count_within_the_filters(shop: Shop, other_shop: Shop) -> None:
    set_fields(
        shop.product(name="杯", category="茶杯", price=4_999, stock=0), brand_id=BRAND, brand="小满", category_id=CUPS
    )
    red = {"specs": {"颜色": "红", "尺码": "大"}, "price": 5_000, "stock": 1}
    blue = {"specs": {"颜色": "蓝", "尺码": "大"}, "price": 5_000, "stock": 1}
    set_fields(shop.product(name="壶", category="茶具", skus=[red, blue]), tags=["手工", "新品"], category_id=WARES)
    set_fields(shop.product(name="罐", category="茶具", price=300_000), tags=["新品"], category_id=WARES)
    shop.product(name="旧壶", category="茶具", status="off_sale")
    other_shop.product(name="别家壶", category="茶具")
    assert data_of(shop.anonymous.get("/api/products/facets"), 200) == {
        "categories": [
            {"id": str(WARES), "name": "茶具", "count": 2},
            {"id": str(CUPS), "name": "茶杯", "count": 1},
        ],
        "brands": [{"id": str(BRAND), "name": "小满", "count": 1}],
        "tags": [{"name": "新品", "count": 2}, {"name": "手工", "count": 1}],
        "specs": [
            {"name": "尺码", "values": [{"name": "大", "count": 1}]},
            {"name": "颜色", "values": [{"name": "红", "count": 1}, {"name": "蓝", "count": 1}]},
        ],
        "prices": [
            {"minPrice": 0, "maxPrice": 4_999, "count": 1},
            {"minPrice": 5_000, "maxPrice": 9_999, "count": 1},
            {"minPrice": 200_000, "maxPrice": None, "count": 1},
        ],
        "inStock": 2,
        "counted": 3,
        "isComplete": True,
    }
    narrowed = data_of(shop.anonymous.get("/api/products/facets", keyword="茶杯", inStock="false"), 200)
    assert (narrowed["counted"], narrowed["categories"]) == (1, [{"id": str(CUPS), "name": "茶杯", "count": 1}])
    nothing = data_of(shop.anonymous.get("/api/products/facets", keyword="没有"), 200)
    assert nothing == {
        "categories": [], "brands": [], "tags": [], "specs": [], "prices": [],
        "inStock": 0, "counted": 0, "isComplete": True,
    }  # fmt: skip
