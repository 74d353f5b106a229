"""Every search finds its products through an index, and reads little, however many would fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as every
from typing import Any

import pytest
from bson import ObjectId

from ecosystem.bench.profile import Profile, Query, profiling
from src.models.connection import database
from src.models.indexed_parts import MOST_READ
from src.models.products import Product
from src.models.relevance import MOST_COMPARED, MOST_RELEVANT
from tests.factories.shop import Buyer, Person, Shop, data_of
from tests.guards.crowd import fill

# Documents read for each one returned. A search reads each group of matches (that name, a beginning, a part, pinyin,
# labels, descriptions) as far as the page reaches, and then the page itself.
EXAMINED_PER_RETURNED = 10
# So many in all it may examine whatever it returns: few enough to be compared one by one.
EXAMINED_AT_ANY_RATE = 200
# Login, store, stock and history; the rarest part of the keyword; each way to be found is counted and each group of
# matches is read by the index that is named for it; the products.
MOST_QUERIES = 24
BRAND, CATEGORY = ObjectId(), ObjectId()

SEARCHES: list[dict[str, Any]] = [
    {"keyword": "茶"},
    {"keyword": "龙"},
    {"keyword": "龙井"},
    {"keyword": "高山乌龙"},
    {"keyword": "高山乌龙茶"},
    {"keyword": "龙井绿茶"},
    {"keyword": "没有这种东西"},
    {"keyword": "龙井", "size": 50},
    {"keyword": "龙井", "page": 20},
    {"keyword": "乌龙", "sort": "price"},
    {"keyword": "wulong"},
    {"keyword": "gswl"},
    {"keyword": "分类7"},
    {"keyword": "清香"},
    {"category": str(CATEGORY)},
    {"brand": str(BRAND)},
    {"tag": "新品", "sort": "sales"},
    {"spec": "规格:大"},
]


@pytest.fixture
def crowd(shop: Shop) -> tuple[Shop, Buyer]:
    buyer = shop.buyer()
    fill(shop, buyer)
    for remainder, fields in enumerate(
        [
            {"brand_id": BRAND},
            {"category_path": [CATEGORY]},
            {"tags": ["新品"]},
            {"description_tokens": ["清香"], "search_description": "清香"},
        ]
    ):
        Product.collection().update_many({"sales": {"$mod": [20, remainder]}}, {"$set": fields})
    Product.collection().update_many({"price": {"$mod": [40, 0]}}, {"$push": {"search_tokens": ": 规格\t大"}})
    return shop, buyer


@pytest.fixture
def crowded(crowd: tuple[Shop, Buyer]) -> Iterator[tuple[Shop, Buyer, Profile]]:
    with profiling() as profile:
        yield *crowd, profile


def queries_of(profile: Profile, person: Person, path: str, **query: Any) -> list[Query]:
    profile.new()
    data_of(person.get(path, **query), 200)
    return profile.new()


def wasteful(queries: list[Query]) -> list[str]:
    """Returns the queries that scan a collection, or read many documents for each one returned or counted."""
    return [str(query) for query in queries if "COLLSCAN" in query.plan or query.examined > _most_examined(query)]


def _most_examined(query: Query) -> int:
    if any(stage.get("$group", {}).get("_id") == 1 for stage in query.command.get("pipeline", [])):
        return 2 * MOST_RELEVANT  # what is common is counted by whatever index finds it first
    return max(EXAMINED_PER_RETURNED * query.returned, EXAMINED_AT_ANY_RATE)


def test_searches_read_little(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, buyer, profile = crowded
    for person in (buyer, shop.anonymous):
        for query in SEARCHES:
            queries = queries_of(profile, person, "/api/products", **query)
            assert len(queries) <= MOST_QUERIES, query
            assert wasteful(queries) == [], query


# Common and rare ones, in an order in which the common come first: nothing that MongoDB remembers of them may decide
# how the rare are read.
KEYWORDS = (None, "茶", "龙井绿茶", "cha", "高山", "gsw", "高山 分类0", "没有")
FILTERS: list[dict[str, Any]] = [
    {"minPrice": 100},
    {"spec": "规格:全"},
    {"inStock": "true"},
    {"inStock": "false"},
    {"category": str(CATEGORY)},
    {"brand": str(BRAND), "tag": "新品"},
    {"tag": "新品"},
    {"minPrice": 400, "maxPrice": 430},
    {"spec": "规格:大"},
    {"spec": "规格:全;颜色:无", "inStock": "true"},
]
SORTS = ("relevance", "sales")
# How often a document of the rarest part may be read: for three groups by name, one by label, and the page.
MOST_READINGS = 5


@pytest.mark.parametrize("is_mostly_sold_out", [False, True])
def test_of_a_keyword_and_filters_the_rarest_decides_what_is_read(
    crowd: tuple[Shop, Buyer], is_mostly_sold_out: bool
) -> None:
    shop, _ = crowd
    few = {"sales": {"$mod": [20, 7]}}
    Product.collection().update_many({}, {"$push": {"search_tokens": ": 规格\t全"}})
    Product.collection().update_many({}, {"$set": {"in_stock": not is_mostly_sold_out}})
    Product.collection().update_many(few, {"$set": {"in_stock": is_mostly_sold_out}})
    totals = totals_of(shop)
    for keyword in KEYWORDS:
        word = {"keyword": keyword} if keyword else {}
        with profiling() as profile:
            for narrowed, sort in every(FILTERS, SORTS if word else ("newest", "sales")):
                rarest = min(totals[name, value] for name, value in {**word, **narrowed}.items())
                queries = queries_of(profile, shop.anonymous, "/api/products", **word, **narrowed, sort=sort)
                assert all("COLLSCAN" not in query.plan for query in queries), (word, narrowed, sort)
                examined = sum(query.examined for query in queries)
                assert examined <= MOST_READINGS * rarest + EXAMINED_AT_ANY_RATE, (word, narrowed, sort, queries)


def totals_of(shop: Shop) -> dict[tuple[str, Any], int]:
    """Returns how many products fit what is asked for. The shop has fewer than are read of any filter."""
    asked = [{"keyword": keyword} for keyword in KEYWORDS if keyword] + FILTERS
    parts = {(name, value) for query in asked for name, value in query.items()}
    pages = {part: data_of(shop.anonymous.get("/api/products", sort="newest", **dict([part])), 200) for part in parts}
    totals = {part: page["pagination"]["total"] for part, page in pages.items()}
    assert max(totals.values()) < MOST_READ
    return totals


def test_a_long_keyword_reads_what_has_its_rarest_part(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, _, profile = crowded
    rarest = Product.collection().count_documents({"search_tokens": "高山"})
    queries = queries_of(profile, shop.anonymous, "/api/products", keyword="高山乌龙茶 4")
    # Once for each group by name, and once to count.
    assert sum(query.examined for query in queries) <= 3 * rarest + EXAMINED_PER_RETURNED * 10


def test_of_what_fits_in_pinyin_a_bounded_number_is_compared(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, _, profile = crowded
    for typed in ("ch", "lj", "longjing", "fenlei"):
        queries = queries_of(profile, shop.anonymous, "/api/products", keyword=typed)
        assert sum(query.examined for query in queries) < MOST_COMPARED + EXAMINED_PER_RETURNED * 10 + 1_000


def test_going_on_deep_in_a_list_costs_what_its_beginning_does(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, _, profile = crowded
    Product.collection().update_many({}, {"$set": {"sales": 0}})  # all are equal
    for query in ({"sort": "sales"}, {"sort": "price"}, {}, {"category": "分类0"}):
        cursor = data_of(shop.anonymous.get("/api/products", size=10, **query), 200)["pagination"]["nextCursor"]
        for _ in range(3):
            page = data_of(shop.anonymous.get("/api/products", size=10, cursor=cursor, **query), 200)
            cursor = page["pagination"]["nextCursor"]
        queries = queries_of(profile, shop.anonymous, "/api/products", size=10, cursor=cursor, **query)
        assert wasteful(queries) == [], query


def test_completions_facets_hot_words_and_histories_use_indexes(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, buyer, profile = crowded
    for path, query in (
        ("/api/search/suggest", {"q": "乌"}),
        ("/api/search/suggest", {"q": "wul"}),
        ("/api/search/hot", {}),
        ("/api/search/history", {}),
        ("/api/products/facets", {"keyword": "乌龙"}),
        ("/api/products/facets", {"category": "分类0"}),
    ):
        queries = queries_of(profile, buyer, path, **query)
        assert all("COLLSCAN" not in found.plan for found in queries), path
        assert sum(found.examined for found in queries) <= 60 * EXAMINED_PER_RETURNED, (path, query)
    assert database()["search_histories"].count_documents({}) == 0
