"""Orders after they were placed: cancelled, shipped, confirmed, expired."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.events import Event
from src.models.orders import Order
from src.models.refunds import Refund
from src.models.stock import StockItem
from src.models.stock_moves import StockMove
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.refunds import plan, refunds_at_wechat
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import fault, paid_at_wechat, pass_time, states_at_wechat

SHIPMENT = {"company": "SF", "trackingNo": "SF1234567890"}
STATUSES = ("pending", "paid", "shipped", "completed", "cancelled")
ALLOWED = {("pending", "pay"), ("pending", "cancel"), ("paid", "cancel"), ("paid", "ship"), ("shipped", "confirm")}


def order_in(status: str, buyer: Buyer, sku: dict[str, Any]) -> dict[str, Any]:
    """Returns an order of one unit in this status."""
    shop = buyer.shop
    if status in ("pending", "cancelled"):
        order = buyer.placed((sku, 1))
        if status == "cancelled":
            return dict(data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200))
        return order
    order = shop.paid_order(buyer, (sku, 1))
    if status in ("shipped", "completed"):
        order = data_of(shop.staff().post(f"/api/orders/{order['id']}/ship", SHIPMENT), 200)
    if status == "completed":
        order = data_of(buyer.post(f"/api/orders/{order['id']}/confirm"), 200)
    return order


def act(buyer: Buyer, order: dict[str, Any], action: str) -> Any:
    path = f"/api/orders/{order['id']}/{action}"
    return buyer.shop.staff().post(path, SHIPMENT) if action == "ship" else buyer.post(path)


def counters(sku: dict[str, Any]) -> tuple[int, int, int]:
    item = StockItem.objects.get(id=ObjectId(sku["skuId"]))
    return item.available, item.reserved, item.sold


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_refuses_what_is_not_its_turn(shop: Shop, status: str) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = order_in(status, buyer, sku)
    shop.staff()
    for action in ("pay", "cancel", "ship", "confirm"):
        if (status, action) not in ALLOWED:
            with nothing_changes():
                assert refused(act(buyer, order, action), 40902) == {"status": status}


@pytest.mark.parametrize("action", ["ship", "confirm", "cancel", "pay"])
def test_nobodys_order_is_not_found(shop: Shop, action: str) -> None:
    buyer = shop.buyer()
    shop.staff()
    with nothing_changes():
        refused(act(buyer, {"id": NOBODYS_ID}, action), 404)


@pytest.mark.parametrize("action", ["pay", "cancel", "confirm"])
def test_a_client_cannot_say_more_than_the_action(shop: Shop, action: str) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/{action}", {"paid": True})
        assert refused(answer, 400) == {"errors": {"paid": ["Unknown field."]}}


def test_shoppers_do_not_ship_and_staff_do_not_confirm(shop: Shop) -> None:
    buyer, owner = shop.buyer(), shop.staff()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    with nothing_changes():
        refused(buyer.post(f"/api/orders/{order['id']}/ship", SHIPMENT), 401)
        refused(owner.post(f"/api/orders/{order['id']}/confirm"), 401)


def test_cancelling_gives_the_stock_back_once(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    order = buyer.placed((sku, 3))
    cancelled = data_of(act(buyer, order, "cancel"), 200)
    assert (cancelled["status"], cancelled["allowedActions"]) == ("cancelled", [])
    assert cancelled["cancelledAt"] == cancelled["history"][-1]["at"]
    assert [(change["status"], change["reason"]) for change in cancelled["history"]] == [
        ("pending", ""),
        ("cancelled", "user"),
    ]
    refused(act(buyer, order, "cancel"), 40902)
    assert counters(sku) == (5, 0, 0)
    assert StockMove.objects(kind="release").get().available_delta == 3


def test_cancelling_closes_at_wechat(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    arguments = data_of(buyer.pay(order["id"]), 200)
    data_of(act(buyer, order, "cancel"), 200)
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert buyer.pay_in_wechat(arguments) != "requestPayment:ok"


@pytest.mark.parametrize("known", [True, False])
def test_cancelling_a_paid_order_sends_all_of_it_back(shop: Shop, known: bool) -> None:
    """Whether we know that it is paid, or learn it from WeChat while we cancel."""
    sku, buyer = shop.sku(stock=5), shop.buyer()
    plan(shop)
    if not known:
        shop.control("notifications/suspend")
    order = shop.paid_order(buyer, (sku, 2)) if known else paid_at_wechat(buyer, (sku, 2))
    cancelled = data_of(act(buyer, order, "cancel"), 200)
    assert (cancelled["status"], cancelled["allowedActions"]) == ("cancelled", [])
    assert (cancelled["refundingAmount"], cancelled["refundedAmount"]) == (2000, 0)
    assert [(change["status"], change["reason"]) for change in cancelled["history"]] == [
        ("pending", ""),
        ("paid", ""),
        ("cancelled", "user"),
    ]
    refund = Refund.objects.get()
    assert (refund.kind.value, refund.status.value, refund.amount_fen) == ("cancellation", "processing", 2000)
    assert refunds_at_wechat(shop) == {refund.out_refund_no: "PROCESSING"}
    assert counters(sku) == (5, 0, 0)
    assert StockMove.objects(refund_id=refund.id).get().available_delta == 2
    with nothing_changes():
        assert refused(act(buyer, order, "cancel"), 40902) == {"status": "cancelled"}


def test_an_unsure_wechat_leaves_the_order_pending(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    data_of(buyer.pay(order["id"]), 200)
    for endpoint in ("close", "query"):
        fault(shop, endpoint, "system_error", times=None)
    with nothing_changes():
        refused(act(buyer, order, "cancel"), 50301)


def test_the_path_of_a_sale(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    order = order_in("completed", buyer, sku)
    assert [change["status"] for change in order["history"]] == ["pending", "paid", "shipped", "completed"]
    assert order["paidAt"] <= order["shippedAt"] <= order["completedAt"]
    assert (order["shipment"], order["cancelledAt"]) == (SHIPMENT, None)
    assert [event.seq for event in Event.objects(aggregate="order").order_by("seq")] == [1, 2, 3, 4]
    assert counters(sku) == (4, 0, 1)


def test_the_next_step_is_shown_to_whose_turn_it_is(shop: Shop) -> None:
    buyer, owner = shop.buyer(), shop.staff()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    assert order["allowedActions"] == ["cancel", "refund"]
    assert data_of(owner.get(f"/api/merchant/orders/{order['id']}"), 200)["allowedActions"] == ["ship"]
    data_of(act(buyer, order, "ship"), 200)
    assert buyer.read_order(order["id"])["allowedActions"] == ["confirm", "refund"]


def test_time_alone_changes_nothing_but_ends_paying(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    order = buyer.placed((sku, 1))
    assert services.closing.expire_due(limit=10).cancelled == 0
    pass_time(shop, clock, 1_801)
    buyer.headers = {"Authorization": f"Bearer {data_of(shop.login(buyer.wechat_user), 200)['token']}"}
    with nothing_changes():
        assert refused(buyer.pay(order["id"]), 40907) is None


def test_a_receipt_that_cannot_be_confirmed_does_not_stop_the_others(
    shop: Shop, services: Services, clock: MovableClock
) -> None:
    buyer = shop.buyer()
    broken, whole = [order_in("shipped", buyer, shop.sku()) for _ in range(2)]
    order = Order.objects.get(id=broken["id"])
    taken = {"aggregate": "order", "aggregate_id": order.id, "seq": len(order.history) + 1}
    Event(store_id=order.store_id, type="order.shipped", data={}, occurred_at=clock.now(), **taken).insert(session=None)
    clock.advance(days=60)
    assert [services.orders.confirm_due(10) for _ in range(2)] == [1, 0]
    statuses = {str(order.id): order.status.value for order in Order.objects}
    assert statuses == {broken["id"]: "shipped", whole["id"]: "completed"}


@pytest.mark.parametrize("started", [False, True])
def test_an_expired_order_is_cancelled_once(shop: Shop, services: Services, clock: MovableClock, started: bool) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    order = buyer.placed((sku, 2))
    if started:
        data_of(buyer.pay(order["id"]), 200)
    pass_time(shop, clock, 1_801)
    reports = [services.closing.expire_due(limit=10) for _ in range(2)]
    assert [(report.cancelled, report.paid, report.failed) for report in reports] == [(1, 0, 0), (0, 0, 0)]
    stored = Order.objects.get()
    assert (stored.status.value, stored.history[-1].reason) == ("cancelled", "expired")
    assert counters(sku) == (5, 0, 0)
    assert states_at_wechat(shop) == ({order["orderNo"]: "CLOSED"} if started else {})


def test_an_expired_order_that_was_paid_is_paid(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    shop.control("notifications/suspend")
    order = paid_at_wechat(buyer, (sku, 2))
    pass_time(shop, clock, 1_801)
    report = services.closing.expire_due(limit=10)
    assert (report.cancelled, report.paid, report.failed) == (0, 1, 0)
    assert Order.objects.get(order_no=order["orderNo"]).status.value == "paid"
    assert counters(sku) == (3, 0, 2)


def test_an_expired_order_waits_while_wechat_is_down(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=5), shop.buyer()
    stuck, free = buyer.placed((sku, 1)), buyer.placed((sku, 1))
    data_of(buyer.pay(stuck["id"]), 200)
    pass_time(shop, clock, 1_801)
    fault(shop, "query", "system_error", times=None)
    report = services.closing.expire_due(limit=10)
    assert (report.cancelled, report.paid, report.failed) == (1, 0, 1)
    stored = {str(order.id): order.status.value for order in Order.objects}
    assert stored == {stuck["id"]: "pending", free["id"]: "cancelled"}
