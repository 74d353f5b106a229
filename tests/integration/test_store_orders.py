"""Staff finding, reading, annotating and printing orders."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.orders import Order
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import ADDRESS, Buyer, Shop, data_of, refused

Json = dict[str, Any]
PATH = "/api/merchant/orders"


def placed(buyer: Buyer, sku: Json, *, name: str = "林小满", phone: str = "13800138000", quantity: int = 1) -> Json:
    body = {"items": [{**sku, "quantity": quantity}], "address": {**ADDRESS, "name": name, "phone": phone}}
    order: Json = data_of(buyer.post("/api/orders", body), 201)
    return order


def found(shop: Shop, **query: Any) -> list[str]:
    listed = data_of(shop.staff().get(PATH, **query), 200)
    assert listed["pagination"]["total"] == len(listed["list"])
    return [order["id"] for order in listed["list"]]


@pytest.fixture
def three(shop: Shop, clock: MovableClock) -> list[Json]:
    """Three orders, the oldest first."""
    buyer, tea, cup = shop.buyer(), shop.sku(), shop.sku(name="青花茶杯", price=2500)
    orders = []
    for sku, name, phone, quantity in (
        (tea, "林小满", "13800138000", 1),
        (cup, "林 大山", "13900138000", 1),
        (tea, "Wang Xiaoman", "13700131234", 3),
    ):
        orders.append(placed(buyer, sku, name=name, phone=phone, quantity=quantity))
        clock.advance(seconds=1)
    return orders


def test_orders_are_found_by_whatever_staff_know(shop: Shop, three: list[Json]) -> None:
    first, second, third = (order["id"] for order in three)
    assert found(shop) == found(shop, status="pending") == found(shop, orderNo=three[0]["orderNo"][:8])
    assert found(shop, orderNo=three[1]["orderNo"]) == [second]
    assert found(shop, phone="8000") == [second, first]
    assert found(shop, phone="13800138000", status="pending") == [first]
    assert found(shop, phone="13800138000", status="paid") == []
    assert found(shop, receiver="林") == [second, first]
    assert found(shop, receiver="林大") == [second]
    assert found(shop, receiver="ＷＡＮＧ xiao") == found(shop, receiver="wangxiaoman") == [third]
    assert found(shop, productName="乌龙") == [third, first]
    assert found(shop, productName="qinghua") == [second]
    assert found(shop, productName="没有") == []
    assert found(shop, amount=2500) == [second]
    assert found(shop, amount=3000, phone="1234", receiver="w", productName="茶") == [third]
    assert found(shop, **{"from": three[1]["createdAt"]}) == [third, second]
    assert found(shop, to=three[1]["createdAt"], phone="8000") == [first]


def test_orders_are_found_by_the_end_of_their_numbers_and_by_parcels(shop: Shop) -> None:
    buyer, sku = shop.buyer(), shop.sku()
    sent, other = shop.paid_order(buyer, (sku, 1)), buyer.placed((sku, 1))
    for length in (6, 10, 27):
        assert found(shop, orderNoEnd=sent["orderNo"][-length:]) == [sent["id"]]
    assert found(shop, orderNoEnd=sent["orderNo"][-7:], orderNo=sent["orderNo"][:8]) == [sent["id"]]
    assert found(shop, orderNoEnd=f"0{other['orderNo'][-6:]}") in ([], [other["id"]])
    ship, correct = (f"/api/orders/{sent['id']}/{name}" for name in ("ship", "shipment"))
    data_of(shop.staff().post(ship, {"company": "SF", "trackingNo": "SF1234567890"}), 200)
    assert found(shop, trackingNo="SF1234567890") == [sent["id"]]
    data_of(shop.staff().put(correct, {"company": "SF", "trackingNo": "SF0987654321"}), 200)
    assert (found(shop, trackingNo="SF1234567890"), found(shop, trackingNo="SF0987654321")) == ([], [sent["id"]])
    assert found(shop, status="pending,shipped") == [other["id"], sent["id"]]
    assert found(shop, status="paid,completed") == []
    assert found(shop, phone="8000", status="shipped,cancelled") == [sent["id"]]


def test_a_product_that_was_renamed_or_deleted_finds_its_orders(shop: Shop) -> None:
    sku = shop.sku()
    order = placed(shop.buyer(), sku)
    data_of(shop.staff().put(f"/api/products/{sku['productId']}", {"name": "铁观音"}), 200)
    assert found(shop, productName="观音") == [order["id"]]
    data_of(shop.staff().delete(f"/api/products/{sku['productId']}"), 200)
    assert found(shop, productName="观音") == [order["id"]]


@pytest.mark.parametrize(
    "query",
    [
        {"orderNo": "abc"},
        {"orderNo": "2026112"},
        {"orderNoEnd": "12345"},
        {"trackingNo": "1"},
        {"status": "paid,"},
        {"status": "paid,paid"},
        {"status": "lost"},
        {"phone": "138"},
        {"phone": "23800138000"},
        {"receiver": " "},
        {"productName": ""},
        {"amount": "1.5"},
        {"from": "yesterday"},
        {"keyword": "茶"},
    ],
)
def test_a_search_that_is_none(shop: Shop, query: Json) -> None:
    assert list(refused(shop.staff().get(PATH, **query), 400)["errors"]) == list(query)


def test_a_stores_staff_find_its_own_orders_only(shop: Shop, other_shop: Shop, three: list[Json]) -> None:
    for query in ({}, {"phone": "8000"}, {"orderNo": three[0]["orderNo"]}, {"receiver": "林"}, {"amount": 2500}):
        assert data_of(other_shop.staff().get(PATH, **query), 200)["list"] == []


def test_orders_of_an_earlier_release_are_made_findable(shop: Shop, services: Services, three: list[Json]) -> None:
    Order.collection().update_many({}, {"$unset": {"search_keys": ""}})
    assert found(shop, phone="8000") == []
    assert services.store_orders.make_findable() == 3
    assert services.store_orders.make_findable() == 0
    assert found(shop, phone="8000") == [three[1]["id"], three[0]["id"]]


def test_an_order_is_shown_with_all_that_belongs_to_it(shop: Shop) -> None:
    buyer, sku = shop.buyer(), shop.sku()
    order = shop.paid_order(buyer, (sku, 2))
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    shown = data_of(shop.staff().get(f"{PATH}/{order['id']}"), 200)
    (payment,) = shown["payments"]
    assert (payment["status"], payment["amount"]) == ("succeeded", 2000)
    assert [refund["amount"] for refund in shown["refunds"]] == [2000]
    assert [move["kind"] for move in shown["stockMoves"]] == ["reserve", "sell", "restock"]
    assert [event["type"] for event in shown["events"]][:3] == ["order.placed", "payment.succeeded", "order.paid"]
    assert {event["type"] for event in shown["events"][3:]} == {"order.cancelled", "refund.processing"}


def test_who_may_not_read_payments_or_stock_does_not_see_them(shop: Shop) -> None:
    order = shop.paid_order(shop.buyer(), (shop.sku(), 1))
    shown = {role: data_of(shop.staff(role).get(f"{PATH}/{order['id']}"), 200) for role in (Role.CLERK, Role.FINANCE)}
    assert shown[Role.CLERK]["payments"] is None
    assert len(shown[Role.CLERK]["stockMoves"]) == 2
    assert [event["type"] for event in shown[Role.CLERK]["events"]] == ["order.placed", "order.paid"]
    assert (len(shown[Role.FINANCE]["payments"]), shown[Role.FINANCE]["stockMoves"]) == (1, None)


def test_a_note_is_for_staff(shop: Shop, other_shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    path, body = f"{PATH}/{order['id']}/note", {"note": "周五前发货"}
    callers = ((shop.anonymous, 401), (buyer, 401), (shop.staff(Role.FINANCE), 403), (other_shop.staff(), 404))
    with nothing_changes():
        for caller, code in callers:
            refused(caller.put(path, body), code)
        refused(shop.staff().put(path, {"note": "字" * 501}), 400)
    assert data_of(shop.staff(Role.CLERK).put(path, body), 200)["staffNote"] == "周五前发货"
    with nothing_changes():
        data_of(shop.staff().put(path, body), 200)
    (entry,) = AuditLogEntry.objects(action="order.note")
    assert entry.changes == [{"field": "staffNote", "before": "", "after": "周五前发货"}]
    assert "周五前发货" not in str(buyer.read_order(order["id"]))


def test_packing_slips_show_what_is_to_be_packed(shop: Shop) -> None:
    buyer, sku = shop.buyer(), shop.sku(price=1000)
    data_of(shop.staff().put(f"/api/products/{sku['productId']}", {"code": "TEA-1"}), 200)
    orders = [shop.paid_order(buyer, (sku, units)) for units in (1, 2)]
    ids = ",".join(order["id"] for order in reversed(orders))
    slips = data_of(shop.staff(Role.WAREHOUSE).get(f"{PATH}/print", ids=ids), 200)["list"]
    assert [slip["orderNo"] for slip in slips] == [orders[1]["orderNo"], orders[0]["orderNo"]]
    assert (slips[0]["address"], slips[0]["storeName"], slips[0]["totalAmount"]) == (ADDRESS, "店 main", 2000)
    (line,) = slips[0]["items"]
    assert (line["code"], line["quantity"], line["toSend"], line["amount"]) == ("TEA-1", 2, 2, 2000)


def test_packing_slips_of_others_are_not_found(shop: Shop, other_shop: Shop) -> None:
    order = shop.buyer().placed((shop.sku(), 1))
    refused(shop.anonymous.get(f"{PATH}/print", ids=order["id"]), 401)
    refused(other_shop.staff().get(f"{PATH}/print", ids=order["id"]), 404)
    refused(shop.staff().get(f"{PATH}/print", ids=f"{order['id']},{NOBODYS_ID}"), 404)
    for ids in ("", "x", f"{order['id']},{order['id']}", ",".join(f"{n:024x}" for n in range(51))):
        assert list(refused(shop.staff().get(f"{PATH}/print", ids=ids), 400)["errors"]) == ["ids"]


def test_a_command_fills_in_what_an_earlier_release_did_not_store(shop: Shop, three: list[Json]) -> None:
    Order.collection().update_many({}, {"$unset": {"search_keys": ""}})
    result = shop.app.test_cli_runner().invoke(args=["indexes", "fill"])
    assert (result.exit_code, result.output.splitlines()[0]) == (0, "orders made findable: 3")
    assert len(found(shop, phone="8000")) == 2
