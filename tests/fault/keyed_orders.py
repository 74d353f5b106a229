"""Orders that carry an Idempotency-Key."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from src.models.idempotency import IdempotencyRecord
from src.models.orders import Order
from tests.factories.books import assert_books_balance
from tests.factories.shop import Buyer, Shop

KEY = "3f1c9a52-2f0e-4d0e-9b53-6f3f6c1f2f11"
Sku = dict[str, Any]


def keyed(buyer: Buyer, sku: Sku, quantity: int = 1) -> TestResponse:
    return buyer.order((sku, quantity), Idempotency_Key=KEY)


def is_replay(answer: TestResponse) -> bool:
    return answer.headers.get("Idempotent-Replayed") == "true"


def orders_placed() -> int:
    return Order.collection().count_documents({})


def records() -> Any:
    return IdempotencyRecord.collection()


def assert_one_order(shop: Shop, sku: Sku) -> None:
    assert orders_placed() == 1
    assert shop.stock_of(sku) == 9
    assert_books_balance(shop.store_id)
