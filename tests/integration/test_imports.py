"""Products and stock from files of staff."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.import_parts import ImportPart
from src.models.products import Product
from src.models.stock_moves import StockMove
from src.services.registry import Services
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.contents import contents, nothing_changes
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.sheets import IMPORTS, TEA, checked, csv_file, errors_of, imported, lines_of, send, xlsx_file
from tests.factories.shop import Person, Shop, data_of, refused

ENGLISH = {"Accept-Language": "en"}


def goods() -> list[Any]:
    """Returns all that the store has in products and stock."""
    everything = contents()
    return [everything[name] for name in ("products", "stock_items", "stock_moves", "categories")]


def product_with(code: str) -> Any:
    return Product.collection().find_one({"sku_keys": f"code {code}"})


def test_nobody_imports_without_a_token(shop: Shop) -> None:
    with nothing_changes():
        refused(send(Person(shop, {"Authorization": "Bearer x"}, ""), csv_file(TEA)), 401)
        refused(shop.anonymous.get(IMPORTS), 401)


@pytest.mark.parametrize("role", [role for role in Role if Permission.IMPORTS_RUN not in PERMISSIONS[role]])
def test_who_may_not_import(shop: Shop, role: Role) -> None:
    member = shop.staff(role)
    with nothing_changes():
        refused(send(member, csv_file(TEA)), 403)
        refused(member.get(f"{IMPORTS}/templates/products"), 403)


def test_another_stores_import_is_not_there(shop: Shop, other_shop: Shop, services: Services) -> None:
    sent = checked(services, shop.staff(), csv_file(TEA))
    stranger = other_shop.staff()
    with nothing_changes():
        for path in ("", "/errors", "/errors/file"):
            refused(stranger.get(f"{IMPORTS}/{sent['id']}{path}"), 404)
        refused(stranger.post(f"{IMPORTS}/{sent['id']}/run", {}), 404)
    assert data_of(stranger.get(IMPORTS), 200)["list"] == []


@pytest.mark.parametrize(
    "form", [{"kind": "orders"}, {"kind": ""}, {"dryRun": "maybe"}, {"more": "x"}], ids=["kind", "none", "dry", "more"]
)
def test_a_form_that_is_wrong(shop: Shop, form: dict[str, str]) -> None:
    staff = shop.staff()
    with nothing_changes():
        refused(send(staff, csv_file(TEA), **{"kind": "products", **form}), 400)


def test_a_dry_run_changes_nothing_of_the_store(shop: Shop, services: Services) -> None:
    rows = [TEA, {**TEA, "商品编号": "BAD", "SKU编码": "B-1", "价格（元）": "39元"}]
    sent = checked(services, shop.staff(), csv_file(*rows))
    assert (sent["state"], sent["rows"], sent["parts"], sent["errors"], sent["refused"]) == ("checked", 2, 2, 1, 1)
    assert errors_of(shop.staff(), sent["id"]) == [(3, "price", "not_money")]
    assert Product.collection().count_documents({}) == 0
    told = shop.client.get(f"{IMPORTS}/{sent['id']}/errors/file", headers={**shop.staff().headers, **ENGLISH})
    assert lines_of(told.data)[1] == [
        "3",
        "Price (yuan)",
        "39元",
        "Must be an amount in yuan with at most two decimals.",
    ]


def test_products_are_created_once(shop: Shop, services: Services) -> None:
    rows = [
        {**TEA, "分类": "茶饮", "标签": "新品|春茶", "状态": "上架", "规格": "规格:250g"},
        {"商品编号": "TEA", "SKU编码": "TEA-2", "价格（元）": "69", "规格": "规格:500g", "库存": "3"},
        {"商品编号": "CUP", "商品名称": "杯子", "SKU编码": "CUP", "价格（元）": "19.9"},
    ]
    first = imported(services, shop.staff(), csv_file(*rows))
    assert (first["state"], first["created"], first["refused"]) == ("finished", 2, 0)
    assert first["progress"] == {"done": 2, "total": 2}
    tea, cup = product_with("TEA-2"), product_with("CUP")
    assert [(sku["code"], sku["price"]) for sku in tea["skus"]] == [("TEA-1", 3990), ("TEA-2", 6900)]
    assert (tea["status"], tea["category"], tea["tags"], cup["status"]) == (
        "on_sale",
        "茶饮",
        ["新品", "春茶"],
        "draft",
    )
    assert sorted(move.available_delta for move in StockMove.objects) == [0, 3, 7]
    assert ImportPart.collection().count_documents({}) == 0

    before = goods()
    again = imported(services, shop.staff(), csv_file(*rows))
    assert (again["created"], again["changed"], again["unchanged"], goods()) == (0, 0, 2, before)


def test_empty_cells_leave_what_is(shop: Shop, services: Services) -> None:
    imported(services, shop.staff(), csv_file({**TEA, "条码": "690", "标签": "新品"}))
    change = {"Product code": "x", "SKU code": "TEA-1", "Price (yuan)": "￥1,000.50", "Tags": "", "Stock": "99"}
    result = imported(services, shop.staff(), csv_file(change))
    tea = product_with("TEA-1")
    assert (result["changed"], tea["skus"][0]["price"], tea["skus"][0]["barcode"]) == (1, 100_050, "690")
    assert (tea["tags"], tea["name"]) == (["新品"], "高山乌龙茶")
    assert [move.available_delta for move in StockMove.objects] == [7]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{**TEA, "商品名称": ""}], (2, "name", "required")),
        ([{**TEA, "SKU编码": ""}], (2, "skuCode", "required")),
        ([{**TEA, "价格（元）": ""}], (2, "price", "required")),
        ([{**TEA, "价格（元）": "1.234"}], (2, "price", "not_money")),
        ([{**TEA, "价格（元）": "9999999"}], (2, "price", "out_of_range")),
        ([{**TEA, "库存": "-1"}], (2, "stock", "out_of_range")),
        ([{**TEA, "库存": "1.5"}], (2, "stock", "not_a_number")),
        ([{**TEA, "状态": "deleted"}], (2, "status", "invalid")),
        ([{**TEA, "图片": "javascript:alert(1)"}], (2, "images", "invalid")),
        ([{**TEA, "规格": "a.b:1"}], (2, "specs", "invalid")),
        ([{**TEA, "品牌": "没有"}], (2, "brand", "brand_unknown")),
        ([{**TEA, "分类": "女装/鞋"}], (2, "category", "category_unknown")),
        ([{**TEA, "原价（元）": "39.89"}], (2, "originalPrice", "below_price")),
        ([{**TEA, "SKU编码": "", "SKU ID": "66f0a1b2c3d4e5f60718293a"}], (2, "skuId", "sku_unknown")),
        ([TEA, {**TEA, "商品编号": "TEA ", "SKU编码": "TEA-2", "商品名称": "别的"}], (3, "name", "differs")),
        ([{**TEA, "商品名称": "茶" * 101}], (2, "name", "too_long")),
        ([TEA, {**TEA, "SKU编码": "TEA-2", "商品名称": "别的"}], (3, "name", "differs")),
        ([TEA, {**TEA, "SKU编码": "TEA-2"}], (2, "specs", "specs_unfit")),
        ([TEA, TEA], (3, "skuCode", "twice")),
        ([TEA, {**TEA, "商品编号": "C", "SKU编码": "C"}, {**TEA, "SKU编码": "D"}], (4, "productCode", "rows_apart")),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(
    shop: Shop, services: Services, rows: list[dict[str, str]], expected: tuple[int, str, str]
) -> None:
    sent = checked(services, shop.staff(), csv_file(*rows))
    assert expected in errors_of(shop.staff(), sent["id"])
    assert Product.collection().count_documents({}) == 0


def test_of_a_product_with_a_wrong_row_nothing_is_taken(shop: Shop, services: Services) -> None:
    rows = [{**TEA, "规格": "a:1"}, {**TEA, "SKU编码": "TEA-2", "规格": "a:2", "价格（元）": "x"}]
    good = {**TEA, "商品编号": "CUP", "SKU编码": "CUP"}
    result = imported(services, shop.staff(), csv_file(*rows, good))
    assert (result["created"], result["refused"], product_with("TEA-1")) == (1, 1, None)


@pytest.mark.parametrize(
    ("content", "problem", "column"),
    [
        (csv_file({**TEA, "成本": "1"}), "column_unknown", "成本"),
        (csv_file({**TEA, "Price (yuan)": "1"}), "column_twice", "price"),
        (csv_file({"商品名称": "x"}), "column_missing", "productCode"),
        ("商品编号,SKU编码\r\n".encode(), "empty", ""),
        ('商品编号,SKU编码\r\n"a,b'.encode(), "unreadable", ""),
    ],
    ids=["unknown", "twice", "missing", "empty", "quote"],
)
def test_a_file_that_cannot_be_used(shop: Shop, services: Services, content: bytes, problem: str, column: str) -> None:
    sent = checked(services, shop.staff(), content)
    found = [(column, problem) for _, column, problem in errors_of(shop.staff(), sent["id"])]
    assert (sent["state"], found) == ("refused", [(column, problem)])
    refused(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 40935)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(shop: Shop, services: Services, encoding: str) -> None:
    imported(services, shop.staff(), csv_file(TEA, encoding=encoding))
    assert product_with("TEA-1")["name"] == "高山乌龙茶"


def test_workbooks(shop: Shop, services: Services) -> None:
    lines = [["SKU code", "条码", "Product code", "商品名称", "价格（元）"], ["T", 6901234567892.0, 17, "茶", 19.9]]
    result = imported(services, shop.staff(), xlsx_file(*lines))
    (sku,) = product_with("T")["skus"]
    assert (result["format"], sku["barcode"], sku["price"]) == ("xlsx", "6901234567892", 1990)


def test_a_template_can_be_imported(shop: Shop, services: Services) -> None:
    for written_as in ("csv", "xlsx"):
        for headers in ({}, ENGLISH):
            path = f"{IMPORTS}/templates/products?format={written_as}"
            template = shop.client.get(path, headers={**shop.staff().headers, **headers})
            assert template.status_code == 200
            sent = checked(services, shop.staff(), template.data)
            assert (sent["state"], sent["rows"], sent["errors"]) == ("checked", 1, 0)


def test_stock_is_counted(shop: Shop, services: Services) -> None:
    shop.product(code="A", stock=10)
    shop.product(code="B", stock=10)
    rows = [
        {"SKU编码": "A", "可售库存": "4", "原因": "盘点"},
        {"SKU编码": "B", "可售库存": "5", "原可售库存": "9"},
        {"SKU编码": "C", "可售库存": "5"},
    ]
    sent = imported(services, shop.staff(), csv_file(*rows), "stock")
    assert errors_of(shop.staff(), sent["id"]) == [(3, "expected", "stock_changed"), (4, "skuCode", "sku_unknown")]
    assert (sent["changed"], sent["refused"]) == (1, 2)
    (move,) = StockMove.objects(kind="set")
    assert (move.available_delta, move.available_after, move.reason) == (-6, 4, "盘点")


def test_without_a_dry_run_what_is_right_is_taken(shop: Shop, services: Services) -> None:
    sent = data_of(send(shop.staff(), csv_file(TEA), dryRun="false"), 202)
    run_jobs(services)
    run_jobs(services)
    after = data_of(shop.staff().get(f"{IMPORTS}/{sent['id']}"), 200)
    assert (after["state"], after["dryRun"], after["created"]) == ("finished", False, 1)


def test_what_is_recorded(shop: Shop, services: Services) -> None:
    sent = imported(services, shop.staff(), csv_file(TEA))
    refused(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 40935)
    entries = [(one.action.value, str(one.subject_id)) for one in AuditLogEntry.objects.order_by("id")]
    created = ("product.create", str(product_with("TEA-1")["_id"]))
    assert entries == [("import.upload", sent["id"]), ("import.run", sent["id"]), created]
    assert [job.state for job in jobs_of("imports.run")] == ["succeeded"]


def test_so_many_files_at_a_time(shop: Shop) -> None:
    for _ in range(5):
        data_of(send(shop.staff(), csv_file(TEA)), 202)
    with nothing_changes():
        assert refused(send(shop.staff(), csv_file(TEA)), 40934) == {"limit": 5}
