"""Every query of the shop finds its documents through an index, and a request needs few of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shop import ADDRESS, Buyer, Person, Shop, data_of
from tests.factories.whole_shop import WholeShop
from tests.guards.crowd import fill
from tests.guards.profile import Profile, Query, profiling

# Documents read for each one returned. More than one only where a filter or a sort is not in the index that was
# chosen: a keyword with a sort, a price range with the newest first.
EXAMINED_PER_RETURNED = 10
MOST_QUERIES_OF_A_READ = 6
# Its rarest part, the order of its matches, and those that are no names.
MORE_OF_A_SEARCH = 3

PRODUCT_LISTS: list[dict[str, Any]] = [
    {},
    {"page": 100},
    {"sort": "sales"},
    {"sort": "price"},
    {"sort": "-price"},
    {"category": "分类0"},
    {"category": "分类0", "sort": "price"},
    {"keyword": "茶"},
    {"keyword": "乌龙"},
    {"keyword": "乌龙", "sort": "sales"},
    {"keyword": "高山乌", "inStock": "true"},
    {"minPrice": 500, "maxPrice": 580, "inStock": "true"},
]


STORE_ORDERS: list[dict[str, Any]] = [
    {"phone": "8000"},
    {"phone": "13800138000", "status": "paid"},
    {"receiver": "林", "page": 4},
    {"productName": "龙井"},
    {"productName": "乌龙", "status": "shipped"},
    {"amount": 1000},
]


@dataclass
class Crowded:
    """A shop with thousands of products and orders, watched."""

    shop: Shop
    buyer: Buyer
    staff: Person
    profile: Profile

    def reads(self) -> Iterator[tuple[Person, str, dict[str, Any]]]:
        for query in PRODUCT_LISTS:
            yield self.shop.anonymous, "/api/products", query
            yield self.staff, "/api/merchant/products", query
        for person, path in ((self.buyer, "/api/orders"), (self.staff, "/api/merchant/orders")):
            for query in ({}, {"status": "paid"}, {"page": 4}):
                yield person, path, query
        day = data_of(self.staff.get("/api/merchant/orders"), 200)["list"][0]["orderNo"][:8]
        for query in (*STORE_ORDERS, {"orderNo": day}, {"orderNo": day, "status": "completed"}):
            yield self.staff, "/api/merchant/orders", query
        for query in ({}, {"low": "true"}, {"page": 10}, {"low": "true", "keyword": "乌龙"}):
            yield self.staff, "/api/merchant/stock", query
        product = data_of(self.shop.anonymous.get("/api/products"), 200)["list"][0]["id"]
        yield self.shop.anonymous, f"/api/products/{product}", {}
        yield self.staff, f"/api/merchant/products/{product}", {}

    def queries_of(self, person: Person, path: str, **query: Any) -> list[Query]:
        self.profile.new()
        data_of(person.get(path, **query), 200)
        return self.profile.new()


@pytest.fixture
def crowded(shop: Shop) -> Iterator[Crowded]:
    buyer, staff = shop.buyer(), shop.staff()
    fill(shop, buyer)
    with profiling() as profile:
        yield Crowded(shop, buyer, staff, profile)


def test_each_read_takes_few_queries_that_read_little(crowded: Crowded) -> None:
    for person, path, query in crowded.reads():
        queries = crowded.queries_of(person, path, **query)
        most = MOST_QUERIES_OF_A_READ + MORE_OF_A_SEARCH * ("keyword" in query)
        assert 1 <= len(queries) <= most, (path, query)
        assert wasteful(queries) == [], (path, query)


@pytest.mark.parametrize("path", ["/api/products", "/api/merchant/products", "/api/orders", "/api/merchant/orders"])
def test_a_long_list_takes_as_many_queries_as_a_short_one(crowded: Crowded, path: str) -> None:
    person = crowded.staff if "merchant" in path else crowded.buyer
    short, long = (crowded.queries_of(person, path, size=size) for size in (1, 50))
    assert len(short) == len(long)


def test_one_more_line_of_an_order_is_one_more_reservation(crowded: Crowded) -> None:
    skus = [crowded.shop.sku() for _ in range(3)]
    counts = []
    for lines in (1, 2, 3):
        body = {"items": [{**sku, "quantity": 1} for sku in skus[:lines]], "address": ADDRESS}
        crowded.profile.new()
        data_of(crowded.buyer.post("/api/orders", body, Idempotency_Key=f"lines-{lines}"), 201)
        counts.append(len(crowded.profile.new()))
    assert counts == [8, 9, 10]


def test_the_whole_shop_uses_indexes(crowded: Crowded) -> None:
    whole = WholeShop.open(crowded.shop)
    data_of(crowded.shop.client.get("/api/products"), 200)  # the store by host name, then the default one
    whole.walk()
    queries = crowded.profile.new()
    assert len(queries) > 150
    assert wasteful(queries) == []


def test_expiry_reads_only_what_is_due(crowded: Crowded, services: Services, clock: MovableClock) -> None:
    due = [crowded.buyer.placed((crowded.shop.sku(), 1)) for _ in range(3)]
    clock.advance(minutes=31)
    crowded.profile.new()
    with crowded.shop.app.app_context():
        report = services.closing.expire_due(limit=1_000)
    # The crowd's pattern is an order too.
    assert (report.cancelled, report.paid, report.failed) == (len(due) + 1, 0, 0)
    assert wasteful(crowded.profile.new()) == []


def wasteful(queries: list[Query]) -> list[str]:
    """Returns the queries that scan a collection or read far more documents than they return."""
    return [
        str(query)
        for query in queries
        if "COLLSCAN" in query.plan
        or not query.plan
        or query.examined > EXAMINED_PER_RETURNED * (10 if query.counts else max(query.returned, 1))
    ]
