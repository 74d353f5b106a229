"""Money that comes late, twice, or wrong."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.events import Event
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.stock import StockItem
from src.models.stock_moves import StockMove
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.refunds import plan, refunds_at_wechat, settle, tell
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import paid_at_wechat, pass_time, take_money_after_all

Document = dict[str, Any]


@pytest.fixture(autouse=True)
def wechat_waits(shop: Shop) -> None:
    """No notification comes and no refund ends by itself."""
    shop.control("notifications/suspend")
    plan(shop)


def expired(
    shop: Shop, services: Services, clock: MovableClock, buyer: Buyer, *items: tuple[Document, int]
) -> Document:
    """Returns an order whose time ran out unpaid, with what wx.requestPayment needed for it."""
    order = buyer.placed(*items)
    arguments = data_of(buyer.pay(order["id"]), 200)
    pass_time(shop, clock, 31 * 60)
    assert services.closing.expire_due(limit=10).cancelled == 1
    return {**order, "arguments": arguments}


def money_arrives(buyer: Buyer, order: Document) -> None:
    take_money_after_all(buyer, order["orderNo"], order["arguments"])
    buyer.shop.deliver(order["orderNo"])


def read_order(shop: Shop, order: Document) -> Document:
    return dict(data_of(shop.staff().get(f"/api/merchant/orders/{order['id']}"), 200))


def test_late_money_brings_an_order_back(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=3), shop.buyer()
    order = expired(shop, services, clock, buyer, (sku, 3))
    money_arrives(buyer, order)
    shown = read_order(shop, order)
    assert (shown["status"], shown["cancelledAt"], shown["allowedActions"]) == ("paid", None, ["ship"])
    assert [(change["status"], change["reason"]) for change in shown["history"]] == [
        ("pending", ""),
        ("cancelled", "expired"),
        ("paid", "late_payment"),
    ]
    item = StockItem.objects.get(id=ObjectId(sku["skuId"]))
    assert (item.available, item.reserved, item.sold) == (0, 0, 3)
    moves = StockMove.objects(order_id=ObjectId(order["id"])).order_by("created_at")
    assert [move.kind.value for move in moves] == ["reserve", "release", "resell"]
    assert refunds_at_wechat(shop) == {}
    assert_books_balance(shop.store_id)


def test_late_money_goes_back_if_a_sku_is_not_sold_any_more(
    shop: Shop, services: Services, clock: MovableClock
) -> None:
    """Its product still is."""
    product = shop.product(skus=[{"specs": {"规格": name}, "price": 1000, "stock": 5} for name in ("100g", "250g")])
    kept, given_up = product["skus"]
    buyer = shop.buyer()
    order = expired(shop, services, clock, buyer, ({"productId": product["id"], "skuId": given_up["id"]}, 1))
    left = {"skus": [{name: kept[name] for name in ("id", "specs", "price")}]}
    data_of(shop.staff().put(f"/api/products/{product['id']}", left), 200)
    money_arrives(buyer, order)
    assert read_order(shop, order)["status"] == "cancelled"
    assert (Payment.objects.get().status.value, Refund.objects.get().amount_fen) == ("surplus", 1000)
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("left", [0, 1])
def test_late_money_goes_back_if_a_line_is_gone(shop: Shop, services: Services, clock: MovableClock, left: int) -> None:
    sku, other, buyer = shop.sku(stock=2, price=700), shop.sku(stock=9), shop.buyer()
    order = expired(shop, services, clock, buyer, (sku, 2), (other, 1))
    rival = shop.buyer()
    rival.placed((sku, 2 - left))
    money_arrives(buyer, order)
    assert read_order(shop, order)["status"] == "cancelled"
    services.refund_execution.drive_due(10)
    refund = Refund.objects.get()
    assert (refund.kind.value, refund.amount_fen, refund.items, refund.status.value) == (
        "surplus",
        2400,
        [],
        "processing",
    )
    settle(shop, refund.out_refund_no)
    tell(shop, refund.out_refund_no)
    assert Refund.objects.get().status.value == "succeeded"
    assert shop.stock_of(other) == 9
    assert_books_balance(shop.store_id)


def test_late_money_goes_back_if_a_product_is_withdrawn(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = expired(shop, services, clock, buyer, (sku, 1))
    data_of(shop.staff().delete(f"/api/products/{sku['productId']}"), 200)
    money_arrives(buyer, order)
    assert read_order(shop, order)["status"] == "cancelled"
    assert Refund.objects.get().kind.value == "surplus"
    assert_books_balance(shop.store_id)


def test_money_for_an_order_that_its_shopper_cancelled_goes_back(shop: Shop, services: Services) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = buyer.placed((sku, 1))
    arguments = data_of(buyer.pay(order["id"]), 200)
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    money_arrives(buyer, {**order, "arguments": arguments})
    assert read_order(shop, order)["status"] == "cancelled"
    services.refund_execution.drive_due(10)
    assert list(refunds_at_wechat(shop).values()) == ["PROCESSING"]
    assert Event.objects.get(type="payment.surplus").data == {
        "orderId": order["id"],
        "orderNo": order["orderNo"],
        "outTradeNo": order["orderNo"],
        "amount": 1000,
    }
    assert_books_balance(shop.store_id)


def test_the_same_money_counts_once(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=1), shop.buyer()
    order = expired(shop, services, clock, buyer, (sku, 1))
    money_arrives(buyer, order)
    shop.deliver(order["orderNo"])
    assert Payment.objects.get().status.value == "succeeded"
    assert Refund.objects.count() == 0
    assert_books_balance(shop.store_id)


def test_an_order_is_brought_back_once(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = expired(shop, services, clock, buyer, (sku, 1))
    money_arrives(buyer, order)
    buyer.log_in_again()
    cancelled = data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    assert (cancelled["status"], cancelled["refundingAmount"]) == ("cancelled", 1000)
    shop.deliver(order["orderNo"])
    assert read_order(shop, order)["status"] == "cancelled"
    assert shop.stock_of(sku) == 10
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(
    ("override", "name"),
    [
        ({"amount_total": 1}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"payer_openid": "o" * 28}, "openid"),
        ({"appid": "wx0000000000000000"}, "appid"),
    ],
)
def test_money_that_differs_is_held(shop: Shop, override: Document, name: str) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = paid_at_wechat(buyer, (sku, 1))
    shop.deliver(order["orderNo"], overrides=override)
    shop.deliver(order["orderNo"], overrides=override)
    assert read_order(shop, order)["status"] == "pending"
    (payment,) = data_of(shop.staff().get("/api/merchant/payments", held="true"), 200)["list"]
    assert (payment["mismatches"], payment["held"], payment["orderId"]) == ([name], True, order["id"])
    assert payment["heldMoney"]["amount"] == override.get("amount_total", 1000)
    (event,) = Event.objects(type="payment.held")
    assert (event.seq, event.data["mismatches"]) == (1, [name])
    assert_books_balance(shop.store_id)


def test_held_money_is_sent_back(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = paid_at_wechat(buyer, (sku, 1))
    shop.deliver(order["orderNo"], overrides={"payer_openid": "o" * 28})
    payment = Payment.objects.get()
    path = f"/api/merchant/payments/{payment.id}/send-back"
    sent = data_of(shop.staff().post(path), 200)
    assert (sent["status"], sent["held"], sent["heldMoney"], sent["receivedAmount"]) == ("surplus", False, None, 1000)
    services.refund_execution.drive_due(10)
    (out_refund_no,) = refunds_at_wechat(shop)
    settle(shop, out_refund_no)
    tell(shop, out_refund_no)
    with nothing_changes():
        refused(shop.staff().post(path), 40909)
    pass_time(shop, clock, 31 * 60)
    assert services.closing.expire_due(limit=10).cancelled == 1
    assert_books_balance(shop.store_id)


def test_sending_back_is_the_owners_in_the_own_store(shop: Shop, other_shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = paid_at_wechat(buyer, (sku, 1))
    shop.deliver(order["orderNo"], overrides={"amount_total": 1})
    path = f"/api/merchant/payments/{Payment.objects.get().id}/send-back"
    manager, clerk, stranger, owner = (
        shop.staff(Role.MANAGER),
        shop.staff(Role.CLERK),
        other_shop.staff(),
        shop.staff(),
    )
    with nothing_changes():
        refused(manager.post(path), 403)
        refused(clerk.post(path), 403)
        refused(stranger.post(path), 404)
        refused(owner.post(f"/api/merchant/payments/{NOBODYS_ID}/send-back"), 404)
        refused(buyer.post(path), 401)
        refused(owner.post(path, {"amount": 1}), 400)


def test_what_is_not_held_is_not_sent_back(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    shop.control("notifications/resume")
    shop.paid_order(buyer, (sku, 1))
    payment = Payment.objects.get()
    owner = shop.staff()
    with nothing_changes():
        refused(owner.post(f"/api/merchant/payments/{payment.id}/send-back"), 40909)


def test_a_query_finds_what_no_callback_told(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = paid_at_wechat(buyer, (sku, 1))
    assert services.payments.query_due(10) == 0
    pass_time(shop, clock, 6)
    assert services.payments.query_due(10) == 1
    assert buyer.read_order(order["id"])["status"] == "paid"


def test_low_stock_is_told_once_on_the_way_down(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=7), shop.buyer()
    for units in (1, 1, 1):
        buyer.placed((sku, units))
    (event,) = Event.objects(type="stock.low")
    assert (event.aggregate, str(event.aggregate_id), event.seq, event.data) == (
        "sku",
        sku["skuId"],
        1,
        {"productId": sku["productId"], "available": 5},
    )


def test_shipped_orders_are_completed_after_ten_days(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    shop.control("notifications/resume")
    order = shop.paid_order(buyer, (sku, 1))
    data_of(shop.staff().post(f"/api/orders/{order['id']}/ship", {"company": "SF", "trackingNo": "SF1234"}), 200)
    clock.advance(days=9)
    assert services.orders.confirm_due(10) == 0
    clock.advance(days=1, seconds=1)
    assert services.orders.confirm_due(10) == 1
    assert Event.objects.get(type="order.completed").aggregate_id == ObjectId(order["id"])
    assert_books_balance(shop.store_id)
