"""Cancelling an order, and what is true when it is cancelled."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from src.models.orders import Order
from src.models.payments import Payment
from tests.factories.books import assert_books_balance
from tests.factories.shop import Buyer, Shop

Sku = dict[str, Any]
Placed = dict[str, Any]


def cancel(buyer: Buyer, order: Placed) -> TestResponse:
    return buyer.post(f"/api/orders/{order['id']}/cancel")


def assert_cancelled(shop: Shop, sku: Sku, order: Placed) -> None:
    stored = Order.objects.get(order_no=order["orderNo"])
    assert (stored.status.value, stored.history[-1].actor, stored.history[-1].reason) == (
        "cancelled",
        f"user:{stored.user_id}",
        "user",
    )
    assert Payment.objects(live=True).count() == 0
    assert shop.stock_of(sku) == 10
    assert_books_balance(shop.store_id)
