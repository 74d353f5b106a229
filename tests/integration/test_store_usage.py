"""What a store used, day by day, counted once more by hand."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId

from src.models.connection import database
from src.models.stores import Store
from src.services.tenants.call_counting import CallCounting
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused
from tests.fault.workers import eventually

# Zones whose clocks were put back in these days, are far before UTC, and half an hour off.
ZONES = ["Asia/Shanghai", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]
FIRST, LAST = date(2026, 9, 1), date(2026, 11, 15)
ORDERS = 400


def moments(chance: random.Random) -> list[datetime]:
    """Returns moments of all these days and the days around them; many are next to a midnight somewhere."""
    start = datetime(2026, 8, 30, tzinfo=UTC)
    anywhere = [start + timedelta(seconds=chance.randrange(80 * 86_400)) for _ in range(ORDERS // 2)]
    hours = [start + timedelta(minutes=30 * chance.randrange(80 * 48)) for _ in range(ORDERS // 2)]
    return anywhere + [hour - timedelta(milliseconds=chance.choice([0, 1])) for hour in hours]


def filled(store_id: ObjectId, chance: random.Random) -> tuple[list[datetime], list[tuple[datetime, int]]]:
    """Returns when orders were placed, and when how much was paid; some payments came to nothing."""
    placed = moments(chance)
    paid = [(moment + timedelta(minutes=chance.randrange(30)), chance.randrange(1, 100_000)) for moment in placed]
    orders = [{"store_id": store_id, "order_no": str(n), "created_at": at} for n, at in enumerate(placed)]
    payments: list[dict[str, Any]] = [
        {**paid_for(store_id, n), "succeeded_at": at, "amount_fen": fen} for n, (at, fen) in enumerate(paid)
    ]
    for payment in payments[::7]:
        payment |= {"status": "closed"}
    database()["orders"].insert_many(orders)
    database()["payments"].insert_many(payments)
    return placed, [pair for n, pair in enumerate(paid) if n % 7]


def paid_for(store_id: ObjectId, number: int) -> dict[str, Any]:
    return {"store_id": store_id, "order_id": ObjectId(), "out_trade_no": str(number), "status": "succeeded"}


@pytest.mark.parametrize("zone", ZONES)
def test_each_day_is_exact_in_the_stores_time_zone(shop: Shop, other_shop: Shop, zone: str) -> None:
    platform, chance = shop.platform(), random.Random(zone)
    data_of(platform.put(f"/api/tenants/{shop.store_id}/settings", {"timeZone": zone}), 200)
    placed, paid = filled(shop.store_id, chance)
    database()["orders"].insert_one({"store_id": other_shop.store_id, "order_no": "x", "created_at": placed[0]})
    orders = Counter(moment.astimezone(ZoneInfo(zone)).date() for moment in placed)
    gmv: Counter[date] = Counter()
    for moment, fen in paid:
        gmv[moment.astimezone(ZoneInfo(zone)).date()] += fen
    asked = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
    days = data_of(platform.get(f"/api/tenants/{shop.store_id}/usage", **asked), 200)["list"]
    expected = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    assert [(day["day"], day["orders"], day["gmv"]) for day in days] == [
        (day.isoformat(), orders[day], gmv[day]) for day in expected
    ]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "9999-12-01", "to": "9999-12-31"}, "from"),
        ({"to": "0001-01-05"}, "to"),
        ({"from": "0001-01-01", "to": "2000-01-01"}, "from"),
        ({"from": "2200-01-01"}, "from"),
    ],
)
def test_days_that_no_store_has(shop: Shop, asked: dict[str, str], field: str) -> None:
    answer = shop.platform().get(f"/api/tenants/{shop.store_id}/usage", **asked)
    assert field in refused(answer, 400)["errors"]


# Names that Python knows, some by the machine's files, and MongoDB does not.
@pytest.mark.parametrize("zone", ["right/Asia/Shanghai", "posix/Asia/Shanghai", "localtime", "posixrules"])
def test_a_time_zone_that_the_database_does_not_know(shop: Shop, zone: str) -> None:
    platform = shop.platform()
    with nothing_changes():
        answer = platform.put(f"/api/tenants/{shop.store_id}/settings", {"timeZone": zone})
        assert list(refused(answer, 400)["errors"]) == ["timeZone"]


def test_calls_are_of_the_day_that_it_is_in_the_store(shop: Shop, clock: MovableClock) -> None:
    Store.collection().update_one({"_id": shop.store_id}, {"$set": {"time_zone": "America/New_York"}})
    store, counting = Store.find_by_id(shop.store_id), CallCounting(clock=clock)
    assert store is not None
    database()["store_days"].delete_many({})
    now = clock.now().astimezone(ZoneInfo("America/New_York"))
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    clock.advance(seconds=(midnight - now).total_seconds() - 1)
    results(at_once([lambda: counting.count(store)] * 7))
    clock.advance(seconds=2)
    results(at_once([lambda: counting.count(store)] * 5))
    counting.flush()
    rows = {row["day"]: row["calls"] for row in database()["store_days"].find({"store_id": shop.store_id})}
    assert rows == {now.date().isoformat(): 7, midnight.date().isoformat(): 5}


def test_calls_are_written_though_no_other_comes(shop: Shop, clock: MovableClock) -> None:
    store, counting = Store.find_by_code("main"), CallCounting(clock=clock)
    assert store is not None
    database()["store_days"].delete_many({})
    for _ in range(3):
        counting.count(store)
    row = eventually(lambda: database()["store_days"].find_one({"store_id": store.id}))
    assert row["calls"] == 3
