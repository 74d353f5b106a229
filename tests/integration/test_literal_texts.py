"""Texts that are programs elsewhere are texts here: they are shown as they were written, wherever they are shown."""

from __future__ import annotations

import re

import pytest

from src.services.registry import Services
from tests.factories.refunds import asked, decide, wanted
from tests.factories.sheets import TEA, checked, csv_file, errors_of, exported, lines_of
from tests.factories.shop import ADDRESS, Shop, data_of
from tests.factories.staff import joined

TEXTS = ["{{7*7}}", "%(x)s %s %n", "${jndi:ldap://x}", "{0.__class__}", "#{7*7}", "$where:1", "$$ROOT", "`id`"]

FORMULAS = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "＝1", '"=1"']
BEGINS_A_FORMULA = {*"=+-@＝\t\r"}
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_product_shows_what_was_written(shop: Shop, services: Services, text: str) -> None:
    details = {"tags": [text], "attributes": [{"name": text, "value": text}], "freightClass": text}
    skus = [{"specs": {"规格": text}, "price": 1, "stock": 1}]
    product = shop.product(name=text, description=text, category=text, skus=skus, **details)
    for path in (f"/api/products/{product['id']}", f"/api/merchant/products/{product['id']}"):
        shown = data_of(shop.staff().get(path), 200)
        assert {shown[name] for name in ("name", "description", "category")} == {text}
        assert (shown["tags"], shown["attributes"]) == ([text], [{"name": text, "value": text}])
        assert shown["skus"][0]["specs"] == {"规格": text}
    found = data_of(shop.anonymous.get("/api/products", keyword=text), 200)["list"]
    assert [one["id"] for one in found] == [product["id"]]
    assert data_of(shop.anonymous.get("/api/search/suggest", q=text), 200)["list"] == [text]
    assert any(text in row for row in lines_of(exported(services, shop.staff(), "products")))


def test_orders_and_people_show_what_was_written(shop: Shop, services: Services, text: str) -> None:
    buyer, owner, sku = shop.buyer(), shop.staff(), shop.sku()
    assert data_of(buyer.put("/api/auth/user", {"nickname": text}), 200)["nickname"] == text
    line = {"productId": sku["productId"], "quantity": 1}
    address = {**ADDRESS, "name": text, "detail": text}
    body = {"items": [line], "address": address, "note": text}
    order = data_of(buyer.post("/api/orders", body), 201)
    data_of(owner.put(f"/api/merchant/orders/{order['id']}/note", {"note": text}), 200)
    shown = data_of(owner.get(f"/api/merchant/orders/{order['id']}"), 200)
    assert (shown["note"], shown["staffNote"], shown["address"]) == (text, text, address)
    assert any(text in row for row in lines_of(exported(services, owner, "orders")))


def test_reasons_and_names_show_what_was_written(shop: Shop, text: str) -> None:
    buyer, owner, sku = shop.buyer(), shop.staff(), shop.sku()
    order = shop.paid_order(buyer, (sku, 2))
    refund = data_of(buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1), reason=text)), 201)
    assert refund["reason"] == text
    assert decide(shop, asked(buyer, order, (sku, 1)), "reject", {"reason": text})["rejectReason"] == text
    path = f"/api/merchant/skus/{sku['skuId']}"
    data_of(owner.post(f"{path}/receive", {"quantity": 1, "reason": text, "reference": text}), 200)
    newest = data_of(owner.get(f"{path}/movements"), 200)["list"][0]
    assert (newest["reason"], newest["reference"]) == (text, text)
    assert data_of(owner.put(joined(shop).path, {"displayName": text}), 200)["displayName"] == text
    assert text in owner.get("/api/merchant/audit-log/export").get_data(as_text=True)


def test_no_file_has_a_formula_in_it(shop: Shop, services: Services) -> None:
    buyer, owner, sku = shop.buyer(), shop.staff(), shop.sku()
    line = {"productId": sku["productId"], "quantity": 1}
    for formula in FORMULAS:
        shop.product(name=formula, category=formula, tags=[formula[:20]])
        body = {"items": [line], "address": {**ADDRESS, "name": formula, "detail": formula}, "note": formula}
        data_of(buyer.post("/api/orders", body), 201)
        received = {"quantity": 1, "reason": formula, "reference": formula}
        data_of(owner.post(f"/api/merchant/skus/{sku['skuId']}/receive", received), 200)
    files = [exported(services, owner, kind) for kind in ("products", "orders", "stock_movements")]
    files.append(owner.get("/api/merchant/audit-log/export").data)
    for file in files:
        cells = [cell for row in lines_of(file) for cell in row]
        assert all(cell[:1] not in BEGINS_A_FORMULA or NUMBER.fullmatch(cell) for cell in cells)
        assert sum(any(formula in cell for formula in FORMULAS) for cell in cells) >= len(FORMULAS)


def test_rows_of_a_file_are_shown_as_they_were_written(shop: Shop, services: Services, text: str) -> None:
    sent = checked(services, shop.staff(), csv_file({**TEA, "商品名称": text, "价格（元）": text}))
    (error,) = errors_of(shop.staff(), sent["id"])
    assert error[1:] == ("price", "not_money")
    assert text in shop.staff().get(f"/api/merchant/imports/{sent['id']}/errors").get_data(as_text=True)
