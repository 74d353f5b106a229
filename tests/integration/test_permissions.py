"""Who may call which route, for every route of the URL map and everybody there is."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.controllers.openapi import CamelCasePaths
from src.middleware.policies import Audience
from src.models.staff import Staff
from src.services.staff.api_keys import SCOPES
from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID, Route, all_routes, body_of
from tests.factories.shop import Person, Shop, data_of, refused
from tests.factories.staff import program
from tests.factories.staff_routes import EXPECTED, FURTHER_SCOPES, SCOPES_BY_HAND

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
ROUTES = all_routes()


def for_audience(*audiences: Audience) -> list[Route]:
    return [route for route in ROUTES if route.policy.audience in audiences]


OF_STAFF, OF_SHOPPERS = for_audience(Audience.STAFF), for_audience(Audience.SHOPPER)
# Those that shoppers may call as well are behind the rest, and what ends the login is last of all.
GUARDED = sorted(for_audience(Audience.STAFF, Audience.EITHER), key=lambda route: route.rule.endswith("/logout"))
# What they cannot do without.
QUERIES = {
    "GET /api/merchant/orders/print": {"ids": NOBODYS_ID},
    "GET /api/merchant/statistics/series": {"metric": "gmv"},
}

# Open to everybody, on purpose. Whoever adds a route here must want that.
PUBLIC = {
    "POST /api/auth/login",
    "POST /api/staff/login",
    "POST /api/staff/accept",
    "GET /api/products",
    "GET /api/products/facets",
    "GET /api/search/suggest",
    "GET /api/search/hot",
    "GET /api/products/<id:product_id>",
    "GET /api/products/<id:product_id>/code",
    "GET /api/categories",
    "GET /api/brands",
}
OF_FORMS = {"POST /api/uploads/local"}
OF_REFRESH_TOKENS = {"POST /api/auth/refresh", "POST /api/staff/refresh"}
OF_THE_SYSTEM = {
    "GET /health",
    "GET /readiness",
    "GET /metrics",
    "GET /api/docs",
    "GET /api/docs/<path:name>",
    "GET /api/docs/start.js",
    "GET /api/openapi.json",
    "GET /media/<path:name>",
    "POST /api/wechat/pay/notify",
    "POST /api/wechat/refund/notify",
    "GET /api/wechat/messages/<store_code>",
    "POST /api/wechat/messages/<store_code>",
}


def answer_of(person: Person, route: Route) -> TestResponse:
    body: dict[str, Any] = {"json": body_of(route)}
    if route.policy.files:
        body = {"data": {"file": (BytesIO(b"no picture"), "a.png")}}
    query = QUERIES.get(str(route))
    return person.shop.client.open(
        route.path(), method=route.method, headers=person.headers, query_string=query, **body
    )


def answers(person: Person, routes: Iterable[Route]) -> dict[str, int]:
    return {str(route): answer_of(person, route).status_code for route in routes}


def expected(routes: Iterable[Route]) -> dict[str, int]:
    return {str(route): EXPECTED[str(route)].status for route in routes}


def assert_refused(person: Person, routes: Iterable[Route], code: int) -> None:
    with nothing_changes():
        for route in routes:
            assert refused(answer_of(person, route), code) is None, route


def split(role: Role) -> tuple[list[Route], list[Route]]:
    """Returns which routes that role may call, and which not."""
    may = [route for route in GUARDED if role in EXPECTED[str(route)].roles]
    return may, [route for route in GUARDED if route not in may]


def strangers(shop: Shop) -> dict[str, Person]:
    """Returns whoever is neither staff nor a program of a store, with what they may try."""
    token = shop.staff().headers["Authorization"]
    wrong = {
        "nothing": "",
        "a word": "Bearer x",
        "another scheme": token.replace("Bearer", "Basic"),
        "a changed token": f"{token[:-5]}AAAAA",
        "an unknown key": f"Bearer mk_{'0' * 12}_{'0' * 32}",
    }
    people = {name: Person(shop, {"Authorization": value}, "") for name, value in wrong.items()}
    return {**people, "the platform": shop.platform(), "no header": shop.anonymous}


def test_every_route_of_staff_has_an_expectation() -> None:
    assert {str(route) for route in GUARDED} == set(EXPECTED)
    assert sorted(SCOPES) == SCOPES_BY_HAND


def test_the_page_says_what_is_expected() -> None:
    shown = {}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            route, permission, *roles, key = [cell.strip(" `") for cell in line.strip("|").split(" | ")]
            shown[route] = (permission if key == "scope" else None, [cell == "✓" for cell in roles])
    by_hand = {
        CamelCasePaths.flaskpath2openapi(route): (one.scope, [role in one.roles for role in Role])
        for route, one in EXPECTED.items()
    }
    assert shown == by_hand


def test_only_these_routes_need_no_token() -> None:
    by_audience = {
        audience: {str(route) for route in for_audience(audience)}
        for audience in (Audience.PUBLIC, Audience.REFRESH, Audience.FORM, Audience.SYSTEM)
    }
    assert by_audience == {
        Audience.PUBLIC: PUBLIC,
        Audience.REFRESH: OF_REFRESH_TOKENS,
        Audience.FORM: OF_FORMS,
        Audience.SYSTEM: OF_THE_SYSTEM,
    }


@pytest.mark.parametrize("role", list(Role))
def test_staff_may_do_what_the_table_says_and_nothing_else(shop: Shop, role: Role) -> None:
    member = shop.staff(role)
    may, may_not = split(role)
    assert_refused(member, may_not, 403)
    assert answers(member, may) == expected(may)
    assert bool(may_not) == (role is not Role.OWNER)


def test_one_scope_is_enough_for_its_routes(shop: Shop) -> None:
    for scope in SCOPES_BY_HAND:
        may = [route for route in GUARDED if EXPECTED[str(route)].scope == scope]
        assert may
        assert answers(program(shop, scope, *FURTHER_SCOPES.get(scope, [])), may) == expected(may)


def test_all_other_scopes_are_not_enough(shop: Shop) -> None:
    for scope in SCOPES_BY_HAND:
        erp = program(shop, *(other for other in SCOPES_BY_HAND if other != scope))
        assert_refused(erp, [route for route in GUARDED if EXPECTED[str(route)].scope == scope], 403)


@pytest.mark.parametrize("scope", FURTHER_SCOPES)
def test_rows_need_the_scope_of_what_they_hold(shop: Shop, scope: str) -> None:
    erp = program(shop, scope)
    with nothing_changes():
        refused(erp.post("/api/merchant/exports", {"kind": "orders"}), 403)
        for kind in ("products", "stock"):
            refused(erp.get(f"/api/merchant/imports/templates/{kind}"), 403)
            form = {"file": (BytesIO(b"a,b"), "a.csv"), "kind": kind}
            refused(shop.client.post("/api/merchant/imports", data=form, headers=erp.headers), 403)


def test_no_scope_opens_what_is_for_people(shop: Shop) -> None:
    erp = program(shop, *SCOPES_BY_HAND)
    assert_refused(erp, [route for route in GUARDED if EXPECTED[str(route)].scope is None], 403)
    assert_refused(erp, OF_SHOPPERS, 401)


def test_a_program_may_no_more_than_the_member_who_made_it(shop: Shop) -> None:
    erp, owner_id = program(shop, *SCOPES_BY_HAND), shop.staff().id
    Staff.objects(id=owner_id).update(set__role=Role.CLERK)
    may, may_not = split(Role.CLERK)
    assert_refused(erp, may_not, 403)
    of_programs = [route for route in may if EXPECTED[str(route)].scope]
    assert answers(erp, of_programs) == expected(of_programs)


def test_nobody_else_passes_for_staff(shop: Shop) -> None:
    for stranger in strangers(shop).values():
        assert_refused(stranger, GUARDED, 401)
    assert_refused(shop.buyer(), OF_STAFF, 401)


def test_nobody_else_passes_for_a_shopper(shop: Shop) -> None:
    for stranger in [*strangers(shop).values(), shop.staff()]:
        assert_refused(stranger, OF_SHOPPERS, 401)


def test_what_is_forbidden_has_no_effect_on_what_is_there(shop: Shop) -> None:
    clerk, owner = shop.staff(Role.CLERK), shop.staff(Role.OWNER)
    product = shop.product()
    sku_id = product["skus"][0]["id"]
    with nothing_changes():
        refused(clerk.post("/api/products", {"name": "茶", "price": 1}), 403)
        refused(clerk.put(f"/api/products/{product['id']}", {"name": "茶"}), 403)
        refused(clerk.delete(f"/api/products/{product['id']}"), 403)
        refused(clerk.post(f"/api/merchant/skus/{sku_id}/stock", {"delta": 1, "reason": "到货"}), 403)
    data_of(owner.get(f"/api/merchant/products/{product['id']}"), 200)


def test_a_forbidden_request_is_refused_before_its_body_is_read(shop: Shop) -> None:
    clerk = shop.staff(Role.CLERK)
    answer = shop.client.post("/api/products", data="{", content_type="application/json", headers=clerk.headers)
    refused(answer, 403)


def test_somebody_who_has_left_may_do_nothing(shop: Shop) -> None:
    member = shop.staff(Role.MANAGER)
    Staff.objects.update(set__active=False)
    assert_refused(member, GUARDED, 401)
