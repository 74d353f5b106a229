"""Who reads a store's figures, what they refuse, and what of the real shop they count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from src.models.connection import database
from src.models.daily_figures import DailyFigures
from src.models.late_changes import LateChange
from src.models.stores import Store
from src.services.registry import Services
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import tick
from tests.factories.refunds import refunds_at_wechat, settle
from tests.factories.shop import Person, Shop, data_of, refused
from tests.factories.statistics import READS, STATISTICS
from tests.factories.wechat import paid_at_wechat, pass_time

NOTHING = {
    "orders": 0,
    "paidOrders": 0,
    "gmv": 0,
    "refunds": 0,
    "refundAmount": 0,
    "payingUsers": 0,
    "shoppers": 0,
    "averageOrder": None,
    "conversion": None,
}


def read(person: Person, name: str, **query: Any) -> Any:
    return data_of(person.get(f"{STATISTICS}/{name}", **query), 200)


def figures_of(person: Person, period: str = "today") -> dict[str, Any]:
    """Returns the figures of the period without its days."""
    return {name: value for name, value in read(person, "overview")[period].items() if name not in ("from", "to")}


@pytest.mark.parametrize(("name", "query"), READS)
def test_who_may_read_them(shop: Shop, name: str, query: dict[str, Any]) -> None:
    path, buyer, members = f"{STATISTICS}/{name}", shop.buyer(), {role: shop.staff(role) for role in Role}
    with nothing_changes():
        refused(shop.anonymous.get(path, **query), 401)
        refused(buyer.get(path, **query), 401)
        for role, member in members.items():
            if Permission.STATISTICS_READ in PERMISSIONS[role]:
                assert member.get(path, **query).status_code == 200
            else:
                refused(member.get(path, **query), 403)


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("series", {}, "metric"),
        ("series", {"metric": "profit"}, "metric"),
        ("series", {"metric": "gmv", "by": "minute"}, "by"),
        ("series", {"metric": "gmv", "from": "yesterday"}, "from"),
        ("series", {"metric": "gmv", "from": "2026-11-20", "to": "2026-11-19"}, "to"),
        ("series", {"metric": "gmv", "from": "2025-11-19", "to": "2026-11-20"}, "to"),
        ("series", {"metric": "gmv", "by": "hour", "from": "2026-11-13", "to": "2026-11-20"}, "to"),
        ("top-products", {"by": "sales"}, "by"),
        ("top-products", {"limit": "51"}, "limit"),
        ("top-products", {"from": "2026-08-20", "to": "2026-11-20"}, "to"),
        ("top-categories", {"limit": "0"}, "limit"),
        ("stock-alerts", {"limit": "ten"}, "limit"),
        ("series", {"metric": "gmv", "from": "9999-12-01", "to": "9999-12-31"}, "from"),
        ("series", {"metric": "gmv", "to": "0001-01-05"}, "to"),
        ("series", {"metric": "gmv", "by": "hour", "from": "0001-01-01"}, "from"),
        ("series", {"metric": "gmv", "from": "1999-12-31", "to": "2000-01-01"}, "from"),
        ("top-products", {"from": "2200-01-01"}, "from"),
        ("top-categories", {"to": "9999-12-31"}, "to"),
    ],
)
def test_questions_that_make_no_sense(shop: Shop, name: str, query: dict[str, str], field: str) -> None:
    assert next(iter(refused(shop.staff().get(f"{STATISTICS}/{name}", **query), 400)["errors"])) == field


@pytest.mark.parametrize("day", ["2000-01-01", "2199-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
def test_the_first_and_the_last_day_of_all(shop: Shop, services: Services, zone: str, day: str) -> None:
    Store.collection().update_one({"_id": shop.store_id}, {"$set": {"time_zone": zone}})
    services.stores.forget()
    staff = shop.staff()
    points = read(staff, "series", metric="gmv", by="hour", **{"from": day, "to": day})["points"]
    assert [point["value"] for point in points] == [0] * 24
    assert read(staff, "series", metric="orders", to="2000-01-01")["points"][-1]["value"] == 0
    assert read(staff, "top-products", **{"from": day, "to": day})["list"] == []


def test_an_empty_store(shop: Shop) -> None:
    staff = shop.staff()
    assert figures_of(staff) == figures_of(staff, "last30Days") == NOTHING
    assert read(staff, "top-products")["list"] == read(staff, "top-categories")["list"] == []
    assert {point["value"] for point in read(staff, "series", metric="orders")["points"]} == {0}
    assert read(staff, "stock-alerts") == {"soldOut": 0, "low": 0, "list": []}
    counts = read(staff, "status-counts")
    assert {*counts["orders"].values(), *counts["refunds"].values(), counts["heldPayments"]} == {0}


def test_what_is_sold_and_paid_back_counts(shop: Shop, other_shop: Shop) -> None:
    staff, buyer, tea = shop.staff(), shop.buyer(), shop.sku(price=1000, name="高山乌龙茶")
    cup = shop.product(name="茶杯", price=250, stock=5, category="茶具")
    order = shop.paid_order(buyer, (tea, 2), ({"productId": cup["id"], "skuId": cup["skus"][0]["id"]}, 3))
    shop.buyer().placed((tea, 1))
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    expected = {**NOTHING, "orders": 2, "paidOrders": 1, "gmv": 2750, "payingUsers": 1, "shoppers": 2}
    assert figures_of(staff) == {**expected, "averageOrder": 2750, "conversion": 0.5}
    settle(shop, next(iter(refunds_at_wechat(shop))))
    paid_back = {**expected, "averageOrder": 2750, "conversion": 0.5, "refunds": 1, "refundAmount": 2750}
    assert figures_of(staff) == figures_of(staff, "last7Days") == paid_back
    assert figures_of(staff, "yesterday") == figures_of(other_shop.staff()) == NOTHING
    by_amount, by_units = read(staff, "top-products"), read(staff, "top-products", by="quantity")
    assert [(row["name"], row["quantity"], row["amount"]) for row in by_amount["list"]] == [
        ("高山乌龙茶", 2, 2000),
        ("茶杯", 3, 750),
    ]
    assert [row["name"] for row in by_units["list"]] == ["茶杯", "高山乌龙茶"]
    assert read(staff, "top-products", limit=1)["list"] == by_amount["list"][:1]
    assert read(other_shop.staff(), "top-products")["list"] == []


def test_a_sale_stays_with_the_category_it_was_bought_in(shop: Shop) -> None:
    staff = shop.staff()
    tea, gift = (
        data_of(staff.post("/api/merchant/categories", {"name": name}), 201)["id"] for name in ("茶饮", "礼品")
    )
    product = shop.product(price=300, categoryId=tea)
    shop.paid_order(shop.buyer(), ({"productId": product["id"], "skuId": product["skus"][0]["id"]}, 2))
    shop.paid_order(shop.buyer(), (shop.sku(price=100), 1))
    data_of(staff.put(f"/api/products/{product['id']}", {"categoryId": gift}), 200)
    data_of(staff.put(f"/api/merchant/categories/{tea}", {"name": "茶"}), 200)
    assert read(staff, "top-categories")["list"] == [
        {"categoryId": tea, "name": "茶", "quantity": 2, "amount": 600},
        {"categoryId": None, "name": None, "quantity": 1, "amount": 100},
    ]


def test_a_payment_that_is_learned_of_a_day_late(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.control("notifications/suspend")
    late = paid_at_wechat(shop.buyer(), (shop.sku(), 1))
    paid_on = today_in_shanghai(clock)
    pass_time(shop, clock, 26 * 3_600)
    assert tick(services, "roll_up_figures") == 1
    assert stored_gmv(paid_on) == 0
    assert LateChange.objects.count() == 0
    shop.deliver(late["orderNo"])
    assert LateChange.objects.count() == 1
    assert figures_of(shop.staff(), "yesterday")["gmv"] == 1000  # before anything was added up again
    assert read(shop.staff(), "top-products")["list"][0]["amount"] == 1000
    pass_time(shop, clock, 300)
    assert tick(services, "roll_up_figures") == 1
    assert (stored_gmv(paid_on), LateChange.objects.count()) == (1000, 0)
    assert figures_of(shop.staff(), "yesterday")["gmv"] == 1000


def test_a_refund_of_weeks_later_counts_on_its_own_day(shop: Shop, services: Services, clock: MovableClock) -> None:
    buyer = shop.buyer()
    order, paid_on = shop.paid_order(buyer, (shop.sku(), 1)), today_in_shanghai(clock)
    pass_time(shop, clock, 21 * 86_400)
    tick(services, "roll_up_figures")
    buyer.log_in_again()
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    settle(shop, next(iter(refunds_at_wechat(shop))))
    points = read(shop.staff(), "series", metric="refundAmount")["points"]
    assert [point["value"] for point in points] == [0] * 29 + [1000]
    assert stored_gmv(paid_on) == 1000


def test_stock_that_runs_out(shop: Shop) -> None:
    empty, low, plenty = shop.sku(stock=0), shop.sku(stock=1), shop.sku(stock=100)
    staff = shop.staff()
    alerts = read(staff, "stock-alerts")
    assert (alerts["soldOut"], alerts["low"]) == (1, 2)
    assert [row["skuId"] for row in alerts["list"]] == [empty["skuId"], low["skuId"]]
    data_of(staff.put(f"/api/merchant/skus/{plenty['skuId']}/low-stock-threshold", {"threshold": 100}), 200)
    data_of(staff.put(f"/api/merchant/skus/{empty['skuId']}/low-stock-threshold", {"threshold": 3}), 200)
    alerts = read(staff, "stock-alerts", limit=1)
    assert (alerts["soldOut"], alerts["low"], len(alerts["list"])) == (1, 3, 1)


def test_counts_of_statuses(shop: Shop, other_shop: Shop) -> None:
    buyer, sku = shop.buyer(), shop.sku()
    shop.paid_order(buyer, (sku, 1))
    buyer.placed((sku, 1))
    cancelled = shop.paid_order(buyer, (sku, 1))
    data_of(buyer.post(f"/api/orders/{cancelled['id']}/cancel"), 200)
    counts = read(shop.staff(), "status-counts")
    assert counts["orders"] == {"pending": 1, "paid": 1, "shipped": 0, "completed": 0, "cancelled": 1}
    assert counts["refunds"]["processing"] == 1
    assert set(read(other_shop.staff(), "status-counts")["orders"].values()) == {0}


def today_in_shanghai(clock: MovableClock) -> date:
    return (clock.now() + timedelta(hours=8)).date()


def stored_gmv(day: date) -> int:
    raw = database()["daily_figures"].find_one({"day": day.isoformat()})
    assert raw is not None
    return int(raw["total"]["gmv"])


def test_days_are_added_up_in_order_and_once(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.buyer().placed((shop.sku(), 1))
    first = today_in_shanghai(clock)
    clock.advance(days=5)
    work = services.jobs.scheduling.works["roll_up_figures"]
    assert [work.run(2), work.run(2), work.run(2)] == [2, 2, expected_rest(clock, first) - 4]
    days = sorted(row.day for row in DailyFigures.objects)
    assert days == [(first + timedelta(days=number)).isoformat() for number in range(len(days))]
    clock.advance(minutes=5)
    assert work.run(100) == 0


def expected_rest(clock: MovableClock, first: date) -> int:
    """Returns how many days from the first on are over for an hour or more."""
    final: datetime = clock.now() + timedelta(hours=7)
    return (final.date() - first).days
