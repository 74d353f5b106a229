"""Completions, hot words and histories."""

from __future__ import annotations

from typing import Any

import pytest

from src.models import search_histories
from src.models.connection import database
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Buyer, Person, Shop, data_of, refused


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, histories are written."""
    monkeypatch.setattr(search_histories, "PATIENCE_S", 10)


def search(person: Person, keyword: str, **query: Any) -> None:
    data_of(person.get("/api/products", keyword=keyword, **query), 200)


def history(buyer: Buyer) -> list[str]:
    return [entry["keyword"] for entry in data_of(buyer.get("/api/search/history"), 200)["list"]]


def hot(shop: Shop) -> list[str]:
    words: list[str] = data_of(shop.anonymous.get("/api/search/hot"), 200)["list"]
    return words


def suggested(shop: Shop, typed: str) -> list[str]:
    names: list[str] = data_of(shop.anonymous.get("/api/search/suggest", q=typed), 200)["list"]
    return names


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": " "}, {"q": "茶" * 51}, {"q": "a\x00"}, {"q": "茶", "x": "1"}])
def test_completions_need_something_typed(shop: Shop, query: dict[str, str]) -> None:
    assert len(refused(shop.anonymous.get("/api/search/suggest", **query), 400)["errors"]) == 1


def test_histories_are_for_shoppers(shop: Shop) -> None:
    search(shop.buyer(), "乌龙")
    staff = shop.staff()
    with nothing_changes():
        for person in (shop.anonymous, staff):
            refused(person.get("/api/search/history"), 401)
            refused(person.delete("/api/search/history"), 401)


def test_completions_are_names_on_sale_each_once(shop: Shop, other_shop: Shop) -> None:
    for name in ("高山乌龙茶", "乌龙茶", "乌龙茶", "乌龙茶叶蛋", "龙井"):
        shop.product(name=name)
    shop.product(name="旧款乌龙", status="off_sale")
    other_shop.product(name="别家乌龙")
    assert suggested(shop, "乌龙") == suggested(shop, " 乌 龙 ") == ["乌龙茶叶蛋", "乌龙茶", "高山乌龙茶"]
    assert set(suggested(shop, "wul")) == set(suggested(shop, "WL")) == {"乌龙茶叶蛋", "乌龙茶", "高山乌龙茶"}
    assert suggested(shop, "longj") == ["龙井"]
    assert (suggested(shop, "咖啡"), suggested(shop, ".*"), suggested(shop, "w")) == ([], [], [])


def test_there_are_ten_completions_at_most(shop: Shop) -> None:
    for number in range(12):
        shop.product(name=f"茶{number}")
    assert len(suggested(shop, "茶")) == 10


def test_descriptions_and_categories_complete_nothing(shop: Shop) -> None:
    shop.product(name="杯", category="茶具", description="乌龙")
    assert suggested(shop, "茶具") == suggested(shop, "乌龙") == []


def test_a_history_has_each_keyword_once_the_newest_first(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    for keyword in ("乌龙", "ＴＥＡ", "$where", "tea", "乌 龙"):
        search(buyer, keyword)
        clock.advance(seconds=1)
    assert history(buyer) == ["乌 龙", "tea", "$where"]
    entry = data_of(buyer.get("/api/search/history"), 200)["list"][0]
    assert set(entry) == {"keyword", "searchedAt"}


def test_a_history_has_twenty_keywords_at_most(shop: Shop) -> None:
    buyer = shop.buyer()
    for number in range(22):
        search(buyer, f"茶{number}")
    assert history(buyer) == [f"茶{number}" for number in range(21, 1, -1)]


def test_only_shoppers_who_search_have_a_history(shop: Shop, other_shop: Shop) -> None:
    buyer, another, foreign = shop.buyer(), shop.buyer(), other_shop.buyer()
    data_of(buyer.get("/api/products"), 200)
    search(shop.anonymous, "乌龙")
    search(shop.staff(), "乌龙")
    assert database()["search_histories"].count_documents({}) == 0
    search(another, "茶杯")
    assert (history(buyer), history(another), history(foreign)) == ([], ["茶杯"], [])


def test_going_on_in_a_list_is_no_new_search(shop: Shop) -> None:
    buyer = shop.buyer()
    for name in ("乌龙甲", "乌龙乙"):
        shop.product(name=name)
    page = data_of(buyer.get("/api/products", keyword="乌龙", size=1), 200)
    data_of(buyer.delete("/api/search/history"), 200)
    search(buyer, "乌龙", size=1, cursor=page["pagination"]["nextCursor"])
    search(buyer, "乌龙", size=1, page=2)
    assert history(buyer) == []


def test_a_history_is_deleted_whole_and_for_its_shopper_only(shop: Shop) -> None:
    buyer, another = shop.buyer(), shop.buyer()
    for person in (buyer, another):
        search(person, "乌龙")
    for _ in range(2):
        data_of(buyer.delete("/api/search/history"), 200)
    assert (history(buyer), history(another)) == ([], ["乌龙"])


def test_racing_searches_of_one_shopper_are_all_remembered(shop: Shop) -> None:
    buyer = shop.buyer()
    keywords = [f"茶{number}" for number in range(8)]
    results(at_once([lambda keyword=keyword: search(buyer, keyword) for keyword in keywords]))
    assert sorted(history(buyer)) == keywords


def test_hot_words_are_counted_by_shoppers_not_by_searches(shop: Shop, other_shop: Shop) -> None:
    for name in ("乌龙茶", "龙井", "茶杯"):
        shop.product(name=name)
    buyers = [shop.buyer() for _ in range(4)]
    for _ in range(30):
        search(shop.anonymous, "茶杯")
    for _ in range(9):
        search(buyers[0], "茶杯")
    search(buyers[1], "茶杯")
    for buyer in buyers[:3]:
        search(buyer, "没有的")
        search(buyer, "龙井")
    for buyer in buyers:
        search(buyer, "乌龙")
    assert (hot(shop), hot(other_shop)) == (["乌龙", "龙井"], [])


def test_hot_words_go_after_a_week_and_with_the_histories(shop: Shop, clock: MovableClock) -> None:
    shop.product(name="乌龙茶")
    buyers = [shop.buyer() for _ in range(3)]
    for buyer in buyers:
        search(buyer, "乌龙")
    assert hot(shop) == ["乌龙"]
    data_of(buyers[0].delete("/api/search/history"), 200)
    clock.advance(minutes=5, seconds=1)
    assert hot(shop) == []
    search(buyers[0], "乌龙")
    clock.advance(minutes=5, seconds=1)
    assert hot(shop) == ["乌龙"]
    clock.advance(days=7)
    assert hot(shop) == []
