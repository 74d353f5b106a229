"""Every figure is what a walk over all documents says, whatever was added up before, and however late things came."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from src.models.connection import database
from src.models.daily_figures import DailyFigures
from src.models.hourly_sales import HourlySales
from src.models.late_changes import LateChange
from src.models.stores import Store
from src.models.transaction import Transactions
from src.services.registry import Services
from src.services.statistics.adding_up import AddingUp
from src.services.statistics.rolling_up import RollingUp
from src.utils.figures import Metric
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.sales_history import SalesHistory, some_time_ago
from tests.factories.shop import Person, Shop, data_of
from tests.factories.statistics import STATISTICS

Raw = dict[str, Any]
HOUR = timedelta(hours=1)
ZONES = ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu")


def live_in(shop: Shop, services: Services, zone: str) -> None:
    """Moves the store to another time zone."""
    Store.collection().update_one({"_id": shop.store_id}, {"$set": {"time_zone": zone}})
    services.stores.forget()


class BruteForce:
    """The figures of a store, found by looking at each document."""

    def __init__(self, shop: Shop, zone: str) -> None:
        mine = {"store_id": shop.store_id}
        self.zone = ZoneInfo(zone)
        self.orders = {raw["_id"]: raw for raw in database()["orders"].find(mine)}
        self.payments = list(database()["payments"].find({**mine, "status": "succeeded"}))
        self.refunds = list(database()["refunds"].find({**mine, "status": "succeeded", "kind": {"$ne": "surplus"}}))

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def figures(self, matches: Callable[[datetime], bool]) -> dict[str, Any]:
        placed = [order for order in self.orders.values() if matches(order["created_at"])]
        paid = [payment for payment in self.payments if matches(payment["succeeded_at"])]
        back = [refund for refund in self.refunds if matches(refund["succeeded_at"])]
        payers = {payment["user_id"] for payment in paid}
        shoppers = payers | {order["user_id"] for order in placed}
        gmv = sum(payment["amount_fen"] for payment in paid)
        return {
            "orders": len(placed),
            "paidOrders": len(paid),
            "gmv": gmv,
            "payingUsers": len(payers),
            "refunds": len(back),
            "refundAmount": sum(refund["amount_fen"] for refund in back),
            "shoppers": len(shoppers),
            "averageOrder": gmv // len(paid) if paid else None,
            "conversion": round(len(payers) / len(shoppers), 4) if shoppers else None,
        }

    def between(self, first: date, last: date) -> dict[str, Any]:
        return self.figures(lambda moment: first <= self.day(moment) <= last)

    def ranked(self, first: date, last: date, key: str, measure: str) -> list[tuple[str | None, int, int]]:
        quantity, amount = Counter[Any](), Counter[Any]()
        for payment in self.payments:
            if first <= self.day(payment["succeeded_at"]) <= last:
                for line in self.orders[payment["order_id"]]["items"]:
                    quantity[line.get(key)] += line["quantity"]
                    amount[line.get(key)] += line["amount"]
        most = quantity if measure == "quantity" else amount
        ids = sorted(quantity, key=lambda one: (-most[one], "" if one is None else str(one)))
        return [(None if one is None else str(one), quantity[one], amount[one]) for one in ids]


def assert_exact(shop: Shop, staff: Person, now: datetime, zone: str, chance: random.Random) -> None:
    truth = BruteForce(shop, zone)
    today = truth.day(now)
    overview = data_of(staff.get(f"{STATISTICS}/overview"), 200)
    for name, ago, length in (("today", 0, 1), ("yesterday", 1, 1), ("last7Days", 0, 7), ("last30Days", 0, 30)):
        last = today - timedelta(days=ago)
        first = last - timedelta(days=length - 1)
        days = {"from": first.isoformat(), "to": last.isoformat()}
        assert overview[name] == {**days, **truth.between(first, last)}, name
    first = today - timedelta(days=chance.randint(0, 45))
    last = first + timedelta(days=chance.randint(0, 40))
    days = {"from": first.isoformat(), "to": last.isoformat()}
    for metric in Metric:
        assert_series(staff, truth, metric.value, days)
    for path, key, id_name in (
        ("top-products", "product_id", "productId"),
        ("top-categories", "category_id", "categoryId"),
    ):
        for measure in ("quantity", "amount"):
            listed = data_of(staff.get(f"{STATISTICS}/{path}", by=measure, **days), 200)["list"]
            found = [(row[id_name], row["quantity"], row["amount"]) for row in listed]
            assert found == truth.ranked(first, last, key, measure), (path, measure)


def assert_series(staff: Person, truth: BruteForce, metric: str, days: dict[str, str]) -> None:
    first, last = (date.fromisoformat(day) for day in days.values())
    by_day = data_of(staff.get(f"{STATISTICS}/series", metric=metric, **days), 200)["points"]
    each = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert [point["value"] for point in by_day] == [truth.between(day, day)[metric] for day in each]
    assert [datetime.fromisoformat(point["at"]).date() for point in by_day] == each
    assert_hours(staff, truth, metric, first, min(last, first + timedelta(days=2)))


def assert_hours(staff: Person, truth: BruteForce, metric: str, first: date, last: date) -> None:
    days = {"from": first.isoformat(), "to": last.isoformat()}
    points = data_of(staff.get(f"{STATISTICS}/series", metric=metric, by="hour", **days), 200)["points"]
    starts = [datetime.fromisoformat(point["at"]) for point in points]
    assert all(later - earlier == HOUR for earlier, later in zip(starts, starts[1:], strict=False))
    assert truth.day(starts[0]) == first and truth.day(starts[0] - timedelta(milliseconds=1)) < first
    assert truth.day(starts[-1]) == last and truth.day(starts[-1] + HOUR) > last
    values = [truth.figures(_within(start))[metric] for start in starts]
    assert [point["value"] for point in points] == values


def _within(start: datetime) -> Callable[[datetime], bool]:
    return lambda moment: start <= moment < start + HOUR


def edges(zone: str, days: Iterable[date]) -> list[datetime]:
    """Returns the moments around the midnights before these days."""
    midnights = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in days]
    step = timedelta(milliseconds=1)
    return [moment for midnight in midnights for moment in (midnight - step, midnight, midnight + step)]


@pytest.mark.parametrize("seed", range(3))
def test_a_random_history(shop: Shop, services: Services, clock: MovableClock, seed: int) -> None:
    chance, zone = random.Random(seed), ZONES[seed % len(ZONES)]
    live_in(shop, services, zone)
    history, rolling_up = SalesHistory(shop.store_id, chance), keeping_every_hour(clock)
    for _ in range(20):  # a past that nobody has added up yet, over the night in which New York's clocks go back
        history.place(clock.now() - timedelta(days=30) + timedelta(minutes=chance.randint(0, 30 * 1_440)))
    for step in range(60):
        happen(history, chance, clock)
        if chance.random() < 0.3:
            rolling_up.catch_up(Store.objects.get(id=shop.store_id), chance.choice([1, 3, 100]))
        if step == 30:
            sell_today(history, clock)
            rolling_up.catch_up(Store.objects.get(id=shop.store_id), 100)
            assert HourlySales.objects.count() >= 1
            history.pay(clock.now() - timedelta(hours=3, minutes=30), now=clock.now())
            shop.forget_staff_logins()
            assert_exact(shop, shop.staff(), clock.now(), zone, chance)
    zone = ZONES[(seed + 1) % len(ZONES)]
    live_in(shop, services, zone)
    shop.forget_staff_logins()
    assert_exact(shop, shop.staff(), clock.now(), zone, chance)
    for pause in ({"hours": 26}, {"minutes": 6}):
        clock.advance(**pause)
        tick(services, "roll_up_figures")
    shop.forget_staff_logins()
    assert LateChange.objects.count() == HourlySales.objects.count() == 0
    assert DailyFigures.objects.count() >= 30
    assert_exact(shop, shop.staff(), clock.now(), zone, chance)


def keeping_every_hour(clock: MovableClock) -> RollingUp:
    """Returns the work as the shop has it, for which an hour with one payment is a busy one."""
    adding_up = AddingUp(transactions=Transactions(timeout_s=5), clock=clock, worth_keeping=1)
    return RollingUp(adding_up=adding_up, clock=clock)


def sell_today(history: SalesHistory, clock: MovableClock) -> None:
    """Something is paid in each of eight hours."""
    for _ in range(8):
        clock.advance(hours=1)
        history.place(clock.now())
        history.pay(clock.now(), now=clock.now())


def happen(history: SalesHistory, chance: random.Random, clock: MovableClock) -> None:
    """One more thing happens, a while after the one before."""
    clock.advance(minutes=chance.choice([1, 20, 300, 1_500]))
    now = clock.now()
    match chance.choice(["place", "pay", "pay", "refund"]):
        case "place":
            history.place(now)
        case "pay":
            history.pay(some_time_ago(chance, now), now=now)
        case _:
            history.refund(some_time_ago(chance, now), now=now)


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Asia/Shanghai", [date(2026, 11, 1), date(2026, 11, 2)]),
        ("America/New_York", [date(2026, 11, 1), date(2026, 11, 2)]),  # 25 hours
        ("Europe/Berlin", [date(2026, 10, 25), date(2026, 10, 26)]),  # 25 hours
        ("America/Santiago", [date(2026, 9, 6), date(2026, 9, 7)]),  # the first hour is missing
    ],
)
def test_the_edges_of_a_day(shop: Shop, services: Services, clock: MovableClock, zone: str, days: list[date]) -> None:
    live_in(shop, services, zone)
    history = SalesHistory(shop.store_id, random.Random(zone))
    for moment in edges(zone, days):
        history.place(moment)
        history.pay(moment, now=moment)
        history.refund(moment, now=moment)
    truth, staff = BruteForce(shop, zone), shop.staff()
    for metric in ("orders", "gmv", "payingUsers", "refundAmount"):
        assert_hours(staff, truth, metric, days[0] - timedelta(days=1), days[-1])
    tick(services, "roll_up_figures")
    for metric in ("orders", "gmv", "payingUsers", "refundAmount"):
        assert_hours(staff, truth, metric, days[0] - timedelta(days=1), days[-1])
    known = {"from": days[0].isoformat(), "to": days[-1].isoformat()}
    assert_series(staff, truth, "paidOrders", known)
