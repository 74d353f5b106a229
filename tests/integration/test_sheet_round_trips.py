"""What was exported is imported again: nothing is lost, nothing changes, nothing is there twice."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.connection import database
from src.models.products import Product
from src.services.registry import Services
from src.utils.sheet_kinds import SheetFormat
from tests.factories.contents import contents
from tests.factories.sheets import TEA, checked, csv_file, errors_of, exported, imported, lines_of
from tests.factories.shop import Shop, data_of

STRANGE = "茶叶礼盒,+赠品;-1|=2\n@家 it's '=quoted\\ a/b：c"


def goods() -> list[Any]:
    everything = contents()
    return [everything[name] for name in ("products", "stock_items", "stock_moves", "categories")]


def forget_products() -> None:
    for name in ("products", "stock_items"):
        database()[name].delete_many({})


def category(shop: Shop, name: str, parent: str | None = None) -> str:
    body = {"name": name, **({"parentId": parent} if parent else {})}
    return str(data_of(shop.staff().post("/api/merchant/categories", body), 201)["id"])


@pytest.mark.parametrize("written_as", list(SheetFormat))
def test_strange_texts(shop: Shop, services: Services, written_as: SheetFormat) -> None:
    sku = {"specs": {"规格:大;": STRANGE[:30], "规;格": "a\\;b"}, "price": 3990, "code": "T1", "stock": 4}
    category_id = category(shop, "茶/咖啡;-1", category(shop, "=饮"))
    shop.product(name=STRANGE, skus=[sku], tags=["a,-b", "c|=d"], description="<p>a,-b</p>", categoryId=category_id)
    before = goods()
    again = imported(services, shop.staff(), exported(services, shop.staff(), "products", written_as))
    assert (errors_of(shop.staff(), again["id"]), again["unchanged"]) == ([], 1)
    assert goods() == before


@pytest.mark.parametrize("written_as", list(SheetFormat))
def test_skus_without_codes(shop: Shop, services: Services, written_as: SheetFormat) -> None:
    skus = [{"specs": {"规格": size}, "price": 3990, "stock": 4} for size in ("大", "小")]
    product = shop.product(skus=skus)
    content = exported(services, shop.staff(), "products", written_as)
    before = goods()
    again = imported(services, shop.staff(), content)
    assert (errors_of(shop.staff(), again["id"]), again["unchanged"], goods()) == ([], 1, before)
    named = {"商品编号": "x", "SKU ID": product["skus"][1]["id"], "SKU编码": "SMALL", "价格（元）": "50"}
    assert imported(services, shop.staff(), csv_file(named))["changed"] == 1
    stored = [(sku.code, sku.price, str(sku.id)) for sku in Product.objects.get().skus]
    assert stored == [("", 3990, product["skus"][0]["id"]), ("SMALL", 5000, product["skus"][1]["id"])]


def test_ids_that_name_nothing_here(shop: Shop, other_shop: Shop, services: Services) -> None:
    sku_id = other_shop.sku()["skuId"]
    rows = [{**TEA, "SKU编码": "", "SKU ID": sku_id}, {**TEA, "商品编号": "B", "SKU ID": sku_id[::-1]}]
    before = Product.objects(store_id=other_shop.store_id).get().to_mongo()
    result = imported(services, shop.staff(), csv_file(*rows))
    assert errors_of(shop.staff(), result["id"]) == [(2, "skuId", "sku_unknown")]
    assert (result["created"], Product.objects(store_id=shop.store_id).get().skus[0].code) == (1, "TEA-1")
    assert Product.objects(store_id=other_shop.store_id).get().to_mongo() == before


def test_one_sku_named_twice(shop: Shop, services: Services) -> None:
    product = shop.product(code="A")
    sku_id = product["skus"][0]["id"]
    by_id, by_code = {"商品编号": "x", "SKU ID": sku_id}, {"商品编号": "x", "SKU编码": "A"}
    for rows, column in (((by_id, by_id), "skuId"), ((by_id, by_code), "skuCode")):
        sent = checked(services, shop.staff(), csv_file(*rows))
        assert (3, column, "twice") in errors_of(shop.staff(), sent["id"])


@pytest.mark.parametrize("written_as", list(SheetFormat))
def test_categories_of_one_name_are_told_apart(shop: Shop, services: Services, written_as: SheetFormat) -> None:
    category(shop, "鞋", category(shop, "男装"))
    shoes = category(shop, "鞋", category(shop, "女装"))
    shop.product(code="S", categoryId=shoes)
    content = exported(services, shop.staff(), "products", written_as)
    assert imported(services, shop.staff(), content)["unchanged"] == 1
    forget_products()
    assert imported(services, shop.staff(), content)["created"] == 1
    assert str(Product.objects.get().category_id) == shoes


def test_what_a_name_may_mean(shop: Shop, services: Services) -> None:
    category(shop, "鞋", category(shop, "男装"))
    women = category(shop, "女装")
    shoes, boots = category(shop, "鞋", women), category(shop, "靴", women)
    shop.product(code="KEPT", categoryId=shoes)
    cells = {"A": "鞋", "B": "靴", "C": "女装/鞋", "D": "女装/帽", "E": "女装", "F": "帽"}
    rows = [{**TEA, "商品编号": code, "SKU编码": code, "分类": cell} for code, cell in cells.items()]
    kept = {"商品编号": "K", "SKU编码": "KEPT", "分类": "鞋"}
    result = imported(services, shop.staff(), csv_file(*rows, kept))
    assert errors_of(shop.staff(), result["id"]) == [
        (2, "category", "category_ambiguous"),
        (5, "category", "category_unknown"),
    ]
    found = {product.skus[0].code: product for product in Product.objects}
    ids = {code: str(found[code].category_id) for code in ("B", "C", "E", "KEPT")}
    assert ids == {"B": boots, "C": shoes, "E": women, "KEPT": shoes}
    assert (found["F"].category, found["F"].category_path) == ("帽", [found["F"].category_id])


def test_at_the_root_a_name_is_the_whole_path(shop: Shop, services: Services) -> None:
    category(shop, "鞋", category(shop, "男装"))
    root = category(shop, "鞋")
    shop.product(code="S", categoryId=root)
    content = exported(services, shop.staff(), "products")
    forget_products()
    imported(services, shop.staff(), content)
    assert str(Product.objects.get().category_id) == root


def test_a_status_that_is_so_anyway_decides_nothing(shop: Shop, services: Services) -> None:
    shop.product(code="P", status="draft", publishAt="2099-01-01T00:00:00+08:00")
    waits = Product.objects.get().publish_at
    content = exported(services, shop.staff(), "products")
    assert lines_of(content)[1][7] == "draft"
    assert imported(services, shop.staff(), content)["unchanged"] == 1
    imported(services, shop.staff(), content.replace("高山乌龙茶".encode(), "乌龙茶".encode()))
    assert (Product.objects.get().name, Product.objects.get().publish_at) == ("乌龙茶", waits)
    imported(services, shop.staff(), content.replace(b'"draft"', b'"off_sale"'))
    assert (Product.objects.get().status.value, Product.objects.get().publish_at) == ("off_sale", None)
