"""Placing and reading orders."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.events import Event
from src.models.orders import Order
from src.models.stock import StockItem
from src.models.stock_moves import StockMove
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import ADDRESS, Buyer, Shop, data_of, refused


def place(buyer: Buyer, *items: dict[str, Any], **more: Any) -> Any:
    return buyer.post("/api/orders", {"items": list(items), "address": ADDRESS, **more})


def line(sku: dict[str, Any], quantity: Any = 1) -> dict[str, Any]:
    return {**sku, "quantity": quantity}


def test_an_order_needs_a_shopper(shop: Shop) -> None:
    sku, owner = shop.sku(), shop.staff()
    body = {"items": [line(sku)], "address": ADDRESS}
    with nothing_changes():
        refused(shop.client.post("/api/orders", json=body), 401)
        refused(owner.post("/api/orders", body), 401)
        refused(shop.client.get("/api/orders"), 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": [{"productId": NOBODYS_ID}]}, "items.0.quantity"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": "1"}]}, "items.0.quantity"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": -1}]}, "items.0.quantity"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": 1, "price": 1}]}, "items.0.price"),
        ({"items": [{"productId": "zzz", "quantity": 1}]}, "items.0.productId"),
        ({"items": [{"productId": {"$ne": None}, "quantity": 1}]}, "items.0.productId"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": 1}] * 51}, "items"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": 1}], "totalAmount": 1}, "totalAmount"),
        ({"items": [{"productId": NOBODYS_ID, "quantity": 1}], "address": {}}, "address.city"),
    ],
)
def test_an_order_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        assert field in refused(buyer.post("/api/orders", {"address": ADDRESS, **body}), 400)["errors"]


def test_what_is_not_on_sale_cannot_be_ordered(shop: Shop) -> None:
    sku, buyer, owner = shop.sku(), shop.buyer(), shop.staff()
    hidden = shop.product(status="off_sale")
    deleted = shop.sku(name="删")
    data_of(owner.delete(f"/api/products/{deleted['productId']}"), 200)
    with nothing_changes():
        for gone in ({"productId": hidden["id"], "skuId": hidden["skus"][0]["id"]}, deleted, {"productId": NOBODYS_ID}):
            assert refused(place(buyer, line(sku), line(gone)), 404) == {"item": 1}


def test_a_sku_of_another_product_cannot_be_ordered(shop: Shop) -> None:
    sku, other, buyer = shop.sku(), shop.sku(name="别的"), shop.buyer()
    with nothing_changes():
        mixed = {"productId": sku["productId"], "skuId": other["skuId"], "quantity": 1}
        assert refused(place(buyer, mixed), 404) == {"item": 0}


def test_a_product_with_several_skus_needs_a_choice(shop: Shop) -> None:
    product, buyer = (
        shop.product(skus=[{"specs": {"规格": size}, "price": 1, "stock": 1} for size in "大小"]),
        shop.buyer(),
    )
    with nothing_changes():
        answer = place(buyer, {"productId": product["id"], "quantity": 1})
        assert list(refused(answer, 400)["errors"]) == ["items.0.skuId"]


@pytest.mark.parametrize(
    ("stock", "price", "quantity", "field"), [(2_000, 1, 500, "items.1.quantity"), (999, 100_000_000, 10, "items")]
)
def test_too_many_units_or_too_much_money(shop: Shop, stock: int, price: int, quantity: int, field: str) -> None:
    sku, buyer = shop.sku(stock=stock, price=price), shop.buyer()
    with nothing_changes():
        assert list(refused(place(buyer, line(sku, quantity), line(sku, quantity)), 400)["errors"]) == [field]


def test_all_lines_or_none(shop: Shop) -> None:
    plenty, short, empty, buyer = (
        shop.sku(stock=9),
        shop.sku(stock=1, name="少"),
        shop.sku(stock=0, name="无"),
        shop.buyer(),
    )
    with nothing_changes():
        data = refused(place(buyer, line(plenty, 2), line(short, 2), line(empty, 1)), 40901)
    assert data == {
        "items": [
            {**short, "name": "少", "requested": 2, "available": 1},
            {**empty, "name": "无", "requested": 1, "available": 0},
        ]
    }


def test_the_same_sku_twice_is_one_line(shop: Shop) -> None:
    sku, buyer = shop.sku(price=1000, stock=5), shop.buyer()
    order = data_of(place(buyer, line(sku, 2), line(sku, 3)), 201)
    assert [(item["quantity"], item["amount"]) for item in order["items"]] == [(5, 5000)]
    assert shop.stock_of(sku) == 0


def test_the_same_sku_twice_cannot_oversell(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=4), shop.buyer()
    with nothing_changes():
        assert refused(place(buyer, line(sku, 2), line(sku, 3)), 40901)["items"][0]["requested"] == 5


def test_an_order_is_answered_whole(shop: Shop, clock: MovableClock) -> None:
    product = shop.product(images=["/media/a.png"], price=1000, stock=10)
    buyer = shop.buyer()
    order = data_of(place(buyer, {"productId": product["id"], "quantity": 3}, note=" 请<b>快</b>一点 "), 201)
    assert order.pop("id") == str(Order.objects.get().id)
    assert len(order.pop("orderNo")) == 27
    assert order.pop("createdAt") < order.pop("expiresAt")
    (change,) = order.pop("history")
    assert (change["status"], change["reason"]) == ("pending", "")
    item = {
        "id": product["skus"][0]["id"],
        "productId": product["id"],
        "skuId": product["skus"][0]["id"],
        "name": "高山乌龙茶",
        "specs": {},
        "image": "/media/a.png",
    }
    assert order == {
        "status": "pending",
        "items": [{**item, "price": 1000, "quantity": 3, "amount": 3000, "refundQuantity": 0}],
        "goodsAmount": 3000,
        "freightAmount": 0,
        "totalAmount": 3000,
        "listedAmount": 3000,
        "refundedAmount": 0,
        "refundingAmount": 0,
        "address": ADDRESS,
        "note": "请快一点",
        "shipment": None,
        "parcels": [],
        "allowedActions": ["pay", "cancel"],
        "paidAt": None,
        "shippedAt": None,
        "completedAt": None,
        "cancelledAt": None,
    }


def test_an_order_reserves_its_stock_with_ledger_and_event(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    order = buyer.placed((sku, 3))
    item = StockItem.objects.get(id=ObjectId(sku["skuId"]))
    move = StockMove.objects(kind="reserve").get()
    event = Event.objects.get()
    assert (item.available, item.reserved, item.sold) == (7, 3, 0)
    assert (move.available_delta, move.reserved_delta, str(move.order_id)) == (-3, 3, order["id"])
    assert (event.type, event.seq, str(event.aggregate_id)) == ("order.placed", 1, order["id"])


def test_an_order_holds_its_stock_for_half_an_hour(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    buyer.placed((shop.sku(), 1))
    stored = Order.objects.get()
    assert (stored.expires_at - stored.created_at).total_seconds() == 1800


@pytest.mark.parametrize("order_id", [NOBODYS_ID, "zzz", "%00"])
def test_an_order_of_nobody_is_not_found(shop: Shop, order_id: str) -> None:
    refused(shop.buyer().get(f"/api/orders/{order_id}"), 404)


@pytest.mark.parametrize("action", ["", "/pay", "/cancel", "/confirm"])
def test_the_order_of_somebody_else_is_not_found(shop: Shop, action: str) -> None:
    order = shop.buyer().placed((shop.sku(), 1))
    stranger = shop.buyer()
    with nothing_changes():
        path = f"/api/orders/{order['id']}{action}"
        refused(stranger.post(path, {}) if action else stranger.get(path), 404)


def test_a_list_has_the_own_orders_the_newest_first(shop: Shop, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    shop.buyer().placed((sku, 1))
    first = buyer.placed((sku, 1))
    clock.advance(seconds=1)
    second = buyer.placed((sku, 1))
    data = data_of(buyer.get("/api/orders"), 200)
    assert data["list"] == [second, first]
    assert data["pagination"] == {"page": 1, "size": 10, "total": 2, "totalPages": 1}


def test_a_list_can_be_of_one_status(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    buyer.placed((sku, 1))
    paid = shop.paid_order(buyer, (sku, 1))
    by_status = {
        status: [order["id"] for order in data_of(buyer.get("/api/orders", status=status), 200)["list"]]
        for status in ("paid", "shipped", "completed")
    }
    assert by_status == {"paid": [paid["id"]], "shipped": [], "completed": []}


def test_a_list_refuses_what_it_does_not_know(shop: Shop) -> None:
    buyer = shop.buyer()
    for query in ({"status": "PAID"}, {"status": ""}, {"userId": NOBODYS_ID}, {"page": 0}, {"size": 51}):
        assert list(refused(buyer.get("/api/orders", **query), 400)["errors"]) == list(query)


def test_staff_see_the_orders_of_everybody(shop: Shop) -> None:
    sku, buyer, other, owner = shop.sku(), shop.buyer(), shop.buyer(), shop.staff()
    orders = [buyer.placed((sku, 1)), other.placed((sku, 1))]
    listed = data_of(owner.get("/api/merchant/orders"), 200)["list"]
    assert {order["id"]: order["userId"] for order in listed} == {orders[0]["id"]: buyer.id, orders[1]["id"]: other.id}
    shown = data_of(owner.get(f"/api/merchant/orders/{orders[0]['id']}"), 200)
    of_staff = {"userId": buyer.id, "allowedActions": ["reprice"], "wechatShipping": None, "refunds": []}
    of_staff |= {"staffNote": "", "repricings": [], "payments": []}
    (move,), (event,) = shown.pop("stockMoves"), shown.pop("events")
    assert (move["kind"], move["availableAfter"], event["type"]) == ("reserve", 9, "order.placed")
    assert shown == {**orders[0], **of_staff}
