"""Staff counting stock up and down."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from werkzeug.test import TestResponse

from src.models.stock import StockItem
from src.models.stock_moves import StockMove
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused


def adjust(shop: Shop, sku: dict[str, Any], delta: Any, **more: Any) -> TestResponse:
    body = {"delta": delta, "reason": "盘点", **more}
    return shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/stock", body)


def in_stock(shop: Shop) -> bool:
    return bool(data_of(shop.anonymous.get("/api/products", inStock="true"), 200)["list"])


def test_only_staff_adjust_stock(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    path, body = f"/api/merchant/skus/{sku['skuId']}/stock", {"delta": 5, "reason": "到货"}
    with nothing_changes():
        refused(shop.client.post(path, json=body), 401)
        refused(buyer.post(path, body), 401)


@pytest.mark.parametrize("sku_id", [NOBODYS_ID, "zzz"])
def test_a_sku_that_does_not_exist(shop: Shop, sku_id: str) -> None:
    with nothing_changes():
        refused(shop.anonymous.post(f"/api/merchant/skus/{sku_id}/stock", {}), 401 if sku_id == NOBODYS_ID else 404)
    shop.staff()
    with nothing_changes():
        refused(adjust(shop, {"skuId": sku_id}, 5), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"delta": "5"}, "delta"),
        ({"delta": 5.0}, "delta"),
        ({"delta": True}, "delta"),
        ({"delta": 2**63}, "delta"),
        ({"delta": {"$inc": 1}}, "delta"),
        ({"delta": 1, "reason": ""}, "reason"),
        ({"delta": 1, "expected": "10"}, "expected"),
        ({"delta": 1, "available": 99}, "available"),
    ],
)
def test_an_adjustment_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    sku = shop.sku()
    with nothing_changes():
        answer = shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/stock", {"reason": "盘点", **body})
        assert list(refused(answer, 400)["errors"]) == [field]


def test_stock_does_not_go_below_zero(shop: Shop) -> None:
    sku = shop.sku(stock=3)
    with nothing_changes():
        assert refused(adjust(shop, sku, -4), 40906) == {"available": 3}


def test_what_is_reserved_cannot_be_taken(shop: Shop) -> None:
    sku = shop.sku(stock=3)
    shop.buyer().placed((sku, 2))
    with nothing_changes():
        assert refused(adjust(shop, sku, -2), 40906) == {"available": 1}


@pytest.mark.parametrize("expected", [9, 11])
def test_a_stale_count_is_refused(shop: Shop, expected: int) -> None:
    sku = shop.sku(stock=10)
    with nothing_changes():
        assert refused(adjust(shop, sku, 5, expected=expected), 40906) == {"available": 10}


def test_units_are_added_and_taken(shop: Shop) -> None:
    sku = shop.sku(stock=10)
    assert data_of(adjust(shop, sku, 5), 200) == {"skuId": sku["skuId"], "available": 15, "reserved": 0, "sold": 0}
    assert data_of(adjust(shop, sku, -15, expected=15), 200)["available"] == 0
    assert shop.stock_of(sku) == 0


def test_an_adjustment_is_in_the_ledger_with_who_and_why(shop: Shop) -> None:
    sku, owner = shop.sku(stock=10), shop.staff()
    data_of(adjust(shop, sku, -3, reason="破损"), 200)
    move = StockMove.objects(kind="adjust").get()
    assert (move.available_delta, move.reserved_delta, move.sold_delta, move.reason) == (-3, 0, 0, "破损")
    assert (str(move.sku_id), str(move.staff_id), move.order_id) == (sku["skuId"], owner.id, None)


def test_the_counters_add_up(shop: Shop) -> None:
    sku = shop.sku(stock=10)
    shop.paid_order(shop.buyer(), (sku, 2))
    shop.buyer().placed((sku, 3))
    data_of(adjust(shop, sku, 7), 200)
    item = StockItem.objects.get(id=ObjectId(sku["skuId"]))
    assert (item.available, item.reserved, item.sold, item.received) == (12, 3, 2, 17)


def test_the_filter_by_stock_follows(shop: Shop) -> None:
    sku = shop.sku(stock=1)
    data_of(adjust(shop, sku, -1), 200)
    assert not in_stock(shop)
    data_of(adjust(shop, sku, 2), 200)
    assert in_stock(shop)
