"""The checks of the books find what they look for: each one goes red when one document is corrupted."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.connection import database
from tests.factories.books import CHECKS, assert_books_balance
from tests.factories.shop import Buyer, Shop, data_of

CORRUPTIONS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("counters_are_whole_and_not_negative", "stock_items", {}, {"$set": {"available": -1}}),
    ("counters_are_whole_and_not_negative", "stock_items", {}, {"$set": {"available": 2.0}}),
    ("all_received_is_somewhere", "stock_items", {}, {"$inc": {"received": 1}}),
    ("counters_equal_the_ledger", "stock_items", {}, {"$inc": {"available": 1, "received": 1}}),
    ("counters_equal_the_ledger", "stock_moves", {"kind": "adjust"}, None),
    ("counters_equal_the_orders", "orders", {"status": "pending"}, {"$inc": {"items.0.quantity": 1}}),
    ("counters_equal_the_orders", "orders", {"status": "shipped"}, {"$set": {"status": "cancelled"}}),
    ("each_order_moved_its_stock_once", "stock_moves", {"kind": "release"}, None),
    ("each_order_moved_its_stock_once", "stock_moves", {"kind": "sell"}, {"$set": {"order_id": ObjectId()}}),
    ("each_paid_order_has_one_payment", "payments", {"status": "succeeded"}, {"$set": {"status": "closed"}}),
    ("each_paid_order_has_one_payment", "payments", {"status": "prepared"}, {"$set": {"status": "succeeded"}}),
    ("payments_belong_to_orders", "orders", {"status": "shipped"}, None),
    ("payments_belong_to_orders", "payments", {"status": "succeeded"}, {"$inc": {"amount_fen": 1}}),
    ("payments_belong_to_orders", "payments", {"status": "closed"}, {"$set": {"live": True}}),
    ("history_is_a_legal_chain", "orders", {"status": "shipped"}, {"$set": {"history.1.seq": 3}}),
    ("history_is_a_legal_chain", "orders", {"status": "shipped"}, {"$set": {"history.2.source": "pending"}}),
    ("history_is_a_legal_chain", "orders", {"status": "shipped"}, {"$set": {"status": "paid"}}),
    (
        "history_is_a_legal_chain",
        "orders",
        {"status": "pending"},
        {
            "$set": {"status": "shipped"},
            "$push": {"history": {"seq": 2, "source": "pending", "target": "shipped"}},
        },
    ),
    ("events_tell_the_history", "events", {"type": "order.paid"}, None),
    ("events_tell_the_history", "events", {"type": "order.paid"}, {"$set": {"seq": 7}}),
    ("events_tell_the_history", "payments", {"status": "closed"}, {"$set": {"status": "surplus"}}),
    ("products_show_what_is_sold_out", "products", {}, {"$set": {"sold_out_skus": []}}),
    ("products_show_what_is_sold_out", "products", {}, {"$set": {"in_stock": False}}),
    ("products_count_their_sales", "products", {}, {"$inc": {"sales": 1}}),
    ("totals_add_up", "orders", {"status": "pending"}, {"$inc": {"total_amount": -1}}),
    ("totals_add_up", "orders", {"status": "pending"}, {"$inc": {"items.0.amount": 1}}),
]


@pytest.fixture
def busy_shop(shop: Shop) -> Shop:
    """One product, one SKU of it sold out; an order in the basket of each state that has books of its own."""
    skus = [{"price": 500, "stock": 20, "specs": {"装": "罐"}}, {"price": 300, "stock": 0, "specs": {"装": "袋"}}]
    product = shop.product(skus=skus)
    tin = {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    data_of(shop.staff().post(f"/api/merchant/skus/{tin['skuId']}/stock", {"delta": 5, "reason": "到货"}), 200)
    buyer = shop.buyer()
    _with_prepay(buyer, tin)
    cancelled = _with_prepay(buyer, tin)
    data_of(buyer.post(f"/api/orders/{cancelled}/cancel"), 200)
    paid = shop.paid_order(buyer, (tin, 3))
    shipment = {"company": "SF", "trackingNo": "SF1234567890"}
    data_of(shop.staff().post(f"/api/orders/{paid['id']}/ship", shipment), 200)
    return shop


def _with_prepay(buyer: Buyer, sku: dict[str, Any]) -> str:
    order = buyer.placed((sku, 2))
    data_of(buyer.pay(order["id"]), 200)
    return str(order["id"])


def test_honest_books_balance(busy_shop: Shop) -> None:
    assert_books_balance(busy_shop.store_id)


@pytest.mark.parametrize(("check", "collection", "query", "update"), CORRUPTIONS)
def test_a_corrupt_document_is_found(
    busy_shop: Shop, check: str, collection: str, query: dict[str, Any], update: dict[str, Any] | None
) -> None:
    documents = database()[collection]
    if update is None:
        assert documents.delete_one(query).deleted_count == 1
    else:
        assert documents.update_one(query, update).matched_count == 1

    with pytest.raises(AssertionError, match=f"(?m)^{check}: "):
        assert_books_balance(busy_shop.store_id)


def test_each_check_has_a_corruption() -> None:
    assert {check.__name__ for check in CHECKS} == {name for name, *_ in CORRUPTIONS}
