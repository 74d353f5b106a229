"""Documents of an earlier release go on working, and `flask indexes fill` makes newer lists find them."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.categories import MAX_CATEGORIES, Category
from src.models.products import Product
from src.services.registry import Services
from tests.factories.catalogue import named
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.earlier_release import Rows, move_in
from tests.factories.races import run_before
from tests.factories.shop import Shop, data_of
from tests.factories.staff import log_in

TEA, BOWL, POT, MAT = "高山乌龙茶", "白瓷盖碗", "旧款茶壶", "没有分类的竹席"
MERCHANT = "/api/merchant"


@pytest.fixture
def rows(shop: Shop, clock: MovableClock) -> Rows:
    return move_in(shop, clock.now())


def fill(shop: Shop) -> list[int]:
    """Returns the counts that the command tells."""
    result = shop.app.test_cli_runner().invoke(args=["indexes", "fill"])
    assert result.exit_code == 0, result.output
    return [int(line.rpartition(" ")[2]) for line in result.output.splitlines()]


def names(shop: Shop, **query: Any) -> set[str]:
    return {product["name"] for product in data_of(shop.anonymous.get("/api/products", **query), 200)["list"]}


def product_id(rows: Rows, name: str) -> str:
    return str(next(product["_id"] for product in rows["products"] if product["name"] == name))


@pytest.mark.parametrize("is_filled", [False, True])
def test_what_it_has_written_goes_on_working(shop: Shop, rows: Rows, is_filled: bool) -> None:
    if is_filled:
        fill(shop)
    assert names(shop) == {TEA, BOWL, MAT}
    assert names(shop, keyword="乌龙") == {TEA}
    assert names(shop, category="茶具") == {BOWL}
    assert_sells(shop, product_id(rows, TEA))
    assert_is_edited(shop, product_id(rows, TEA))
    assert_orders_go_on(shop, rows)
    assert log_in(shop, rows["staff"][0]["username"]).status_code == 200


def assert_sells(shop: Shop, tea: str) -> None:
    shown = data_of(shop.anonymous.get(f"/api/products/{tea}"), 200)
    assert [(sku["price"], sku["stock"]) for sku in shown["skus"]] == [(3900, 2), (9900, 3)]
    order = shop.paid_order(shop.buyer(), ({"productId": tea, "skuId": shown["skus"][1]["id"]}, 1))
    assert order["totalAmount"] == 9900
    data_of(
        shop.staff().post(f"{MERCHANT}/skus/{shown['skus'][1]['id']}/receive", {"quantity": 4, "reason": "到货"}), 200
    )
    assert data_of(shop.anonymous.get(f"/api/products/{tea}"), 200)["stock"] == 2 + 2 + 4


def assert_is_edited(shop: Shop, tea: str) -> None:
    owner = shop.staff()
    read = owner.get(f"{MERCHANT}/products/{tea}").headers["ETag"]
    headers = {**owner.headers, "If-Match": read}
    edited = data_of(shop.client.put(f"/api/products/{tea}", json={"description": "秋茶。"}, headers=headers), 200)
    assert (edited["category"], edited["description"], len(edited["skus"])) == ("茶饮", "秋茶。", 2)
    assert data_of(owner.post(f"/api/products/{tea}/duplicate", {}), 201)["status"] == "draft"


def assert_orders_go_on(shop: Shop, rows: Rows) -> None:
    owner = shop.staff()
    for order in rows["orders"]:
        assert data_of(owner.get(f"{MERCHANT}/orders/{order['_id']}"), 200)["orderNo"] == order["order_no"]
    (paid,) = (order for order in rows["orders"] if order["status"] == "paid")
    parcel = {"company": "SF", "trackingNo": "SF1234567890"}
    assert data_of(owner.post(f"/api/orders/{paid['_id']}/ship", parcel), 200)["status"] == "shipped"


def test_newer_lists_find_it_once_it_is_filled(shop: Shop, rows: Rows) -> None:
    owner = shop.staff()
    assert fill(shop) == [4, 7, 2, 3, 5]
    assert (names(shop, keyword="gswl"), names(shop, keyword="春茶")) == ({TEA}, {TEA})
    tree = data_of(shop.anonymous.get("/api/categories"), 200)["list"]
    assert named(tree) == [["茶饮", []], ["茶具", []]]
    assert [names(shop, category=branch["id"]) for branch in tree] == [{TEA}, {BOWL}]
    stock = data_of(owner.get(f"{MERCHANT}/stock"), 200)["list"]
    assert {level["name"] for level in stock} == {TEA, BOWL, POT, MAT}
    assert data_of(owner.get(f"{MERCHANT}/orders", phone="8000"), 200)["pagination"]["total"] == 4
    figures = data_of(owner.get(f"{MERCHANT}/statistics/overview"), 200)["last30Days"]
    assert (figures["orders"], figures["paidOrders"], figures["gmv"]) == (4, 2, 7800 + 8800)


def test_it_is_filled_once(shop: Shop, rows: Rows) -> None:
    fill(shop)
    with nothing_changes():
        assert fill(shop) == [0, 0, 2, 0, 0]


def test_only_what_is_missing_is_filled_in(shop: Shop) -> None:
    product = shop.product(name=TEA, category="茶饮", description="<p>春茶</p>", tags=["新品"])
    as_written = Product.collection().find_one({"_id": ObjectId(product["id"])})
    assert as_written is not None
    with nothing_changes():
        assert fill(shop)[3:] == [0, 0]
    lost = {"pinyin_tokens", "popularity", "search_description", "description_pictures"}
    Product.collection().update_one({"_id": as_written["_id"]}, {"$unset": dict.fromkeys(lost, "")})
    assert fill(shop)[3:] == [0, 1]
    assert Product.collection().find_one({"_id": as_written["_id"]}) == as_written


def test_who_edits_a_product_meanwhile_has_the_last_word(shop: Shop, rows: Rows, services: Services) -> None:
    tea, owner = product_id(rows, TEA), shop.staff()
    with run_before(Product, "_from_son", lambda: data_of(owner.put(f"/api/products/{tea}", {"name": "铁观音"}), 200)):
        assert services.product_upgrade.make_findable(lambda _: None) == len(rows["products"]) - 1
    assert (names(shop, keyword="tgy"), names(shop, keyword="gswl")) == ({"铁观音"}, set())


def test_products_of_a_store_with_all_the_categories_it_may_have_stay_as_they_are(shop: Shop, rows: Rows) -> None:
    pattern = {
        "store_id": shop.store_id,
        "parent_id": None,
        "ancestors": [],
        "position": 0,
        "visible": True,
        "holds": 0,
    }
    now = rows["orders"][0]["created_at"]
    Category.collection().insert_many(
        [{**pattern, "name": f"{n}", "created_at": now, "updated_at": now} for n in range(MAX_CATEGORIES)]
    )
    assert fill(shop)[3:] == [0, 5]
    assert names(shop, category="茶具") == {BOWL}
