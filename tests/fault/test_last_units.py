"""More shoppers than units, all at one moment: exactly what exists is sold."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from bson import ObjectId
from werkzeug.test import TestResponse

from config.settings import Settings
from src.models.connection import client
from src.models.orders import Order
from src.models.stock import StockItem
from src.services.accounts.callers import Shopper
from src.services.orders.checkout import PlaceOrder, WantedItem
from src.services.registry import Services
from src.services.stock.inventory import Inventory
from src.utils.errors import OutOfStock
from tests.factories.books import assert_books_balance
from tests.factories.races import at_once, results, run_before
from tests.factories.shop import ADDRESS, Shop, data_of, refused
from tests.fault.crowd import buyers, shoppers

SERVER_THREADS = 16
Sku = dict[str, str]
Measure = Callable[[str, object], None]


def basket(skus: Sequence[Sku], index: int) -> list[tuple[Sku, int]]:
    """What the shopper of this index wants: one unit; every fifth of them one of each of two SKUs."""
    first = skus[index % len(skus)]
    return [(first, 1), (skus[(index + 1) % len(skus)], 1)] if index % 5 == 0 else [(first, 1)]


def assert_all_is_sold(shop: Shop, skus: Sequence[Sku]) -> None:
    assert [shop.stock_of(sku) for sku in skus] == [0] * len(skus)
    assert_books_balance(shop.store_id)


def transactions_started() -> int:
    return int(client().admin.command("serverStatus")["transactions"]["totalStarted"])


def test_200_shoppers_buy_100_units(shop: Shop, settings: Settings, record_property: Measure) -> None:
    skus = [shop.sku(stock=stock) for stock in (10, 20, 30, 40)]
    started, before = time.perf_counter(), transactions_started()
    latencies: list[float] = []

    def order(items: list[tuple[Sku, int]], buyer: Any) -> TestResponse:
        begun = time.perf_counter()
        answer: TestResponse = buyer.order(*items)
        latencies.append(time.perf_counter() - begun)
        return answer

    crowd = buyers(shop, settings, 200)
    answers = results(
        at_once(
            [partial(order, basket(skus, index), buyer) for index, buyer in enumerate(crowd)], running=SERVER_THREADS
        )
    )

    record_property("seconds", time.perf_counter() - started)
    record_property("p50_s", sorted(latencies)[100])
    record_property("p99_s", sorted(latencies)[197])
    record_property("transactions", transactions_started() - before)
    placed = [data_of(answer, 201) for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code != 201:
            assert refused(answer, 40901)["items"]
    assert sum(line["quantity"] for order in placed for line in order["items"]) == 100
    assert_all_is_sold(shop, skus)


def test_a_rush_on_one_sku_does_not_repeat_its_transactions(shop: Shop, settings: Settings) -> None:
    sku = shop.sku(stock=100)
    crowd, before = buyers(shop, settings, 100), transactions_started()

    answers = results(at_once([partial(buyer.order, (sku, 1)) for buyer in crowd], running=SERVER_THREADS))

    assert [answer.status_code for answer in answers] == [201] * 100
    # They queue inside the process; without that each order took five.
    assert transactions_started() - before < 200
    assert_all_is_sold(shop, [sku])


def wanted(items: Sequence[tuple[Sku, int]]) -> PlaceOrder:
    lines = [WantedItem(ObjectId(sku["productId"]), quantity, ObjectId(sku["skuId"])) for sku, quantity in items]
    return PlaceOrder(lines, ADDRESS)


def place(services: Services, shopper: Shopper, items: Sequence[tuple[Sku, int]]) -> Order:
    return services.checkout.place_order(shopper, wanted(items), None)


def test_200_threads_in_one_process_buy_100_units(shop: Shop, services: Services, record_property: Measure) -> None:
    skus = [shop.sku(stock=25) for _ in range(4)]
    crowd = shoppers(shop, 200)
    started, before = time.perf_counter(), transactions_started()

    outcomes = at_once([partial(place, services, shopper, basket(skus, index)) for index, shopper in enumerate(crowd)])

    record_property("seconds", time.perf_counter() - started)
    record_property("transactions", transactions_started() - before)
    placed = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    assert sum(line.quantity for order in placed for line in order.items) == 100
    assert {type(outcome) for outcome in outcomes} == {Order, OutOfStock}
    assert_all_is_sold(shop, skus)


def test_the_last_unit_has_one_buyer(shop: Shop, services: Services) -> None:
    sku = shop.sku(stock=1)

    outcomes = at_once([partial(place, services, shopper, [(sku, 1)]) for shopper in shoppers(shop, 200)])

    refusals = [outcome for outcome in outcomes if isinstance(outcome, OutOfStock)]
    assert len(refusals) == 199
    shortage = {**sku, "name": "高山乌龙茶", "requested": 1, "available": 0}
    assert all(refusal.data == {"items": [shortage]} for refusal in refusals)
    assert_all_is_sold(shop, [sku])


def test_orders_of_the_same_skus_in_opposite_order_do_not_block_each_other(shop: Shop, settings: Settings) -> None:
    one, other = shop.sku(stock=50), shop.sku(stock=50)
    baskets = [[(one, 1), (other, 1)], [(other, 1), (one, 1)]] * 25

    answers = results(
        at_once(
            [partial(buyer.order, *items) for buyer, items in zip(buyers(shop, settings, 50), baskets, strict=True)],
            running=SERVER_THREADS,
        )
    )

    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert_all_is_sold(shop, [one, other])


def test_a_sku_named_twice_is_one_line_and_cannot_oversell(shop: Shop, settings: Settings) -> None:
    sku = shop.sku(stock=5)

    answers = results(at_once([partial(buyer.order, (sku, 1), (sku, 2)) for buyer in buyers(shop, settings, 8)]))

    placed = [data_of(answer, 201) for answer in answers if answer.status_code == 201]
    assert [[line["quantity"] for line in order["items"]] for order in placed] == [[3]]
    assert {refused(answer, 40901)["items"][0]["requested"] for answer in answers if answer.status_code != 201} == {3}
    assert shop.stock_of(sku) == 2
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("bought", ["first", "second"])
def test_a_refusal_inside_the_transaction_names_the_short_line_only(
    shop: Shop, settings: Settings, bought: str
) -> None:
    first, second = sorted((shop.sku(stock=5), shop.sku(stock=5)), key=lambda sku: sku["skuId"])
    slow, quick = buyers(shop, settings, 2)
    short = first if bought == "first" else second

    with run_before(Inventory, "reserve", lambda: quick.placed((short, 4))):
        answer = slow.order((second, 3), (first, 3))

    assert refused(answer, 40901)["items"] == [{**short, "name": "高山乌龙茶", "requested": 3, "available": 1}]
    assert_books_balance(shop.store_id)


def test_stock_that_comes_back_is_sold_again(shop: Shop, settings: Settings) -> None:
    sku, crowd = shop.sku(stock=3), buyers(shop, settings, 12)
    first = [buyer.placed((sku, 1)) for buyer in crowd[:3]]

    def cancel(index: int) -> TestResponse:
        return crowd[index].post(f"/api/orders/{first[index]['id']}/cancel")

    cancelled = results(at_once([partial(cancel, index) for index in range(3)]))
    answers = results(at_once([partial(buyer.order, (sku, 1)) for buyer in crowd[3:]]))

    assert Counter(answer.status_code for answer in cancelled) == {200: 3}
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 6}
    assert StockItem.objects.get(id=sku["skuId"]).reserved == 3
    assert_all_is_sold(shop, [sku])
