"""Freight: what a store says of it, and what orders cost with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from src.models.connection import database
from src.models.stores import Store
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.contents import nothing_changes
from tests.factories.freight import amounts, charge, order_body
from tests.factories.routes import NOBODYS_ID
from tests.factories.sheets import exported, lines_of
from tests.factories.shop import Person, Shop, data_of, refused

FREIGHT = {"fee": 800, "freeFrom": 9900, "regions": [{"provinces": ["新疆维吾尔自治区", "西藏"], "fee": None}]}
NONE = {"fee": 0, "freeFrom": None, "regions": []}
QUOTE = "/api/orders/quote"


@pytest.fixture
def platform(shop: Shop) -> Person:
    return shop.platform()


def settings_path(shop: Shop) -> str:
    return f"/api/tenants/{shop.store_id}/settings"


def freight_of(platform: Person, shop: Shop) -> Any:
    return data_of(platform.get(f"/api/tenants/{shop.store_id}"), 200)["freight"]


def save(shop: Shop, **changes: Any) -> str:
    """Runs `flask stores save` with the store's own file; returns what it says."""
    file = {**shop.credentials, "code": shop.code, "name": "店", "hosts": [], "isDefault": True, **changes}
    return str(shop.app.test_cli_runner().invoke(args=["stores", "save", "-"], input=json.dumps(file)).output)


def test_only_the_platform_sets_freight(shop: Shop) -> None:
    callers = (shop.anonymous, shop.buyer(), shop.staff())
    with nothing_changes():
        for caller in callers:
            refused(caller.put(settings_path(shop), {"freight": FREIGHT}), 401)


@pytest.mark.parametrize(
    ("freight", "path"),
    [
        (None, "freight"),
        (800, "freight"),
        ({"fee": -1}, "freight.fee"),
        ({"fees": 1}, "freight.fees"),
        ({"freeFrom": 1.5}, "freight.freeFrom"),
        ({"regions": [{"provinces": ["新江"], "fee": 1}]}, "freight.regions.0.provinces.0"),
        ({"regions": [{"provinces": ["西藏"]}]}, "freight.regions.0.fee"),
        ({"regions": [{"provinces": ["西藏", "西藏自治区"], "fee": 1}]}, "freight.regions.0.provinces.1"),
    ],
    ids=str,
)
def test_freight_that_is_none_changes_nothing(shop: Shop, platform: Person, freight: Any, path: str) -> None:
    with nothing_changes():
        assert list(refused(platform.put(settings_path(shop), {"freight": freight}), 400)["errors"]) == [path]
        refused(platform.put(f"/api/tenants/{NOBODYS_ID}/settings", {"freight": FREIGHT}), 404)
        assert save(shop, freight=freight).startswith("Error: ")


def test_freight_is_set_whole_and_shown(shop: Shop, platform: Person) -> None:
    assert freight_of(platform, shop) == NONE
    assert data_of(platform.put(settings_path(shop), {"freight": FREIGHT}), 200)["freight"] == FREIGHT
    assert freight_of(platform, shop) == FREIGHT
    data_of(platform.put(settings_path(shop), {"freight": {"fee": 5}}), 200)
    assert freight_of(platform, shop) == {**NONE, "fee": 5}


def test_a_stores_file_sets_freight_or_leaves_it_as_it_is(shop: Shop, platform: Person) -> None:
    assert save(shop, freight=FREIGHT) == "store main is saved\n"
    assert freight_of(platform, shop) == FREIGHT
    assert save(shop, name="新名") == "store main is saved\n"
    data_of(platform.put(settings_path(shop), {"orderTtlMinutes": 20}), 200)
    assert freight_of(platform, shop) == FREIGHT


def test_a_new_store_may_have_freight_or_none(shop: Shop, platform: Person) -> None:
    account = {name: str(value) for name, value in shop.control("accounts", {"keys": "public_key"}).items()}
    body = {**account, "name": "三店", "hosts": [], "isDefault": False}
    assert data_of(platform.post("/api/tenants", {**body, "code": "third"}), 201)["freight"] == NONE
    assert (
        data_of(platform.post("/api/tenants", {**body, "code": "fourth", "freight": FREIGHT}), 201)["freight"]
        == FREIGHT
    )


def test_a_store_does_not_deliver_everywhere(shop: Shop) -> None:
    charge(shop, 600, 新疆维吾尔自治区=None)
    sku, buyer = shop.sku(), shop.buyer()
    for path in ("/api/orders", QUOTE):
        for province in ("新疆", "新疆维吾尔自治区", "火星"):
            with nothing_changes():
                answer = buyer.post(path, order_body((sku, 1), province=province))
                assert refused(answer, 40939) == {"province": province}


def test_freight_comes_from_the_store_alone(shop: Shop) -> None:
    charge(shop)
    sku, buyer = shop.sku(), shop.buyer()
    with nothing_changes():
        for name in ("freightAmount", "totalAmount", "freight"):
            body = {**order_body((sku, 1)), name: 0}
            assert list(refused(buyer.post("/api/orders", body), 400)["errors"]) == [name]


def test_goods_and_freight_are_not_too_much_money(shop: Shop) -> None:
    charge(shop, 1)
    sku, buyer = shop.sku(price=100_000_000, stock=10), shop.buyer()
    for path in ("/api/orders", QUOTE):
        with nothing_changes():
            assert list(refused(buyer.post(path, order_body((sku, 10))), 400)["errors"]) == ["items"]


