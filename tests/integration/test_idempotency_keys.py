"""Requests that may be repeated."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.models.orders import Order
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop, data_of, refused


def replayed(answer: TestResponse) -> bool:
    return answer.headers.get("Idempotent-Replayed") == "true"


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é", "钥匙".encode().decode("latin-1")])
def test_a_key_that_is_none(shop: Shop, key: str) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    with nothing_changes():
        assert list(refused(buyer.order((sku, 1), Idempotency_Key=key), 400)["errors"]) == ["Idempotency-Key"]


@pytest.mark.parametrize("key", ["x", "x" * 255, "!~$ne{}"])
def test_the_same_key_and_body_get_the_same_answer(shop: Shop, key: str) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    first, again = (buyer.order((sku, 1), Idempotency_Key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert (replayed(first), replayed(again)) == (False, True)
    assert (Order.objects.count(), shop.stock_of(sku)) == (1, 9)


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)
    with nothing_changes():
        refused(buyer.order((sku, 2), Idempotency_Key="tap"), 40904)


def test_the_order_of_names_in_a_body_does_not_matter(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    first = data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)
    body: dict[str, Any] = {"address": first["address"], "items": [{"quantity": 1, **sku}]}
    assert data_of(buyer.post("/api/orders", body, Idempotency_Key="tap"), 201) == first


def test_a_key_belongs_to_its_shopper(shop: Shop) -> None:
    sku = shop.sku(stock=10)
    orders = [data_of(shop.buyer().order((sku, 1), Idempotency_Key="tap"), 201)["id"] for _ in range(2)]
    assert len(set(orders)) == 2


def test_a_key_belongs_to_its_operation(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    order = data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)
    paying = buyer.post(f"/api/orders/{order['id']}/pay", Idempotency_Key="tap")
    assert data_of(paying, 200)["package"].startswith("prepay_id=")


def test_without_a_key_every_request_is_an_order(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    assert buyer.placed((sku, 1))["id"] != buyer.placed((sku, 1))["id"]


def test_a_refusal_is_repeated_too(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=1), shop.buyer()
    first = buyer.order((sku, 2), Idempotency_Key="tap")
    data_of(shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/stock", {"delta": 5, "reason": "到货"}), 200)
    again = buyer.order((sku, 2), Idempotency_Key="tap")
    refused(first, 40901)
    assert (again.get_json(), replayed(again)) == (first.get_json(), True)


def test_a_malformed_request_does_not_use_its_key_up(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    refused(buyer.post("/api/orders", {"items": []}, Idempotency_Key="tap"), 400)
    data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)


def test_an_order_is_found_by_its_key_when_the_stored_answer_is_gone(shop: Shop, clock: MovableClock) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    first = data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)
    clock.advance(hours=49)
    login = data_of(shop.login(buyer.wechat_user), 200)
    buyer.headers = {"Authorization": f"Bearer {login['token']}"}
    assert data_of(buyer.order((sku, 1), Idempotency_Key="tap"), 201)["id"] == first["id"]
    assert Order.objects.count() == 1


def test_paying_with_the_same_key_gets_the_same_arguments(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    first, again = (buyer.post(f"/api/orders/{order['id']}/pay", Idempotency_Key="tap") for _ in range(2))
    assert data_of(first, 200) == data_of(again, 200)
    assert replayed(again)
