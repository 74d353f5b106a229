"""No file that people open with a spreadsheet program has a cell that it would compute."""

from __future__ import annotations

import re

import pytest

from src.services.registry import Services
from tests.factories.sheets import IMPORTS, TEA, checked, csv_file, errors_of, exported, imported, lines_of
from tests.factories.shop import ADDRESS, Shop, data_of

FORMULA = '=HYPERLINK("http://x","y")'
_COMPUTED = re.compile(r"[=+\-@＝＋－＠\t\r]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def computed(content: bytes) -> list[str]:
    """Returns the cells of a file that a spreadsheet program would compute."""
    cells = [cell for line in lines_of(content) for cell in line]
    return [cell for cell in cells if _COMPUTED.match(cell) and not _NUMBER.fullmatch(cell)]


def holds(content: bytes) -> bool:
    return any(f"'{FORMULA}" in cell for line in lines_of(content) for cell in line)


@pytest.fixture
def product_id(shop: Shop, services: Services) -> str:
    """The id of a product that an import has brought, whose name is a formula."""
    result = imported(services, shop.staff(), csv_file({**TEA, "商品名称": FORMULA, "状态": "上架"}))
    assert result["created"] == 1
    (found,) = data_of(shop.staff().get("/api/merchant/products"), 200)["list"]
    assert found["name"] == FORMULA
    return str(found["id"])


def test_exports(shop: Shop, services: Services, product_id: str) -> None:
    (sku,) = data_of(shop.anonymous.get(f"/api/products/{product_id}"), 200)["skus"]
    line = {"productId": product_id, "skuId": sku["id"], "quantity": 1}
    address = {**ADDRESS, "name": "+86", "detail": "@家"}
    order = data_of(shop.buyer().post("/api/orders", {"items": [line], "address": address, "note": FORMULA}), 201)
    data_of(shop.staff().put(f"/api/merchant/orders/{order['id']}/note", {"note": "-2+3"}), 200)
    for kind in ("products", "orders", "stock_movements"):
        content = exported(services, shop.staff(), kind)
        assert (holds(content), computed(content)) == (True, []), kind


def test_what_is_wrong_in_a_file(shop: Shop, services: Services) -> None:
    sent = checked(services, shop.staff(), csv_file({**TEA, "价格（元）": FORMULA, "库存": "=1+1"}))
    assert errors_of(shop.staff(), sent["id"]) == [(2, "price", "not_money"), (2, "stock", "not_a_number")]
    report = shop.staff().get(f"{IMPORTS}/{sent['id']}/errors/file").data
    assert (holds(report), computed(report)) == (True, [])


def test_the_audit_log(shop: Shop) -> None:
    made = data_of(shop.staff().post("/api/merchant/api-keys", {"name": FORMULA, "scopes": ["orders:read"]}), 201)
    data_of(shop.staff().delete(f"/api/merchant/api-keys/{made['apiKey']['id']}"), 200)
    log = shop.staff().get("/api/merchant/audit-log/export")
    assert (log.status_code, computed(log.data)) == (200, [])
    assert "HYPERLINK" in log.get_data(as_text=True)
