"""Terms that a store may have for itself: when its orders expire and when they are completed."""

from __future__ import annotations

from typing import Any

from src.models.connection import database
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop, data_of


def test_shipped_orders_are_completed_after_the_stores_own_days(
    shop: Shop, other_shop: Shop, clock: MovableClock, services: Services
) -> None:
    settings: dict[str, Any] = {"confirmReceiptDays": 3}
    data_of(shop.platform().put(f"/api/tenants/{other_shop.store_id}/settings", settings), 200)
    for store in (shop, other_shop):
        buyer = store.buyer()
        order = store.paid_order(buyer, (store.sku(), 1))
        data_of(
            store.staff().post(f"/api/orders/{order['id']}/ship", {"company": "SF", "trackingNo": "SF1234567890"}), 200
        )
    clock.advance(days=2)
    assert (services.orders.confirm_due(10), _statuses()) == (0, {"main": "shipped", "other": "shipped"})
    clock.advance(days=1, seconds=1)
    assert (services.orders.confirm_due(10), _statuses()) == (1, {"main": "shipped", "other": "completed"})
    clock.advance(days=30)
    assert (services.orders.confirm_due(10), _statuses()) == (1, {"main": "completed", "other": "completed"})


def _statuses() -> dict[str, str]:
    codes = {store["_id"]: store["code"] for store in database()["stores"].find()}
    return {codes[order["store_id"]]: order["status"] for order in database()["orders"].find()}
