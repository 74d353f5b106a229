"""Products as staff make and change them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from bson import ObjectId

from src.models.products import Product
from src.models.stock import StockItem
from src.models.stock_moves import StockMove
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused


def two_skus(shop: Shop) -> dict[str, Any]:
    skus = [{"specs": {"规格": size}, "price": price, "stock": 5} for size, price in (("100g", 1900), ("250g", 3900))]
    return shop.product(skus=skus)


def kept(sku: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Returns a SKU as an edit names it."""
    return {"id": sku["id"], "specs": sku["specs"], "price": sku["price"], **changes}


def edit(shop: Shop, product: dict[str, Any], **changes: Any) -> dict[str, Any]:
    edited: dict[str, Any] = data_of(shop.staff().put(f"/api/products/{product['id']}", changes), 200)
    return edited


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/api/products"), ("put", f"/api/products/{NOBODYS_ID}"), ("delete", f"/api/products/{NOBODYS_ID}")],
)
def test_only_staff_change_products(shop: Shop, method: str, path: str) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        refused(getattr(shop.client, method)(path, json={"name": "茶", "price": 1}), 401)
        refused(getattr(shop.client, method)(path, json={"name": "茶", "price": 1}, headers=buyer.headers), 401)


@pytest.mark.parametrize("product_id", [NOBODYS_ID, "zzz"])
def test_what_does_not_exist_cannot_be_changed(shop: Shop, product_id: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        refused(owner.put(f"/api/products/{product_id}", {"name": "茶"}), 404)
        refused(owner.delete(f"/api/products/{product_id}"), 404)
        refused(owner.get(f"/api/merchant/products/{product_id}"), 404)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "_schema"),
        ({"stock": 99}, "stock"),
        ({"price": 100}, "price"),
        ({"skus": []}, "skus"),
        ({"skus": [{"id": NOBODYS_ID, "specs": {"规格": "1"}, "price": 1}]}, "skus.0.id"),
        ({"status": "deleted"}, "status"),
        ({"sales": 1_000}, "sales"),
        ({"version": 1}, "version"),
        ({"id": NOBODYS_ID}, "id"),
    ],
)
def test_an_edit_that_is_refused(shop: Shop, changes: dict[str, Any], field: str) -> None:
    product = two_skus(shop)
    with nothing_changes():
        assert list(refused(shop.staff().put(f"/api/products/{product['id']}", changes), 400)["errors"]) == [field]


def test_the_stock_of_an_existing_sku_is_refused(shop: Shop) -> None:
    product = two_skus(shop)
    skus = [kept(product["skus"][0], stock=99), kept(product["skus"][1])]
    with nothing_changes():
        answer = shop.staff().put(f"/api/products/{product['id']}", {"skus": skus})
        assert list(refused(answer, 400)["errors"]) == ["skus.0.stock"]


def test_a_sku_cannot_be_named_twice(shop: Shop) -> None:
    product = two_skus(shop)
    first = product["skus"][0]
    with nothing_changes():
        answer = shop.staff().put(
            f"/api/products/{product['id']}", {"skus": [kept(first), kept(first, specs={"规格": "1kg"})]}
        )
        assert refused(answer, 400) == {"errors": {"skus": ["A SKU is named twice."]}}


def test_a_sku_of_another_product_cannot_be_taken_over(shop: Shop) -> None:
    product, other = two_skus(shop), shop.product(name="别的")
    stolen = {"id": other["skus"][0]["id"], "specs": {"规格": "1"}, "price": 1}
    with nothing_changes():
        refused(shop.staff().put(f"/api/products/{product['id']}", {"skus": [stolen]}), 400)


def test_name_price_and_stock_make_a_product_with_one_sku(shop: Shop) -> None:
    created = data_of(shop.staff().post("/api/products", {"name": "茶", "price": 500, "stock": 3}), 201)
    (sku,) = created["skus"]
    assert (created["price"], created["stock"], created["status"]) == (500, 3, "on_sale")
    assert {name: sku[name] for name in ("specs", "price", "stock", "image")} == {
        "specs": {},
        "price": 500,
        "stock": 3,
        "image": "",
    }


def test_a_new_product_opens_the_counters_and_the_ledger(shop: Shop) -> None:
    owner = shop.staff()
    created = data_of(owner.post("/api/products", {"name": "茶", "price": 500, "stock": 3}), 201)
    (item,), (move,) = StockItem.objects, StockMove.objects
    assert str(item.id) == created["skus"][0]["id"]
    assert (item.available, item.reserved, item.sold, item.received) == (3, 0, 0, 3)
    assert (move.kind.value, move.available_delta, str(move.staff_id)) == ("receive", 3, owner.id)


def test_only_the_given_fields_change(shop: Shop) -> None:
    product = shop.product(description="清香", category="茶饮", images=["/media/a.png"], originalPrice=4900)
    edited = edit(shop, product, name="新名", originalPrice=None)
    assert edited.pop("updatedAt") >= product.pop("updatedAt")
    assert edited == {**product, "name": "新名", "originalPrice": None, "version": 2}


@pytest.mark.parametrize("name", ["$price", "$$ROOT", "{$literal: 1}", "a.b"])
def test_a_name_is_never_taken_for_an_expression(shop: Shop, name: str) -> None:
    assert edit(shop, shop.product(), name=name, description=name)["name"] == name


