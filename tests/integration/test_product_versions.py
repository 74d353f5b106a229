"""Edits of what somebody has read, and of nothing newer."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.models.audit_log import AuditLogEntry
from src.models.products import Product
from tests.factories.contents import nothing_changes
from tests.factories.races import run_before, together
from tests.factories.shop import Shop, data_of, refused

Json = dict[str, Any]


def put(shop: Shop, product: Json, match: str, **values: Any) -> TestResponse:
    headers = {**shop.staff().headers, "If-Match": match}
    return shop.client.put(f"/api/products/{product['id']}", json=values, headers=headers)


def etag(shop: Shop, product: Json) -> str:
    return shop.staff().get(f"/api/merchant/products/{product['id']}").headers["ETag"]


def test_the_etag_is_the_version(shop: Shop) -> None:
    created = shop.staff().post("/api/products", {"name": "茶", "price": 1})
    product = data_of(created, 201)
    assert (created.headers["ETag"], etag(shop, product), product["version"]) == ('"1"', '"1"', 1)
    edited = put(shop, product, '"1"', name="新茶")
    assert (edited.headers["ETag"], data_of(edited, 200)["version"]) == ('"2"', 2)


@pytest.mark.parametrize("match", ['"1"', 'W/"1"', '"3"', '"zzz"', '""', "", '"1", "3"', '"02"'])
def test_a_stale_edit_changes_nothing(shop: Shop, match: str) -> None:
    product = shop.product()
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"name": "新名"}), 200)
    with nothing_changes():
        assert refused(put(shop, product, match, name="旧"), 40919) == {"version": 2}
        headers = {**shop.staff().headers, "If-Match": match}
        refused(shop.client.delete(f"/api/products/{product['id']}", headers=headers), 40919)


@pytest.mark.parametrize("match", ['"1"', 'W/"1"', "*", '"7", "1"'])
def test_an_edit_of_what_was_read_is_made(shop: Shop, match: str) -> None:
    assert data_of(put(shop, shop.product(), match, name="新名"), 200)["name"] == "新名"


def test_of_many_who_have_read_the_same_one_edits(shop: Shop) -> None:
    product = shop.product()
    answers = together(*[lambda n=n: put(shop, product, '"1"', name=f"名{n}").get_json()["code"] for n in range(6)])
    assert sorted(map(str, answers)) == ["0"] + ["40919"] * 5


def test_somebody_is_faster_at_the_last_moment(shop: Shop) -> None:
    product, owner = shop.product(), shop.staff()

    def rival() -> None:
        data_of(owner.put(f"/api/products/{product['id']}", {"price": 5}), 200)

    with run_before(Product, "edited", rival):
        assert refused(put(shop, product, '"1"', name="新名"), 40919) == {"version": 2}


def test_an_edit_that_changes_nothing_is_none(shop: Shop) -> None:
    product = shop.product(name="茶", category="茶饮", tags=["新"], attributes=[{"name": "产地", "value": "福建"}])
    same = {
        name: product[name] for name in ("name", "description", "category", "tags", "attributes", "status", "price")
    }
    with nothing_changes():
        assert data_of(shop.staff().put(f"/api/products/{product['id']}", same), 200) == product


def test_each_write_is_recorded_once(shop: Shop) -> None:
    product = shop.product(name="茶")
    data_of(put(shop, product, '"1"', name="新茶", price=5), 200)
    data_of(shop.staff().delete(f"/api/products/{product['id']}"), 200)
    entries = list(AuditLogEntry.objects(subject_id=product["id"]).order_by("id"))
    assert [entry.action.value for entry in entries] == ["product.create", "product.edit", "product.delete"]
    fields = {change["field"]: (change["before"], change["after"]) for change in entries[1].changes}
    assert fields.pop("name") == ("茶", "新茶")
    ((before, after),) = fields.values()
    assert (before["price"], after["price"]) == (1000, 5)
    assert [change["field"] for change in entries[2].changes] == ["status"]
