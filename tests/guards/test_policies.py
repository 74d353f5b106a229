"""Who may call what. A new route must be entered here too: that is the moment to think about it."""

from __future__ import annotations

from flask import Flask

from src.middleware.policies import Policy

# Audience or staff permission, rate tier: the routes.
TABLE = {
    "public, login": ["POST /api/auth/login"],
    "public, staff_login": ["POST /api/staff/login"],
    "refresh": ["POST /api/auth/refresh", "POST /api/staff/refresh"],
    "public": ["GET /api/products", "GET /api/products/<id:product_id>"],
    "shopper": [
        "GET /api/auth/user",
        "PUT /api/auth/user",
        "POST /api/auth/phone",
        "POST /api/auth/logout",
        "GET /api/orders",
        "POST /api/orders",
        "GET /api/orders/<id:order_id>",
        "POST /api/orders/<id:order_id>/pay",
        "POST /api/orders/<id:order_id>/cancel",
        "POST /api/orders/<id:order_id>/confirm",
    ],
    "staff": ["GET /api/staff/me", "POST /api/staff/logout"],
    "products:read": ["GET /api/merchant/products", "GET /api/merchant/products/<id:product_id>"],
    "products:write": [
        "POST /api/products",
        "PUT /api/products/<id:product_id>",
        "DELETE /api/products/<id:product_id>",
    ],
    "stock:write": ["POST /api/merchant/skus/<id:sku_id>/stock"],
    "orders:read": ["GET /api/merchant/orders", "GET /api/merchant/orders/<id:order_id>"],
    "orders:ship": ["POST /api/orders/<id:order_id>/ship"],
    "system, unlimited": [
        "POST /api/wechat/pay/notify",
        "GET /health",
        "GET /readiness",
        "GET /metrics",
        "GET /api/openapi.json",
        "GET /api/docs",
        "GET /api/docs/start.js",
        "GET /api/docs/<path:name>",
        "GET /media/<path:name>",
    ],
}


def test_every_route_has_the_policy_of_the_table(app: Flask) -> None:
    policies: dict[str, Policy] = app.extensions["minimall-policies"]
    actual = {
        f"{method} {rule.rule}": _label(policies[rule.endpoint.partition(".")[0]])
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert actual == {route: label for label, routes in TABLE.items() for route in routes}


def _label(policy: Policy) -> str:
    who = policy.permission.value if policy.permission else policy.audience.value
    return who if policy.rate == "default" else f"{who}, {policy.rate.value}"
