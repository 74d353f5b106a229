"""When days are added up: nothing that is late, busy or broken keeps another store, or the next day, from its turn."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from bson import ObjectId

from ecosystem.bench.profile import profiling
from src.models.connection import database
from src.models.daily_figures import DailyFigures
from src.models.hourly_sales import HourlySales
from src.models.late_changes import LateChange
from src.models.stores import Store
from src.models.transaction import Transactions
from src.services.registry import Services
from src.services.statistics.adding_up import MOST_CHANGES, AddingUp
from src.services.statistics.rolling_up import RollingUp
from src.utils.metrics import FIGURES_FAILED
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.sales_history import SalesHistory
from tests.factories.shop import Person, Shop, data_of
from tests.factories.statistics import STATISTICS

BUSY = 1_200
MOST_LOOKS = 1_000


class StandingClock(MovableClock):
    """A clock that is looked at so often only by work that does not end."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at, self._looks = at, 0

    def now(self) -> datetime:
        self._looks += 1
        assert self._looks < MOST_LOOKS, "it does not end"
        return self._at


def standing_still(clock: MovableClock) -> RollingUp:
    return rolling_up(StandingClock(clock.now()), worth_keeping=500)


def rolling_up(clock: MovableClock, *, worth_keeping: int) -> RollingUp:
    adding_up = AddingUp(transactions=Transactions(timeout_s=5), clock=clock, worth_keeping=worth_keeping)
    return RollingUp(adding_up=adding_up, clock=clock)


def days_of(store_id: ObjectId) -> int:
    return DailyFigures.objects(store_id=store_id).count()


def sells(shop: Shop, at: datetime, payments: int = 1) -> SalesHistory:
    """Everything that is ordered is paid at once."""
    history = SalesHistory(shop.store_id, random.Random(1))
    for _ in range(payments):
        history.place(at)
        history.pay(at, now=at)
    return history


def changes(shop: Shop, at: datetime, number: int) -> None:
    database()["late_changes"].insert_many([{"store_id": shop.store_id, "at": at} for _ in range(number)])


def test_late_changes_of_a_day_that_is_not_over_wait(shop: Shop, other_shop: Shop, clock: MovableClock) -> None:
    for one in (shop, other_shop):
        sells(one, clock.now() - timedelta(days=3))
    changes(shop, clock.now(), MOST_CHANGES)
    assert standing_still(clock).run(100) == days_of(shop.store_id) + days_of(other_shop.store_id) >= 4
    assert standing_still(clock).run(100) == 0
    assert LateChange.objects.count() == MOST_CHANGES


def test_more_late_changes_than_are_looked_at_in_one_go(shop: Shop, clock: MovableClock) -> None:
    sells(shop, clock.now() - timedelta(days=3))
    assert standing_still(clock).run(100) >= 2
    changes(shop, clock.now() - timedelta(days=3), 2 * MOST_CHANGES + 1)
    clock.advance(minutes=5)
    # Each run takes the store once and leaves it due.
    assert [standing_still(clock).run(100) for _ in range(4)] == [1, 1, 1, 0]
    assert LateChange.objects.count() == 0


def test_a_store_that_cannot_be_added_up_keeps_no_other_waiting(
    shop: Shop, other_shop: Shop, services: Services, clock: MovableClock
) -> None:
    for one in (shop, other_shop):
        sells(one, clock.now() - timedelta(days=3))
    in_no_zone = {"$set": {"time_zone": "Mars/Olympus", "figures_due_at": clock.now() - timedelta(days=1)}}
    Store.collection().update_one({"_id": shop.store_id}, in_no_zone)
    failures = FIGURES_FAILED._value.get()
    assert tick(services, "roll_up_figures") == days_of(other_shop.store_id) >= 2
    assert FIGURES_FAILED._value.get() == failures + 1
    assert days_of(shop.store_id) == 0
    Store.collection().update_one({"_id": shop.store_id}, {"$set": {"time_zone": "Asia/Shanghai"}})
    assert tick(services, "roll_up_figures") == 0
    clock.advance(minutes=5, seconds=1)
    assert tick(services, "roll_up_figures") == days_of(shop.store_id) >= 2


def test_a_day_that_fails_goes_on_where_it_stopped(shop: Shop, clock: MovableClock) -> None:
    noon = at_noon(clock) - timedelta(days=3)
    history = sells(shop, noon, payments=4)
    for order in (history.place(noon + timedelta(hours=3)), history.place(noon + timedelta(hours=3))):
        database()["orders"].update_one({"_id": order["_id"]}, {"$rename": {"items": "lost"}})
        history.pay(noon + timedelta(hours=3), now=noon + timedelta(hours=3))
    work = rolling_up(clock, worth_keeping=2)
    assert work.run(1) == days_of(shop.store_id) == 0
    assert [row.hour for row in HourlySales.objects] == [12]
    database()["orders"].update_many({"lost": {"$exists": True}}, {"$rename": {"lost": "items"}})
    clock.advance(minutes=5, seconds=1)
    assert work.run(1) == days_of(shop.store_id) == 1
    assert HourlySales.objects.count() == 0
    assert sold_units(shop.staff()) == ordered_units()


def test_no_query_grows_with_what_was_sold_in_a_day(shop: Shop, services: Services, clock: MovableClock) -> None:
    sells(shop, at_noon(clock) - timedelta(days=3), payments=BUSY)
    staff = shop.staff()
    with profiling() as profile:
        data_of(staff.get(f"{STATISTICS}/top-products"), 200)
        assert tick(services, "roll_up_figures") >= 2
        queries = profile.new()
    read = [one for one in queries if one.collection in ("orders", "payments")]
    assert sum(one.examined for one in read) >= 3 * BUSY
    assert [str(one) for one in read if one.examined > 1_000] == []


@pytest.mark.parametrize("late", [False, True])
def test_only_the_last_hours_of_today_are_summed_from_orders(shop: Shop, clock: MovableClock, late: bool) -> None:
    clock.advance(seconds=(at_noon(clock) + timedelta(days=1, hours=3) - clock.now()).total_seconds())
    today = at_noon(clock)
    history = sells(shop, today, payments=20)
    rolling_up(clock, worth_keeping=10).run(100)
    assert [row.hour for row in HourlySales.objects] == [12]
    sells(shop, clock.now(), payments=3)
    if late:
        history.place(today)
        history.pay(today, now=clock.now())
    staff = shop.staff()
    with profiling() as profile:
        sold = sold_units(staff)
        read = sum(one.examined for one in profile.new() if one.collection == "payments")
    # With a late change in it, the hour is summed anew.
    assert read >= 15 if late else 0 < read <= 3
    assert sold == ordered_units()


def at_noon(clock: MovableClock) -> datetime:
    """Returns when it is twelve o'clock today in the shop."""
    shanghai = clock.now() + timedelta(hours=8)
    return shanghai.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(hours=8)


def sold_units(staff: Person) -> int:
    ranked = data_of(staff.get(f"{STATISTICS}/top-products", limit=50), 200)["list"]
    return sum(row["quantity"] for row in ranked)


def ordered_units() -> int:
    paid = [raw["order_id"] for raw in database()["payments"].find({"status": "succeeded"})]
    orders = database()["orders"].find({"_id": {"$in": paid}})
    return sum(line["quantity"] for order in orders for line in order["items"])
