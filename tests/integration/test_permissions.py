"""Who may call which route, for every route of the URL map."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.middleware.policies import Audience
from src.models.staff import Staff
from src.services.staff.api_keys import SCOPES
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.contents import nothing_changes
from tests.factories.routes import Route, all_routes, body_of
from tests.factories.shop import Person, Shop, refused
from tests.factories.staff import program

ROUTES = all_routes()
OF_STAFF = [route for route in ROUTES if route.policy.audience is Audience.STAFF]
GUARDED = [route for route in ROUTES if route.policy.audience in (Audience.STAFF, Audience.EITHER)]
# No key opens these.
OF_PEOPLE = [route for route in OF_STAFF if route.policy.permission not in SCOPES]
OF_SHOPPERS = [route for route in ROUTES if route.policy.audience is Audience.SHOPPER]

# What somebody who may do it is answered for an id of nobody and the example body.
PERMITTED = {
    "GET /api/merchant/orders": 200,
    "GET /api/merchant/orders/<id:order_id>": 404,
    "GET /api/merchant/products": 200,
    "GET /api/merchant/products/<id:product_id>": 404,
    "POST /api/merchant/skus/<id:sku_id>/stock": 404,
    "POST /api/orders/<id:order_id>/ship": 404,
    "PUT /api/orders/<id:order_id>/shipment": 404,
    "GET /api/merchant/delivery-companies": 200,
    "POST /api/products": 201,
    "PUT /api/products/<id:product_id>": 404,
    "DELETE /api/products/<id:product_id>": 404,
    "POST /api/products/<id:product_id>/duplicate": 404,
    "POST /api/products/batch/publish": 404,
    "POST /api/products/batch/withdraw": 404,
    "POST /api/products/batch/price": 404,
    "POST /api/products/batch/category": 404,
    "POST /api/products/batch/delete": 404,
    "GET /api/merchant/categories": 200,
    "POST /api/merchant/categories": 201,
    "PUT /api/merchant/categories/<id:category_id>": 404,
    "DELETE /api/merchant/categories/<id:category_id>": 404,
    "GET /api/merchant/brands": 200,
    "POST /api/merchant/brands": 201,
    "PUT /api/merchant/brands/<id:brand_id>": 404,
    "DELETE /api/merchant/brands/<id:brand_id>": 404,
    "GET /api/merchant/webhooks": 200,
    "POST /api/merchant/webhooks": 201,
    "GET /api/merchant/webhooks/<id:webhook_id>": 404,
    "PUT /api/merchant/webhooks/<id:webhook_id>": 404,
    "DELETE /api/merchant/webhooks/<id:webhook_id>": 404,
    "POST /api/merchant/webhooks/<id:webhook_id>/rotate-secret": 404,
    "POST /api/merchant/webhooks/<id:webhook_id>/ping": 404,
    "GET /api/merchant/webhooks/<id:webhook_id>/deliveries": 404,
    "GET /api/merchant/webhooks/deliveries/<id:delivery_id>": 404,
    "POST /api/merchant/webhooks/deliveries/<id:delivery_id>/redeliver": 404,
    "GET /api/merchant/text-reviews": 200,
    "POST /api/merchant/text-reviews/<id:review_id>/approve": 404,
    "POST /api/merchant/text-reviews/<id:review_id>/reject": 404,
    "GET /api/merchant/refunds": 200,
    "GET /api/merchant/refunds/<id:refund_id>": 404,
    "POST /api/merchant/refunds/<id:refund_id>/approve": 404,
    "POST /api/merchant/refunds/<id:refund_id>/reject": 404,
    "POST /api/merchant/refunds/<id:refund_id>/receive": 404,
    "POST /api/merchant/refunds/<id:refund_id>/retry": 404,
    "POST /api/merchant/refunds/<id:refund_id>/settle-outside": 404,
    "GET /api/merchant/payments": 200,
    "POST /api/merchant/payments/<id:payment_id>/send-back": 404,
    "GET /api/merchant/reconciliations": 200,
    "GET /api/merchant/reconciliations/<id:reconciliation_id>": 404,
    "GET /api/merchant/audit-log": 200,
    "GET /api/merchant/audit-log/export": 200,
    "GET /api/jobs": 200,
    "GET /api/jobs/<id:job_id>": 404,
    "POST /api/jobs/<id:job_id>/retry": 404,
    "GET /api/queues/stats": 200,
    "GET /api/merchant/staff": 200,
    "GET /api/merchant/staff/<id:staff_id>": 404,
    "PUT /api/merchant/staff/<id:staff_id>": 404,
    "POST /api/merchant/staff/<id:staff_id>/disable": 404,
    "POST /api/merchant/staff/<id:staff_id>/enable": 404,
    "POST /api/merchant/staff/<id:staff_id>/password-reset": 404,
    "DELETE /api/merchant/staff/<id:staff_id>/totp": 404,
    "GET /api/merchant/staff/<id:staff_id>/sessions": 404,
    "DELETE /api/merchant/staff/<id:staff_id>/sessions": 404,
    "DELETE /api/merchant/staff/<id:staff_id>/sessions/<id:login_id>": 404,
    "GET /api/merchant/staff/invitations": 200,
    "POST /api/merchant/staff/invitations": 201,
    "DELETE /api/merchant/staff/invitations/<id:invitation_id>": 404,
    "GET /api/merchant/api-keys": 200,
    "POST /api/merchant/api-keys": 201,
    "DELETE /api/merchant/api-keys/<id:key_id>": 404,
    "GET /api/staff/sessions": 200,
    "DELETE /api/staff/sessions/<id:own_login_id>": 404,
    # The examples have a wrong password, and no second factor was begun.
    "POST /api/staff/password": 401,
    "POST /api/staff/totp": 401,
    "POST /api/staff/totp/confirm": 409,
    "POST /api/staff/totp/disable": 401,
    "GET /api/staff/me": 200,
    "POST /api/staff/logout": 200,
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
    return person.shop.client.open(route.path(), method=route.method, headers=person.headers, **body)


def call(person: Person, route: Route) -> int:
    return answer_of(person, route).status_code


def test_every_route_of_staff_has_an_expectation() -> None:
    assert {str(route) for route in OF_STAFF} == set(PERMITTED)


def test_only_these_routes_need_no_token() -> None:
    by_audience = {
        audience: {str(route) for route in ROUTES if route.policy.audience is audience}
        for audience in (Audience.PUBLIC, Audience.REFRESH, Audience.FORM, Audience.SYSTEM)
    }
    assert by_audience == {
        Audience.PUBLIC: PUBLIC,
        Audience.REFRESH: OF_REFRESH_TOKENS,
        Audience.FORM: OF_FORMS,
        Audience.SYSTEM: OF_THE_SYSTEM,
    }


@pytest.mark.parametrize("role", list(Role))
def test_staff_may_do_what_the_table_says(shop: Shop, role: Role) -> None:
    member = shop.staff(role)
    for route in sorted(OF_STAFF, key=lambda route: "logout" in route.rule):
        needed = route.policy.permission
        permitted = needed is None or needed in PERMISSIONS[role]
        assert (str(route), call(member, route)) == (str(route), PERMITTED[str(route)] if permitted else 403)


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_is_refused_and_changes_nothing(shop: Shop, role: Role) -> None:
    member = shop.staff(role)
    forbidden = [route for route in GUARDED if route.policy.permission not in {None, *PERMISSIONS[role]}]
    with nothing_changes():
        for route in forbidden:
            assert refused(answer_of(member, route), 403) is None, route
    assert bool(forbidden) == (role is not Role.OWNER)


def test_a_program_may_do_what_its_scopes_say(shop: Shop) -> None:
    erp = program(shop, *SCOPES)
    for route in OF_STAFF:
        permitted = route.policy.permission in SCOPES
        assert (str(route), call(erp, route)) == (str(route), PERMITTED[str(route)] if permitted else 403)


@pytest.mark.parametrize("missing", SCOPES)
def test_a_program_without_the_scope_is_refused_and_changes_nothing(shop: Shop, missing: Permission) -> None:
    erp = program(shop, *(scope for scope in SCOPES if scope is not missing))
    refused(erp.get("/api/staff/me"), 403)  # notes the use
    forbidden = [route for route in GUARDED if route.policy.permission == missing or route in OF_PEOPLE]
    with nothing_changes():
        for route in forbidden:
            assert refused(answer_of(erp, route), 403) is None, route


def test_what_is_forbidden_has_no_effect(shop: Shop) -> None:
    clerk, owner = shop.staff(Role.CLERK), shop.staff(Role.OWNER)
    product = shop.product()
    sku_id = product["skus"][0]["id"]
    with nothing_changes():
        refused(clerk.post("/api/products", {"name": "茶", "price": 1}), 403)
        refused(clerk.put(f"/api/products/{product['id']}", {"name": "茶"}), 403)
        refused(clerk.delete(f"/api/products/{product['id']}"), 403)
        refused(clerk.post(f"/api/merchant/skus/{sku_id}/stock", {"delta": 1, "reason": "到货"}), 403)
    assert owner.get(f"/api/merchant/products/{product['id']}").status_code == 200


def test_a_forbidden_request_is_refused_before_its_body_is_read(shop: Shop) -> None:
    clerk = shop.staff(Role.CLERK)
    answer = shop.client.post("/api/products", data="{", content_type="application/json", headers=clerk.headers)
    refused(answer, 403)


@pytest.mark.parametrize("route", OF_STAFF, ids=str)
def test_nobody_else_passes_for_staff(shop: Shop, route: Route) -> None:
    anonymous, buyer = shop.anonymous, shop.buyer()
    with nothing_changes():
        assert (call(anonymous, route), call(buyer, route)) == (401, 401)


@pytest.mark.parametrize("route", OF_SHOPPERS, ids=str)
def test_nobody_else_passes_for_a_shopper(shop: Shop, route: Route) -> None:
    anonymous, owner = shop.anonymous, shop.staff()
    with nothing_changes():
        assert (call(anonymous, route), call(owner, route)) == (401, 401)


def test_somebody_who_has_left_may_do_nothing(shop: Shop) -> None:
    member = shop.staff(Role.MANAGER)
    Staff.objects.update(set__active=False)
    with nothing_changes():
        assert {call(member, route) for route in OF_STAFF} == {401}
