"""The order of the ledger is that in which the counters moved, whatever clocks say."""

from __future__ import annotations

from typing import Any

from src.models.stock_moves import StockMove
from tests.factories.clock import MovableClock
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of

Json = dict[str, Any]
OF_SKU = "/api/merchant/skus/{skuId}/movements"
OF_STORE = "/api/merchant/stock-movements"


def listed(shop: Shop, path: str, **query: Any) -> list[Json]:
    found: list[Json] = data_of(shop.staff().get(path, size=50, **query), 200)["list"]
    return found


def assert_each_follows_from_the_row_below(rows: list[Json]) -> None:
    steps = zip(rows, rows[1:], strict=False)
    wrong = [row for row, below in steps if below["availableAfter"] + row["availableDelta"] != row["availableAfter"]]
    assert wrong == []


def adjust(shop: Shop, sku: Json, delta: int) -> Any:
    body = {"delta": delta, "reason": "盘点"}
    return data_of(shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/stock", body), 200)


def test_a_clock_that_goes_back_does_not_change_the_order(shop: Shop, clock: MovableClock) -> None:
    clock.advance(minutes=-5)
    shop.staff()
    clock.advance(minutes=5)
    sku = shop.sku(stock=10)
    for delta in (3, -2, 7):
        clock.advance(seconds=-30)
        adjust(shop, sku, delta)
    for rows in (listed(shop, OF_SKU.format(**sku)), listed(shop, OF_STORE)):
        assert [row["availableDelta"] for row in rows] == [7, -2, 3, 10]
        assert_each_follows_from_the_row_below(rows)


def test_rows_of_an_earlier_release_come_last_in_the_order_of_their_times(shop: Shop, clock: MovableClock) -> None:
    sku = shop.sku(stock=10)
    clock.advance(seconds=1)
    adjust(shop, sku, 1)
    StockMove.collection().update_many({}, {"$unset": {"seq": "", "available_after": ""}})
    adjust(shop, sku, 2)
    assert [row["availableDelta"] for row in listed(shop, OF_SKU.format(**sku))] == [2, 1, 10]


def test_moves_at_one_moment_stand_in_their_order(shop: Shop) -> None:
    sku, buyers = shop.sku(stock=30), [shop.buyer() for _ in range(4)]
    shop.staff()

    def buy_and_cancel(buyer: Any) -> None:
        order = buyer.placed((sku, 1))
        data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)

    calls: list[Any] = [lambda buyer=buyer: buy_and_cancel(buyer) for buyer in buyers]
    calls += [lambda delta=delta: adjust(shop, sku, delta) for delta in (1, 2, -3, 4)]
    results(at_once(calls))
    rows = listed(shop, OF_SKU.format(**sku))
    assert len(rows) == 13
    assert_each_follows_from_the_row_below(rows)
    assert rows == listed(shop, OF_STORE)
