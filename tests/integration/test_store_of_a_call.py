"""Which store a call is for: the token's, the named one, the host's, or the default one."""

from __future__ import annotations

import pytest

from src.models.stores import Store
from tests.factories.shop import Shop, data_of, refused


@pytest.fixture
def two(shop: Shop, other_shop: Shop) -> tuple[str, str]:
    """The only product of the default store, and the one of the other store."""
    return shop.product()["id"], other_shop.product()["id"]


def listed_ids(shop: Shop, **headers: str) -> list[str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [product["id"] for product in data_of(shop.client.get("/api/products", headers=named), 200)["list"]]


def test_an_anonymous_call_is_for_the_store_it_names(two: tuple[str, str], shop: Shop) -> None:
    assert listed_ids(shop, X_Store="main") == [two[0]]
    assert listed_ids(shop, X_Store="other") == [two[1]]


def test_an_anonymous_call_that_names_nothing_is_for_the_default_store(two: tuple[str, str], shop: Shop) -> None:
    assert listed_ids(shop) == listed_ids(shop, Host="unknown.example") == [two[0]]


def test_an_anonymous_call_is_for_the_store_of_its_host(two: tuple[str, str], shop: Shop) -> None:
    Store.objects(code="other").update(set__hosts=["other.example"])
    for host in ("other.example", "OTHER.example", "other.example:8443"):
        assert listed_ids(shop, Host=host) == [two[1]]
    assert listed_ids(shop, Host="other.example", X_Store="main") == [two[0]]


@pytest.mark.parametrize("code", ["", "nope", "MAIN", "main ", "$ne", "x" * 1_000])
def test_a_store_that_does_not_exist_is_not_found(shop: Shop, code: str) -> None:
    refused(shop.client.get("/api/products", headers={"X-Store": code}), 404)


def test_without_a_default_store_something_must_be_named(shop: Shop) -> None:
    Store.objects.update(set__is_default=False)
    refused(shop.client.get("/api/products", headers={"Host": "never-asked-before.example"}), 404)


def test_a_login_names_its_store_by_its_mini_program(shop: Shop, other_shop: Shop) -> None:
    code = other_shop.login_code(shop.wechat_user())
    refused(shop.anonymous.post("/api/auth/login", {"code": code}), 40102)
