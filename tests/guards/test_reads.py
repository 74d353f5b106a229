"""Whatever a shop has, each read of the API finds it through an index, and examines little more than it answers."""

from __future__ import annotations

from collections import defaultdict

from bson import ObjectId
from flask import Flask

from ecosystem.bench.profile import FEW, Profile, wasteful
from ecosystem.bench.reads import Read, all_reads, known_rules
from src.middleware.policies import Audience
from tests.factories.routes import Route, all_routes
from tests.factories.shop import Person
from tests.guards.conftest import OldShop

ROUTES: dict[str, Route] = {
    route.rule: route
    for route in all_routes()
    if route.method == "GET" and route.policy.audience is not Audience.SYSTEM
}
# Who asks, for which store, what is asked for, and what belongs to it.
MOST_QUERIES = 7
# The category by its name; of a search each way in which each of its words is found, see test_search_queries.
MORE = {"category": 1, "keyword": 13, "productName": 13, "q": 13}
# Some for each of the sums, or for each status.
MOST_OF_FIGURES = 20
FIGURES = ("/api/merchant/statistics/", "/api/tenants/<id:tenant_id>/usage")


def test_every_read_is_known(app: Flask) -> None:
    assert known_rules() == ROUTES.keys()


def test_every_read_uses_indexes_and_examines_little(old_shop: OldShop, profile: Profile) -> None:
    shop, buyer = old_shop.shop, old_shop.buyer
    people: dict[Audience, Person] = defaultdict(shop.staff)
    people |= {Audience.PUBLIC: buyer, Audience.SHOPPER: buyer, Audience.PLATFORM: shop.platform()}
    reads = list(all_reads(shop.store_id, ObjectId(buyer.id)))
    assert {read.rule for read in reads} == ROUTES.keys()
    for read in reads:
        assert_frugal(profile, people[ROUTES[read.rule].policy.audience], read)


def assert_frugal(profile: Profile, person: Person, read: Read) -> None:
    profile.new()
    answer = person.get(read.path, **read.query)
    assert answer.status_code == 200, (read, answer.get_data(as_text=True))
    queries = [query for query in profile.new() if query.collection not in FEW]
    assert wasteful(queries) == [], read
    assert len(queries) <= most_queries(read), (read, len(queries))


def most_queries(read: Read) -> int:
    if read.rule.startswith(FIGURES):
        return MOST_OF_FIGURES
    return MOST_QUERIES + sum(more * len(read.query[name].split()) for name, more in MORE.items() if name in read.query)
