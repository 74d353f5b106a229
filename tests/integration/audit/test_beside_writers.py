"""The audit of a shop that is open: it sees one instant, so what is under way is never half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from src.models.orders import Order
from src.services.registry import Services
from tests.factories.jobs import tick
from tests.factories.shop import Buyer, Shop, data_of
from tests.integration.audit.reports import red

SHOPPERS = 3
ROUNDS = 4


def test_an_open_shop_is_audited(shop: Shop, services: Services) -> None:
    shop.control("notifications/suspend")
    skus = [shop.sku(stock=200), shop.sku(stock=200)]
    buyers = [shop.buyer() for _ in range(SHOPPERS)]
    found: list[dict[str, list[str]]] = []
    with ThreadPoolExecutor(SHOPPERS) as pool:
        shopping = [pool.submit(_shop_around, buyer, skus) for buyer in buyers]
        while not all(thread.done() for thread in shopping):
            found.append(red(services.audit.run()))
            tick(services, "dispatch_events")
        for thread in shopping:
            thread.result()

    assert [findings for findings in found if findings] == []
    assert len(found) >= ROUNDS
    assert red(services.audit.run()) == {}
    assert [Order.objects(status=status).count() for status in ("pending", "paid", "cancelled")] == [
        SHOPPERS * ROUNDS,
        SHOPPERS * ROUNDS,
        SHOPPERS * ROUNDS * 2,
    ]


def _shop_around(buyer: Buyer, skus: list[dict[str, Any]]) -> None:
    """Leaves of every four orders one unpaid, pays one, cancels one before and one after its payment."""
    for _ in range(ROUNDS):
        orders = [buyer.placed(*((sku, 1) for sku in skus[:: 1 if number % 2 else -1])) for number in range(4)]
        for order in orders[2:]:
            buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200))
            buyer.shop.deliver(order["orderNo"])
        for order in orders[1:3]:
            data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
