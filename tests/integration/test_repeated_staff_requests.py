"""What staff send twice with one Idempotency-Key happens once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.idempotency import IdempotencyRecord
from src.models.products import Product
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused
from tests.fault.failpoints import OUT_OF_TIME, failing

Json = dict[str, Any]
LEASE = timedelta(seconds=60)
RECEIPT = {"quantity": 20, "reason": "到货", "reference": "PO-1"}
MOVES: list[tuple[str, Json, int]] = [
    ("stock", {"delta": 5, "reason": "盘点"}, 15),
    ("receive", RECEIPT, 30),
    ("write-off", {"quantity": 4, "reason": "破损"}, 6),
]


def moved(shop: Shop, sku: Json, name: str, body: Json, key: str = "scan") -> Any:
    return shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/{name}", body, Idempotency_Key=key)


@pytest.mark.parametrize(("name", "body", "available"), MOVES)
def test_stock_moves_once(shop: Shop, name: str, body: Json, available: int) -> None:
    sku = shop.sku(stock=10)
    first = moved(shop, sku, name, body)
    with nothing_changes():
        again = moved(shop, sku, name, body)
        refused(moved(shop, sku, name, {**body, "reason": "另一个"}), 40904)
    assert data_of(first, 200) == data_of(again, 200)
    assert data_of(again, 200)["available"] == shop.stock_of(sku) == available
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("name", ["receive", "write-off"])
def test_a_count_that_is_out_of_date_moves_nothing(shop: Shop, name: str) -> None:
    sku, body = shop.sku(stock=10), {"quantity": 1, "reason": "点过"}
    shop.staff()
    path = f"/api/merchant/skus/{sku['skuId']}/{name}"
    with nothing_changes():
        assert refused(shop.staff().post(path, {**body, "expected": 9}), 40906) == {"available": 10}
    data_of(shop.staff().post(path, {**body, "expected": 10}), 200)


def test_a_product_is_made_and_copied_once(shop: Shop) -> None:
    staff, body = shop.staff(), {"name": "茶", "price": 100, "stock": 1}
    first, again = (staff.post("/api/products", body, Idempotency_Key="tap") for _ in range(2))
    assert data_of(first, 201) == data_of(again, 201)
    assert first.headers["ETag"] == again.headers["ETag"] == '"1"'
    path = f"/api/products/{data_of(first, 201)['id']}/duplicate"
    copies = [data_of(staff.post(path, Idempotency_Key="tap"), 201)["id"] for _ in range(2)]
    assert len(set(copies)) == 1
    assert Product.objects.count() == 2


def test_a_discount_is_given_once(shop: Shop) -> None:
    product, staff = shop.product(price=1000), shop.staff()
    body = {"ids": [product["id"]], "percent": 90}
    answers = [staff.post("/api/products/batch/price", body, Idempotency_Key="sale") for _ in range(2)]
    assert data_of(answers[0], 200) == data_of(answers[1], 200)
    assert data_of(shop.anonymous.get(f"/api/products/{product['id']}"), 200)["price"] == 900


def test_one_of_two_equal_parcels_leaves(shop: Shop) -> None:
    order = shop.paid_order(shop.buyer(), (shop.sku(), 2))
    item = {"orderItemId": order["items"][0]["id"], "quantity": 1}
    body = {"parcels": [{"company": "SF", "trackingNo": "SF1234567890", "items": [item]}]}
    path = f"/api/orders/{order['id']}/ship"
    first, again = (shop.staff().post(path, body, Idempotency_Key="label") for _ in range(2))
    assert data_of(first, 200) == data_of(again, 200)
    assert (data_of(again, 200)["status"], len(data_of(again, 200)["parcels"])) == ("paid", 1)


def test_a_refund_is_granted_once_and_answered_twice(shop: Shop) -> None:
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    items = [{"orderItemId": order["items"][0]["id"], "quantity": 1}]
    refund = data_of(buyer.post(f"/api/orders/{order['id']}/refunds", {"items": items, "reason": "不想要了"}), 201)
    path = f"/api/merchant/refunds/{refund['id']}/approve"
    first, again = (shop.staff().post(path, {}, Idempotency_Key="ok") for _ in range(2))
    assert data_of(first, 200) == data_of(again, 200)


def test_at_one_moment_one_of_them_moves(shop: Shop) -> None:
    sku = shop.sku(stock=10)
    shop.staff()
    answers = results(at_once([partial(moved, shop, sku, "receive", RECEIPT)] * 6))
    assert Counter(answer.status_code for answer in answers) == {200: 6}
    assert shop.stock_of(sku) == 30


def test_a_crash_between_commit_and_answer_moves_nothing_twice(shop: Shop, clock: MovableClock) -> None:
    sku = shop.sku(stock=10)
    data_of(moved(shop, sku, "receive", RECEIPT), 200)
    # What is left of a request whose process was killed before it stored the answer.
    lost = dict.fromkeys(("http_status", "body"), "")
    IdempotencyRecord.collection().update_many({}, {"$set": {"done": False}, "$unset": lost})
    refused(moved(shop, sku, "receive", RECEIPT), 40905)
    clock.advance(seconds=LEASE.total_seconds())
    with nothing_changes():
        refused(moved(shop, sku, "receive", RECEIPT), 40937)
        refused(moved(shop, sku, "receive", {**RECEIPT, "quantity": 1}), 40904)
    assert AuditLogEntry.objects(action="stock.receive").count() == 1
    assert shop.stock_of(sku) == 30


def test_what_was_undone_can_be_done_again(shop: Shop, clock: MovableClock) -> None:
    sku = shop.sku(stock=10)
    shop.staff()
    with failing("commitTransaction", "delete", failure=OUT_OF_TIME):
        refused(moved(shop, sku, "receive", RECEIPT), 503)
    clock.advance(seconds=LEASE.total_seconds())
    assert data_of(moved(shop, sku, "receive", RECEIPT), 200)["available"] == 30
    assert_books_balance(shop.store_id)
