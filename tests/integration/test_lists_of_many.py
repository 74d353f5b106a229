"""Lists of a store in which more products fit each filter than are read."""

from __future__ import annotations

from typing import Any

import pytest

from src.models import compared_lists, indexed_parts, product_facets, relevance
from tests.factories.shop import Shop, data_of

SPEC = {"spec": "颜色:红"}


@pytest.fixture
def many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Eight products are many here; the fifth is the only blue one."""
    for number in range(1, 9):
        sku = {"specs": {"颜色": "蓝" if number == 5 else "红"}, "price": 1_000 - number, "stock": 1}
        shop.product(name=f"乌龙{number}", description="清香乌龙", tags=["新品"], skus=[sku])
    for module in (indexed_parts, compared_lists, product_facets):
        monkeypatch.setattr(module, "MOST_READ", 4)
    monkeypatch.setattr(relevance, "MOST_COMPARED", 4)
    return shop


def listed(shop: Shop, **query: Any) -> tuple[str, int, str | None]:
    page = data_of(shop.anonymous.get("/api/products", **query), 200)
    names = "".join(product["name"].removeprefix("乌龙") for product in page["list"])
    return names, page["pagination"]["total"], page["pagination"]["nextCursor"]


@pytest.mark.parametrize(
    ("sort", "first", "second"), [("newest", "87", "64"), ("price", "87", "64"), ("-price", "12", "34")]
)
def test_a_walk_ends_and_its_cursors_lead_on(many: Shop, sort: str, first: str, second: str) -> None:
    query = {"keyword": "乌龙", "sort": sort, "size": 2, **SPEC}
    names, total, cursor = listed(many, **query)
    assert (names, total >= 3) == (first, True)
    names, _, cursor = listed(many, cursor=cursor, **query)
    assert (names, cursor is not None) == (second, True)


def test_a_page_beyond_the_walk_is_empty(many: Shop) -> None:
    query = {"keyword": "乌龙", "sort": "newest", "size": 2, **SPEC}
    assert listed(many, page=4, **query)[0] == ""


def test_what_is_rare_is_found_among_the_many(many: Shop) -> None:
    for sort in ("relevance", "newest", "sales", "price"):
        assert listed(many, keyword="乌龙", tag="新品", sort=sort, spec="颜色:蓝") == ("5", 1, None)


def test_by_relevance_the_first_ones_are_compared(many: Shop) -> None:
    names, total, cursor = listed(many, keyword="乌龙", **SPEC)
    assert (set(names) <= set("1234678"), len(names) == total >= 3, cursor) == (True, True, None)


def test_a_keyword_that_many_fit_is_counted_by_its_entries(many: Shop) -> None:
    names, total, cursor = listed(many, keyword="龙", sort="newest", size=3)
    assert (names, total) == ("876", 8)
    assert listed(many, keyword="龙", sort="newest", size=3, cursor=cursor)[0] == "543"


def test_facets_say_that_there_are_more(many: Shop) -> None:
    facets = data_of(many.anonymous.get("/api/products/facets", keyword="龙", **SPEC), 200)
    assert (facets["isComplete"], facets["counted"] <= 4) == (False, True)
    facets = data_of(many.anonymous.get("/api/products/facets", spec="颜色:蓝"), 200)
    assert (facets["isComplete"], facets["counted"], facets["specs"]) == (
        True,
        1,
        [{"name": "颜色", "values": [{"name": "蓝", "count": 1}]}],
    )
