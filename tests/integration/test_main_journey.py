"""From login to confirmation, through the app and the sandbox."""

from __future__ import annotations

from src.models.events import Event
from tests.factories.shop import Shop, data_of


def test_a_shopper_buys_and_receives(shop: Shop) -> None:
    sku, buyer = shop.sku(price=1000, stock=10), shop.buyer()

    listed = data_of(buyer.get("/api/products", keyword="乌龙"), 200)
    assert [product["id"] for product in listed["list"]] == [sku["productId"]]

    order = buyer.placed((sku, 3))
    assert (order["status"], order["totalAmount"], order["allowedActions"]) == ("pending", 3000, ["pay", "cancel"])
    assert shop.stock_of(sku) == 7

    arguments = data_of(buyer.pay(order["id"]), 200)
    assert buyer.pay_in_wechat(arguments) == "requestPayment:ok"
    assert [answer["status"] for answer in shop.deliver(order["orderNo"])] == [200]
    assert buyer.read_order(order["id"])["status"] == "paid"

    shipment = {"company": "SF", "trackingNo": "SF1234567890"}
    shipped = data_of(shop.staff().post(f"/api/orders/{order['id']}/ship", shipment), 200)
    assert (shipped["status"], shipped["shipment"]) == ("shipped", shipment)

    confirmed = data_of(buyer.post(f"/api/orders/{order['id']}/confirm"), 200)
    assert confirmed["status"] == "completed"
    assert [change["status"] for change in confirmed["history"]] == ["pending", "paid", "shipped", "completed"]
    events = [(event.aggregate, event.seq, event.type) for event in Event.objects.order_by("id")]
    assert sorted(events) == [
        ("order", 1, "order.placed"),
        ("order", 2, "order.paid"),
        ("order", 3, "order.shipped"),
        ("order", 4, "order.completed"),
        ("payment", 1, "payment.succeeded"),
    ]