@pytest.mark.parametrize(
    ("province", "units", "freight"),
    [
        ("浙江省", 1, 600),
        ("新疆", 1, 2000),
        ("上海", 1, 0),
        ("浙江", 3, 0),
        ("新疆维吾尔自治区", 3, 0),
    ],
)
def test_an_order_costs_its_freight(shop: Shop, province: str, units: int, freight: int) -> None:
    charge(shop, 600, free_from=3000, 新疆=2000, 上海市=0)
    sku, buyer = shop.sku(), shop.buyer()
    body = order_body((sku, units), province=province)
    with nothing_changes():
        quoted = data_of(buyer.post(QUOTE, body), 200)
    placed = data_of(buyer.post("/api/orders", body), 201)
    goods = 1000 * units
    assert amounts(quoted) == amounts(placed) == (goods, freight, goods + freight)
    assert placed["listedAmount"] == goods + freight
    assert (
        database()["events"].find_one({"type": "order.placed"}, sort=[("_id", -1)])["data"]["totalAmount"]
        == goods + freight
    )  # type: ignore[index]
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(("free_from", "freight"), [(None, 600), (1, 600), (0, 0)])
def test_goods_that_cost_nothing_are_sent_for_the_freight(shop: Shop, free_from: int | None, freight: int) -> None:
    charge(shop, 600, free_from=free_from)
    buyer = shop.buyer()
    order = data_of(buyer.post("/api/orders", order_body((shop.sku(price=0), 1))), 201)
    assert amounts(order) == (0, freight, freight)
    assert data_of(buyer.pay(order["id"]), 200)["paid"] is (freight == 0)


def test_new_freight_counts_at_once_and_for_new_orders_only(shop: Shop, platform: Person) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    before = data_of(buyer.post("/api/orders", order_body((sku, 1))), 201)
    data_of(platform.put(settings_path(shop), {"freight": {"fee": 700}}), 200)
    after = data_of(buyer.post("/api/orders", order_body((sku, 1))), 201)
    assert amounts(after) == (1000, 700, 1700)
    assert amounts(buyer.read_order(before["id"])) == (1000, 0, 1000)


def test_the_freight_is_paid(shop: Shop) -> None:
    charge(shop)
    order = shop.paid_order(shop.buyer(), (shop.sku(), 1))
    (payment,) = database()["payments"].find()
    assert (order["totalAmount"], payment["amount_fen"], payment["received_fen"]) == (1600, 1600, 1600)
    assert_books_balance(shop.store_id)


def test_an_order_of_an_earlier_release_has_no_freight(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    database()["orders"].update_many({}, {"$unset": {"freight_amount": "", "freight_held": ""}})
    database()["stores"].update_many({}, {"$unset": {"freight": ""}})
    assert amounts(buyer.read_order(order["id"])) == (1000, 0, 1000)
    assert amounts(buyer.placed((shop.sku(), 1))) == (1000, 0, 1000)
    found = Store.find_by_id(shop.store_id)
    assert found is not None and found.freight.fee == 0
    assert_books_balance(shop.store_id)


def test_staff_see_freight_in_print_and_export(shop: Shop, services: Services) -> None:
    charge(shop)
    order = shop.buyer().placed((shop.sku(), 1))
    (slip,) = data_of(shop.staff().get("/api/merchant/orders/print", ids=order["id"]), 200)["list"]
    assert amounts(slip) == (1000, 600, 1600)
    assert amounts(data_of(shop.staff().get("/api/merchant/orders"), 200)["list"][0]) == (1000, 600, 1600)
    titles, row = lines_of(exported(services, shop.staff(), "orders"))
    shown = dict(zip(titles, row, strict=True))
    assert [shown[title] for title in ("订单运费（元）", "订单金额（元）")] == ["6.00", "16.00"]


def test_a_quote_needs_a_shopper(shop: Shop) -> None:
    body, callers = order_body((shop.sku(), 1)), (shop.anonymous, shop.staff())
    with nothing_changes():
        for caller in callers:
            refused(caller.post(QUOTE, body), 401)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"items": []}, "items"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": 0}]}, "items.0.quantity"),
        ({"address": "浙江省"}, "address"),
        ({"address": {"province": "浙江省"}}, "address.city"),
        ({"note": "快"}, "note"),
    ],
)
def test_a_quote_that_is_none(shop: Shop, change: dict[str, Any], path: str) -> None:
    body, buyer = {**order_body((shop.sku(), 1)), **change}, shop.buyer()
    with nothing_changes():
        assert path in refused(buyer.post(QUOTE, body), 400)["errors"]


def test_a_quote_refuses_what_an_order_would(shop: Shop, other_shop: Shop) -> None:
    buyer, sku = shop.buyer(), shop.sku(stock=2)
    limited = shop.product(purchaseLimit={"perOrder": 2, "perUser": 2})
    few = {"productId": limited["id"], "skuId": limited["skus"][0]["id"]}
    buyer.placed((few, 1))
    wanted = [((sku, 3), 40901), ((few, 3), 40924), ((few, 2), 40924), ((other_shop.sku(), 1), 404)]
    for item, code in wanted:
        with nothing_changes():
            told = [refused(buyer.post(path, order_body(item)), code) for path in ("/api/orders", QUOTE)]
        assert told[0] == told[1]


def test_a_quote_without_an_address_has_no_freight_yet(shop: Shop) -> None:
    charge(shop, 600, 浙江=None)
    product, buyer = shop.product(price=300, images=["/media/a.png"]), shop.buyer()
    with nothing_changes():
        quoted = data_of(buyer.post(QUOTE, {"items": [{"productId": product["id"], "quantity": 2}]}), 200)
    line = {"productId": product["id"], "skuId": product["skus"][0]["id"], "name": "高山乌龙茶", "specs": {}}
    line |= {"image": "/media/a.png", "price": 300, "quantity": 2, "amount": 600}
    assert quoted == {"items": [line], "goodsAmount": 600, "freightAmount": None, "totalAmount": 600}