def test_markup_does_not_reach_the_shop(shop: Shop) -> None:
    product = shop.product(name="<b>茶</b>", description="<script>alert(1)</script>清香")
    assert (product["name"], product["description"]) == ("茶", "清香")


def test_the_price_of_a_product_with_one_sku_changes_by_itself(shop: Shop) -> None:
    edited = edit(shop, shop.product(price=1000), price=800)
    assert (edited["price"], edited["skus"][0]["price"]) == (800, 800)


def test_the_price_of_a_product_is_that_of_its_cheapest_sku(shop: Shop) -> None:
    product = two_skus(shop)
    small, large = product["skus"]
    assert edit(shop, product, skus=[kept(small, price=2000), kept(large, price=1500)])["price"] == 1500
    assert edit(shop, product, skus=[kept(small, price=2000)])["price"] == 2000


def test_a_sku_left_out_is_retired_not_deleted(shop: Shop) -> None:
    product = two_skus(shop)
    small, large = product["skus"]
    edited = edit(shop, product, skus=[kept(large)])
    assert [sku["id"] for sku in edited["skus"]] == [large["id"]]
    assert edited["stock"] == 5
    stored = {str(sku.id): sku.retired for sku in Product.objects.get().skus}
    assert stored == {large["id"]: False, small["id"]: True}
    assert StockItem.objects.get(id=ObjectId(small["id"])).available == 5


def test_a_retired_sku_cannot_be_bought_but_stays_in_old_orders(shop: Shop) -> None:
    product, buyer = two_skus(shop), shop.buyer()
    small, large = product["skus"]
    wanted = {"productId": product["id"], "skuId": small["id"]}
    order = buyer.placed((wanted, 1))
    edit(shop, product, skus=[kept(large)])
    refused(buyer.order((wanted, 1)), 404)
    (line,) = buyer.read_order(order["id"])["items"]
    assert (line["skuId"], line["specs"], line["price"]) == (small["id"], {"规格": "100g"}, 1900)


def test_a_retired_sku_can_come_back_with_what_is_left_of_it(shop: Shop) -> None:
    product = two_skus(shop)
    small, large = product["skus"]
    edit(shop, product, skus=[kept(large)])
    back = edit(shop, product, skus=[kept(small), kept(large)])
    assert [(sku["id"], sku["stock"]) for sku in back["skus"]] == [(small["id"], 5), (large["id"], 5)]


def test_a_new_sku_comes_with_its_stock(shop: Shop) -> None:
    product = two_skus(shop)
    more = {"specs": {"规格": "1kg"}, "price": 9900, "stock": 2}
    edited = edit(shop, product, skus=[*(kept(sku) for sku in product["skus"]), more])
    assert [(sku["specs"]["规格"], sku["stock"]) for sku in edited["skus"]] == [("100g", 5), ("250g", 5), ("1kg", 2)]
    assert StockMove.objects(sku_id=ObjectId(edited["skus"][2]["id"])).get().available_delta == 2


def test_old_orders_keep_name_and_price(shop: Shop) -> None:
    sku, buyer = shop.sku(price=1000), shop.buyer()
    order = buyer.placed((sku, 2))
    edit(shop, {"id": sku["productId"]}, name="新名", price=1)
    shown = buyer.read_order(order["id"])
    assert (shown["totalAmount"], shown["items"][0]["name"], shown["items"][0]["price"]) == (2000, "高山乌龙茶", 1000)


def test_deleting_hides_a_product_from_everybody_and_orders_keep_it(shop: Shop) -> None:
    sku, buyer, owner = shop.sku(), shop.buyer(), shop.staff()
    order = buyer.placed((sku, 1))
    path = f"/api/products/{sku['productId']}"
    assert data_of(owner.delete(path), 200) is None
    refused(shop.client.get(path), 404)
    refused(owner.get(f"/api/merchant/products/{sku['productId']}"), 404)
    assert data_of(owner.get("/api/merchant/products"), 200)["list"] == []
    assert buyer.read_order(order["id"])["items"][0]["productId"] == sku["productId"]


def test_a_deleted_product_cannot_be_deleted_or_brought_back(shop: Shop) -> None:
    product, owner = shop.product(), shop.staff()
    data_of(owner.delete(f"/api/products/{product['id']}"), 200)
    with nothing_changes():
        refused(owner.delete(f"/api/products/{product['id']}"), 404)
        refused(owner.put(f"/api/products/{product['id']}", {"status": "on_sale"}), 404)


def test_edits_at_the_same_time_lose_nothing(shop: Shop) -> None:
    product, owner = shop.product(), shop.staff()
    changes = [{"name": "新名"}, {"description": "清香"}, {"category": "茶饮"}, {"price": 777}]
    start, statuses = threading.Barrier(len(changes)), []

    def change(body: dict[str, Any]) -> None:
        start.wait()
        statuses.append(owner.put(f"/api/products/{product['id']}", body).status_code)

    threads = [threading.Thread(target=change, args=(body,)) for body in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    edited = data_of(owner.get(f"/api/merchant/products/{product['id']}"), 200)
    assert statuses == [200] * 4
    assert [edited[name] for name in ("name", "description", "category", "price")] == ["新名", "清香", "茶饮", 777]
