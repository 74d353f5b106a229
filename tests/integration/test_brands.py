"""Brands of a store."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.brands import Brand
from src.utils.permissions import Role
from tests.factories.catalogue import brand
from tests.factories.contents import nothing_changes
from tests.factories.races import together
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused

PATH = "/api/merchant/brands"
Json = dict[str, Any]


def test_only_who_may_write_products_changes_brands(shop: Shop) -> None:
    one, clerk = brand(shop, "小满"), shop.staff(Role.CLERK)
    with nothing_changes():
        for person, code in ((clerk, 403), (shop.anonymous, 401)):
            refused(person.post(PATH, {"name": "新"}), code)
            refused(person.put(f"{PATH}/{one['id']}", {"name": "新"}), code)
            refused(person.delete(f"{PATH}/{one['id']}"), code)
    assert data_of(clerk.get(PATH), 200)["list"] == [one]


def test_brands_of_another_store_are_not_there(shop: Shop, other_shop: Shop) -> None:
    foreign, owner = brand(other_shop, "别家"), shop.staff()
    with nothing_changes():
        for brand_id in (foreign["id"], NOBODYS_ID):
            refused(owner.put(f"{PATH}/{brand_id}", {"name": "新"}), 404)
            refused(owner.delete(f"{PATH}/{brand_id}"), 404)
    assert data_of(owner.get(PATH), 200)["list"] == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": "茶" * 51}, "name"),
        ({"name": "茶", "logo": "//evil"}, "logo"),
        ({"name": "茶", "x": 1}, "x"),
    ],
)
def test_a_brand_that_is_refused(shop: Shop, values: Json, field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post(PATH, values), 400)["errors"]) == [field]


def test_a_name_is_taken_once(shop: Shop, other_shop: Shop) -> None:
    brand(shop, "小满")
    brand(other_shop, "小满")
    other = brand(shop, "大雪")
    with nothing_changes():
        refused(shop.staff().post(PATH, {"name": "小满"}), 40920)
        refused(shop.staff().put(f"{PATH}/{other['id']}", {"name": "小满"}), 40920)


def test_of_many_with_one_name_one_is_made(shop: Shop) -> None:
    owner = shop.staff()
    answers = together(*[lambda: owner.post(PATH, {"name": "小满"}).status_code] * 6)
    assert (sorted(map(str, answers)), Brand.objects.count()) == (["201"] + ["409"] * 5, 1)


def test_a_brand_of_products_is_not_deleted(shop: Shop) -> None:
    one, owner = brand(shop, "小满"), shop.staff()
    product = shop.product(brandId=one["id"])
    with nothing_changes():
        assert refused(owner.delete(f"{PATH}/{one['id']}"), 40922) == {"children": 0, "products": 1}
    data_of(owner.delete(f"/api/products/{product['id']}"), 200)
    data_of(owner.delete(f"{PATH}/{one['id']}"), 200)


def test_shoppers_see_the_visible_ones_by_name(shop: Shop) -> None:
    for name, visible in (("乙", True), ("甲", True), ("丙", False)):
        brand(shop, name, visible=visible, logo="/media/a.png")
    shown = data_of(shop.anonymous.get("/api/brands"), 200)["list"]
    assert [(one["name"], one["logo"]) for one in shown] == [("乙", "/media/a.png"), ("甲", "/media/a.png")]


def test_each_write_is_recorded_once(shop: Shop) -> None:
    one, owner = brand(shop, "小满"), shop.staff()
    for _ in range(2):
        data_of(owner.put(f"{PATH}/{one['id']}", {"name": "大雪"}), 200)
    data_of(owner.delete(f"{PATH}/{one['id']}"), 200)
    entries = list(AuditLogEntry.objects(subject_id=one["id"]).order_by("id"))
    assert [entry.action.value for entry in entries] == ["brand.create", "brand.edit", "brand.delete"]
    assert entries[1].changes == [{"field": "name", "before": "小满", "after": "大雪"}]
