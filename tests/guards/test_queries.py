"""Every query of the shop finds its documents through an index, and a request needs few of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ecosystem.bench.profile import Profile, Query, profiling, wasteful
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shop import ADDRESS, Buyer, Person, Shop, data_of
from tests.factories.whole_shop import WholeShop
from tests.guards.crowd import fill


@dataclass
class Crowded:
    """A shop with thousands of products and orders, watched."""

    shop: Shop
    buyer: Buyer
    staff: Person
    profile: Profile

    def queries_of(self, person: Person, path: str, **query: Any) -> list[Query]:
        self.profile.new()
        data_of(person.get(path, **query), 200)
        return self.new_queries()

    def new_queries(self) -> list[Query]:
        """Returns the queries since the last call, but for those of stores: a process knows them for seconds."""
        return [query for query in self.profile.new() if query.collection != "stores"]


@pytest.fixture
def crowded(shop: Shop) -> Iterator[Crowded]:
    buyer, staff = shop.buyer(), shop.staff()
    fill(shop, buyer)
    with profiling() as profile:
        yield Crowded(shop, buyer, staff, profile)


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
        counts.append(len(crowded.new_queries()))
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
