"""Figures of a long past are read through indexes, however much has been sold; so are they added up."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from ecosystem.bench.profile import Query, profiling
from src.models.connection import database
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.sales_history import SalesHistory
from tests.factories.shop import Shop, data_of
from tests.factories.statistics import READS, STATISTICS

ORDERS = 2_000
DAYS = 50
MOST_QUERIES = 18
# A document of a day for each day that is shown, one for each name that is shown, and the open day's orders.
MOST_DOCUMENTS = 150
# The caller, their login and the store, which is read anew every few seconds; and the call is counted now and then.
OF_ANY_CALL = 20
SUMMED = ("orders", "payments", "refunds")


@pytest.fixture
def sold(shop: Shop, clock: MovableClock) -> Shop:
    """A shop that has sold for DAYS days until yesterday."""
    history, now = SalesHistory(shop.store_id, random.Random(1)), clock.now()
    for number in range(ORDERS):
        at = now - timedelta(days=1) - timedelta(days=DAYS) * (number / ORDERS)
        history.place(at)
        if number % 5:
            history.pay(at, now=at)
        if number % 50 == 0:
            history.refund(at, now=at)
    return shop


def test_figures_are_read_through_indexes(sold: Shop, services: Services) -> None:
    staff = sold.staff()
    assert tick(services, "roll_up_figures") >= DAYS - 1
    with profiling() as profile:
        for name, query in READS:
            profile.new()
            data_of(staff.get(f"{STATISTICS}/{name}", **query), 200)
            queries = profile.new()
            assert 1 <= len(queries) <= MOST_QUERIES, name
            assert [str(one) for one in queries if "COLLSCAN" in one.plan or not one.plan] == [], name
            assert sum(one.examined for one in queries) <= MOST_DOCUMENTS, (name, queries)
            assert overread(queries) == [], name


def test_an_overview_reads_two_documents_of_each_day_that_is_over(sold: Shop, services: Services) -> None:
    staff = sold.staff()
    tick(services, "roll_up_figures")
    open_days = database()["orders"].count_documents({"created_at": {"$gte": last_added_up()}})
    with profiling() as profile:
        data_of(staff.get(f"{STATISTICS}/overview"), 200)
        queries = profile.new()
    assert sum(one.examined for one in queries) <= 2 * 30 + OF_ANY_CALL
    assert sum(one.keys for one in queries) <= 2 * 30 + 6 * open_days + OF_ANY_CALL


def test_days_are_added_up_through_indexes(sold: Shop, services: Services) -> None:
    paid = database()["payments"].count_documents({"status": "succeeded"})
    with profiling() as profile:
        days = tick(services, "roll_up_figures")
        queries = profile.new()
    assert [str(one) for one in queries if "COLLSCAN" in one.plan and one.collection != "stores"] == []
    # Each order that was paid is read once, for its lines, together with its payment.
    read = sum(one.examined for one in queries if one.collection in SUMMED)
    assert paid <= read <= 2 * paid + 2 * days


def last_added_up() -> datetime:
    """Returns when the first day begins that is not added up yet, as days are in China."""
    (latest,) = database()["daily_figures"].find().sort("day", -1).limit(1)
    return datetime.fromisoformat(f"{latest['day']}T00:00:00+08:00") + timedelta(days=1)


def overread(queries: list[Query]) -> list[str]:
    """Returns the queries on what is summed that read documents although an index has all they want."""
    return [str(one) for one in queries if one.collection in SUMMED and one.examined > 0 and not _finds(one)]


def _finds(query: Query) -> bool:
    return "find" in query.command
