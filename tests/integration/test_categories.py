"""The tree of categories, as staff make it and shoppers see it."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.audit_log import AuditLogEntry
from src.models.categories import MAX_CATEGORIES, Category
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.catalogue import ancestors_by_name, category, edited_category, named, shown_tree
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import together
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused

PATH = "/api/merchant/categories"
Json = dict[str, Any]


@pytest.fixture
def tree(shop: Shop) -> dict[str, Json]:
    """茶 > 乌龙 > 岩茶 > 大红袍, and 茶具."""
    made: dict[str, Json] = {}
    for name, parent in (("茶", None), ("乌龙", "茶"), ("岩茶", "乌龙"), ("大红袍", "岩茶"), ("茶具", None)):
        made[name] = category(shop, name, made[parent] if parent else None)
    return made


def put(shop: Shop, one: Json, **values: Any) -> Any:
    return shop.staff().put(f"{PATH}/{one['id']}", values)


def test_only_who_may_write_products_changes_categories(shop: Shop, tree: dict[str, Json]) -> None:
    path, clerk = f"{PATH}/{tree['茶具']['id']}", shop.staff(Role.CLERK)
    with nothing_changes():
        for person, code in ((clerk, 403), (shop.anonymous, 401)):
            refused(person.post(PATH, {"name": "新"}), code)
            refused(person.put(path, {"name": "新"}), code)
            refused(person.delete(path), code)
    assert data_of(clerk.get(PATH), 200)["list"]


def test_categories_of_another_store_are_not_there(shop: Shop, other_shop: Shop) -> None:
    foreign, own = category(other_shop, "别家"), category(shop, "自家")
    with nothing_changes():
        refused(put(shop, foreign, name="新"), 404)
        refused(put(shop, own, parentId=foreign["id"]), 404)
        refused(shop.staff().delete(f"{PATH}/{foreign['id']}"), 404)
        refused(shop.staff().post(PATH, {"name": "新", "parentId": foreign["id"]}), 404)
        refused(shop.staff().post("/api/products", {"name": "茶", "price": 1, "categoryId": foreign["id"]}), 404)
        refused(put(shop, {"id": NOBODYS_ID}, name="新"), 404)
    assert shown_tree(shop) == [["自家", []]]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "茶" * 51}, "name"),
        ({"name": "茶", "position": -1}, "position"),
        ({"name": "茶", "visible": "yes"}, "visible"),
        ({"name": "茶", "icon": "javascript:alert(1)"}, "icon"),
        ({"name": "茶", "parentId": "zzz"}, "parentId"),
        ({"name": "茶", "ancestors": []}, "ancestors"),
    ],
)
def test_a_new_category_that_is_refused(shop: Shop, values: Json, field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post(PATH, values), 400)["errors"]) == [field]


def test_an_edit_of_nothing_is_refused(shop: Shop, tree: dict[str, Json]) -> None:
    with nothing_changes():
        refused(put(shop, tree["茶"]), 400)


def test_there_are_four_levels(shop: Shop, tree: dict[str, Json]) -> None:
    with nothing_changes():
        below = {"name": "更深", "parentId": tree["大红袍"]["id"]}
        assert refused(shop.staff().post(PATH, below), 40921) == {"reason": "too_deep"}
        # Two levels of its own below three others.
        assert refused(put(shop, tree["茶"], parentId=tree["茶具"]["id"]), 40921) == {"reason": "too_deep"}


def test_a_category_is_never_below_itself(shop: Shop, tree: dict[str, Json]) -> None:
    with nothing_changes():
        for below in ("茶", "乌龙", "大红袍"):
            assert refused(put(shop, tree["茶"], parentId=tree[below]["id"]), 40921) == {"reason": "cycle"}


def test_names_are_unique_below_one_parent(shop: Shop, tree: dict[str, Json]) -> None:
    category(shop, "岩茶", tree["茶具"])
    with nothing_changes():
        refused(shop.staff().post(PATH, {"name": "茶"}), 40920)
        refused(shop.staff().post(PATH, {"name": "乌龙", "parentId": tree["茶"]["id"]}), 40920)
        refused(put(shop, tree["茶具"], name="茶"), 40920)
        refused(put(shop, tree["岩茶"], parentId=tree["茶具"]["id"]), 40920)


def test_a_store_has_a_thousand(shop: Shop) -> None:
    first = category(shop, "零")
    stored = Category.collection().find_one({"_id": ObjectId(first["id"])})
    assert stored is not None
    more = [{**stored, "_id": ObjectId(), "name": str(number)} for number in range(MAX_CATEGORIES - 1)]
    Category.collection().insert_many(more)
    with nothing_changes():
        assert refused(shop.staff().post(PATH, {"name": "多"}), 40921) == {"reason": "too_many"}
        refused(shop.staff().post("/api/products", {"name": "茶", "price": 1, "category": "多"}), 40921)


def test_what_is_used_is_not_deleted(shop: Shop, tree: dict[str, Json]) -> None:
    products = [
        shop.product(categoryId=tree["大红袍"]["id"]),
        shop.product(categoryId=tree["茶具"]["id"], status="draft"),
    ]
    owner = shop.staff()
    with nothing_changes():
        refusals = [refused(owner.delete(f"{PATH}/{tree[name]['id']}"), 40922) for name in ("岩茶", "大红袍", "茶具")]
    assert refusals == [{"children": 1, "products": 1}, {"children": 0, "products": 1}, {"children": 0, "products": 1}]
    data_of(owner.delete(f"/api/products/{products[1]['id']}"), 200)
    data_of(owner.delete(f"{PATH}/{tree['茶具']['id']}"), 200)
    assert "茶具" not in ancestors_by_name()


def test_the_tree_is_nested_in_the_merchants_order(shop: Shop) -> None:
    tea = category(shop, "茶", position=2)
    category(shop, "器", position=1)
    for name, position in (("红", 5), ("绿", 3), ("白", 5)):
        category(shop, name, tea, position=position)
    assert shown_tree(shop) == [["器", []], ["茶", [["绿", []], ["红", []], ["白", []]]]]


def test_shoppers_see_nothing_below_what_is_hidden(shop: Shop, tree: dict[str, Json]) -> None:
    edited_category(shop, tree["乌龙"], visible=False)
    assert shown_tree(shop) == [["茶", []], ["茶具", []]]
    everything = data_of(shop.staff().get(PATH), 200)["list"]
    assert named(everything) == [["茶", [["乌龙", [["岩茶", [["大红袍", []]]]]]]], ["茶具", []]]
    assert everything[0]["children"][0]["visible"] is False


def test_a_known_tree_is_not_sent_again(shop: Shop, tree: dict[str, Json]) -> None:
    first = shop.anonymous.get("/api/categories")
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = shop.client.get("/api/categories", headers={"If-None-Match": known})
        assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", etag)
    edited_category(shop, tree["茶具"], icon="/media/new.png")
    changed = shop.client.get("/api/categories", headers={"If-None-Match": etag})
    assert data_of(changed, 200)["list"][1]["icon"] == "/media/new.png"
    assert changed.headers["ETag"] != etag


def test_another_process_sees_a_change_within_five_seconds(shop: Shop, clock: MovableClock) -> None:
    one = category(shop, "茶")
    assert shown_tree(shop) == [["茶", []]]
    Category.collection().update_one({"_id": ObjectId(one["id"])}, {"$set": {"name": "新茶"}})
    clock.advance(seconds=4)
    assert shown_tree(shop) == [["茶", []]]
    clock.advance(seconds=2)
    assert shown_tree(shop) == [["新茶", []]]


def test_a_move_takes_along_what_is_below(shop: Shop, tree: dict[str, Json]) -> None:
    moved = edited_category(shop, tree["岩茶"], parentId=tree["茶具"]["id"])
    assert moved["parentId"] == tree["茶具"]["id"]
    assert ancestors_by_name() == {
        "茶": [],
        "乌龙": ["茶"],
        "茶具": [],
        "岩茶": ["茶具"],
        "大红袍": ["茶具", "岩茶"],
    }
    edited_category(shop, tree["岩茶"], parentId=None)
    assert (ancestors_by_name()["岩茶"], ancestors_by_name()["大红袍"]) == ([], ["岩茶"])


def test_two_moves_never_make_a_ring(shop: Shop) -> None:
    for number in range(5):
        one, two = category(shop, f"甲{number}"), category(shop, f"乙{number}")
        answers = together(
            lambda one=one, two=two: put(shop, one, parentId=two["id"]).status_code,
            lambda one=one, two=two: put(shop, two, parentId=one["id"]).status_code,
        )
        assert sorted(answers) == [200, 409]
        above = ancestors_by_name()
        assert sorted([above[one["name"]], above[two["name"]]]) in ([[], [one["name"]]], [[], [two["name"]]])


def test_of_two_with_one_name_one_is_made(shop: Shop, services: Services) -> None:
    owner = shop.staff()
    answers = together(*[lambda: owner.post(PATH, {"name": "茶"}).status_code] * 6)
    assert sorted(answers) == [201] + [409] * 5
    assert Category.objects.count() == 1


def test_each_write_is_recorded_once(shop: Shop, tree: dict[str, Json]) -> None:
    AuditLogEntry.objects.delete()
    one = category(shop, "新", tree["茶"])
    edited_category(shop, one, name="更新", visible=True)
    edited_category(shop, one, name="更新")
    data_of(shop.staff().delete(f"{PATH}/{one['id']}"), 200)
    entries = list(AuditLogEntry.objects.order_by("id"))
    assert [entry.action.value for entry in entries] == ["category.create", "category.edit", "category.delete"]
    assert {str(entry.subject_id) for entry in entries} == {one["id"]}
    assert entries[1].changes == [{"field": "name", "before": "新", "after": "更新"}]
