"""Cancelling an order, and what is true when it is cancelled."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from tests.factories.books import assert_books_balance
from tests.factories.refunds import refunds_at_wechat
from tests.factories.shop import Buyer, Shop
from tests.factories.wechat import transaction_at_wechat

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


def assert_refunded(shop: Shop, sku: Sku, order: Placed) -> None:
    """The order was paid before it was cancelled: its money is known, and WeChat was asked once to pay it back."""
    assert_cancelled(shop, sku, order)
    stored = Order.objects.get(order_no=order["orderNo"])
    assert [change.target.value for change in stored.history] == ["pending", "paid", "cancelled"]
    payment = Payment.objects.get(order_id=stored.id)
    assert (payment.status.value, payment.transaction_id) == (
        "succeeded",
        transaction_at_wechat(shop, order["orderNo"]),
    )
    refund = Refund.objects.get(order_id=stored.id)
    assert (refund.kind.value, refund.amount_fen) == ("cancellation", stored.total_amount)
    assert list(refunds_at_wechat(shop)) == [refund.out_refund_no]
