"""Who may call what. A new route must be entered here too: that is the moment to think about it."""

from __future__ import annotations

from flask import Flask

from src.middleware.policies import Audience, Policy

# Audience or staff permission, rate tier: the routes.
TABLE = {
    "public, login": ["POST /api/auth/login"],
    "public, staff_login": ["POST /api/staff/login", "POST /api/staff/accept"],
    "refresh": ["POST /api/auth/refresh", "POST /api/staff/refresh"],
    "public": [
        "GET /api/products",
        "GET /api/products/facets",
        "GET /api/search/suggest",
        "GET /api/search/hot",
        "GET /api/products/<id:product_id>",
        "GET /api/products/<id:product_id>/code",
        "GET /api/categories",
        "GET /api/brands",
    ],
    "shopper": [
        "GET /api/search/history",
        "DELETE /api/search/history",
        "GET /api/auth/user",
        "PUT /api/auth/user",
        "POST /api/auth/phone",
        "GET /api/subscriptions/templates",
        "POST /api/subscriptions",
        "POST /api/auth/logout",
        "GET /api/orders",
        "POST /api/orders",
        "POST /api/orders/quote",
        "GET /api/orders/<id:order_id>",
        "POST /api/orders/<id:order_id>/pay",
        "POST /api/orders/<id:order_id>/cancel",
        "POST /api/orders/<id:order_id>/confirm",
        "GET /api/orders/<id:order_id>/refunds",
        "POST /api/orders/<id:order_id>/refunds",
        "GET /api/refunds/<id:refund_id>",
        "POST /api/refunds/<id:refund_id>/withdraw",
        "POST /api/refunds/<id:refund_id>/return",
    ],
    "platform": [
        "GET /api/tenants",
        "POST /api/tenants",
        "GET /api/tenants/<id:tenant_id>",
        "PUT /api/tenants/<id:tenant_id>/settings",
        "GET /api/tenants/<id:tenant_id>/usage",
        "POST /api/tenants/<id:tenant_id>/suspend",
        "POST /api/tenants/<id:tenant_id>/resume",
        "POST /api/tenants/<id:tenant_id>/owner-invitations",
        "GET /api/tenants/<id:tenant_id>/audit-log",
    ],
    "staff": [
        "GET /api/staff/me",
        "POST /api/staff/logout",
        "GET /api/staff/sessions",
        "DELETE /api/staff/sessions/<id:own_login_id>",
    ],
    "staff, proof": [
        "POST /api/staff/password",
        "POST /api/staff/totp",
        "POST /api/staff/totp/confirm",
        "POST /api/staff/totp/disable",
    ],
    "staff:manage": [
        "GET /api/merchant/staff",
        "GET /api/merchant/staff/<id:staff_id>",
        "PUT /api/merchant/staff/<id:staff_id>",
        "POST /api/merchant/staff/<id:staff_id>/disable",
        "POST /api/merchant/staff/<id:staff_id>/enable",
        "POST /api/merchant/staff/<id:staff_id>/password-reset",
        "DELETE /api/merchant/staff/<id:staff_id>/totp",
        "GET /api/merchant/staff/<id:staff_id>/sessions",
        "DELETE /api/merchant/staff/<id:staff_id>/sessions",
        "DELETE /api/merchant/staff/<id:staff_id>/sessions/<id:login_id>",
        "GET /api/merchant/staff/invitations",
        "POST /api/merchant/staff/invitations",
        "DELETE /api/merchant/staff/invitations/<id:invitation_id>",
    ],
    "api_keys:manage": [
        "GET /api/merchant/api-keys",
        "POST /api/merchant/api-keys",
        "DELETE /api/merchant/api-keys/<id:key_id>",
    ],
    "products:read": [
        "GET /api/merchant/products",
        "GET /api/merchant/products/<id:product_id>",
        "GET /api/merchant/categories",
        "GET /api/merchant/brands",
    ],
    "products:write": [
        "POST /api/products",
        "PUT /api/products/<id:product_id>",
        "DELETE /api/products/<id:product_id>",
        "POST /api/products/<id:product_id>/duplicate",
        "POST /api/products/batch/publish",
        "POST /api/products/batch/withdraw",
        "POST /api/products/batch/price",
        "POST /api/products/batch/category",
        "POST /api/products/batch/delete",
        "POST /api/merchant/categories",
        "PUT /api/merchant/categories/<id:category_id>",
        "DELETE /api/merchant/categories/<id:category_id>",
        "POST /api/merchant/brands",
        "PUT /api/merchant/brands/<id:brand_id>",
        "DELETE /api/merchant/brands/<id:brand_id>",
    ],
    "stock:read": [
        "GET /api/merchant/stock",
        "GET /api/merchant/stock-movements",
        "GET /api/merchant/skus/<id:sku_id>/movements",
    ],
    "stock:write": [
        "POST /api/merchant/skus/<id:sku_id>/stock",
        "PUT /api/merchant/skus/<id:sku_id>/stock",
        "POST /api/merchant/skus/<id:sku_id>/receive",
        "POST /api/merchant/skus/<id:sku_id>/write-off",
        "PUT /api/merchant/skus/<id:sku_id>/low-stock-threshold",
    ],
    "reconciliations:read": [
        "GET /api/merchant/reconciliations",
        "GET /api/merchant/reconciliations/<id:reconciliation_id>",
    ],
    "refunds:read": ["GET /api/merchant/refunds", "GET /api/merchant/refunds/<id:refund_id>"],
    "refunds:decide": [
        "POST /api/merchant/refunds/<id:refund_id>/approve",
        "POST /api/merchant/refunds/<id:refund_id>/reject",
        "POST /api/merchant/refunds/<id:refund_id>/receive",
        "POST /api/merchant/refunds/<id:refund_id>/retry",
        "POST /api/merchant/refunds/<id:refund_id>/settle-outside",
    ],
    "payments:read": ["GET /api/merchant/payments"],
    "payments:resolve": ["POST /api/merchant/payments/<id:payment_id>/send-back"],
    "orders:read": [
        "GET /api/merchant/orders",
        "GET /api/merchant/orders/print",
        "GET /api/merchant/orders/<id:order_id>",
    ],
    "orders:note": ["PUT /api/merchant/orders/<id:order_id>/note"],
    "orders:reprice": ["POST /api/merchant/orders/<id:order_id>/reprice"],
    "webhooks:manage": [
        "GET /api/merchant/webhooks",
        "POST /api/merchant/webhooks",
        "GET /api/merchant/webhooks/<id:webhook_id>",
        "PUT /api/merchant/webhooks/<id:webhook_id>",
        "DELETE /api/merchant/webhooks/<id:webhook_id>",
        "POST /api/merchant/webhooks/<id:webhook_id>/rotate-secret",
        "POST /api/merchant/webhooks/<id:webhook_id>/ping",
        "GET /api/merchant/webhooks/<id:webhook_id>/deliveries",
        "GET /api/merchant/webhooks/deliveries/<id:delivery_id>",
        "POST /api/merchant/webhooks/deliveries/<id:delivery_id>/redeliver",
    ],
    "orders:ship": [
        "POST /api/orders/<id:order_id>/ship",
        "PUT /api/orders/<id:order_id>/shipment",
        "GET /api/merchant/delivery-companies",
    ],
    "texts:moderate": [
        "GET /api/merchant/text-reviews",
        "POST /api/merchant/text-reviews/<id:review_id>/approve",
        "POST /api/merchant/text-reviews/<id:review_id>/reject",
    ],
    "statistics:read": [
        "GET /api/merchant/statistics/overview",
        "GET /api/merchant/statistics/series",
        "GET /api/merchant/statistics/top-products",
        "GET /api/merchant/statistics/top-categories",
        "GET /api/merchant/statistics/stock-alerts",
        "GET /api/merchant/statistics/status-counts",
    ],
    "imports:run": [
        "GET /api/merchant/imports/templates/products",
        "GET /api/merchant/imports/templates/stock",
        "GET /api/merchant/imports",
        "GET /api/merchant/imports/<id:import_id>",
        "GET /api/merchant/imports/<id:import_id>/errors",
        "GET /api/merchant/imports/<id:import_id>/errors/file",
        "POST /api/merchant/imports/<id:import_id>/run",
    ],
    "imports:run, 1 file": ["POST /api/merchant/imports"],
    "exports:run": [
        "POST /api/merchant/exports",
        "GET /api/merchant/exports/<id:export_id>",
        "GET /api/merchant/exports/<id:export_id>/file",
    ],
    "audit_log:read": ["GET /api/merchant/audit-log", "GET /api/merchant/audit-log/export"],
    "jobs:read": ["GET /api/jobs", "GET /api/jobs/<id:job_id>", "GET /api/queues/stats"],
    "shopper or media:write, 1 file": ["POST /api/uploads/single"],
    "shopper or media:write, 5 files": ["POST /api/uploads/multiple"],
    "shopper or media:write": [
        "POST /api/uploads/presign",
        "POST /api/uploads/confirm",
        "GET /api/uploads/<id:file_id>",
    ],
    "form, 1 file": ["POST /api/uploads/local"],
    "jobs:retry": ["POST /api/jobs/<id:job_id>/retry"],
    "system, unlimited": [
        "POST /api/wechat/pay/notify",
        "POST /api/wechat/refund/notify",
        "GET /api/wechat/messages/<store_code>",
        "POST /api/wechat/messages/<store_code>",
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
    if policy.audience is Audience.EITHER:
        who = f"shopper or {who}"
    if policy.files:
        return f"{who}, {policy.files} file{'s' * (policy.files > 1)}"
    return who if policy.rate == "default" else f"{who}, {policy.rate.value}"
