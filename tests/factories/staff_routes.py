"""Who of a store's staff may call which route, written down by hand: what the application has to obey."""

from __future__ import annotations

from dataclasses import dataclass

from src.utils.permissions import Role

_ROLES = {
    "o": Role.OWNER,
    "m": Role.MANAGER,
    "c": Role.CLERK,
    "w": Role.WAREHOUSE,
    "f": Role.FINANCE,
}
# The first letters of the roles that may, and the scope that an API key needs, if any opens the route: the routes, and
# what somebody who may is answered for an id of nobody and the example body.
_ROUTES: dict[tuple[str, str | None], dict[str, int]] = {
    # The examples have a wrong password, and no second factor was begun.
    ("omcwf", None): {
        "GET /api/staff/me": 200,
        "GET /api/staff/sessions": 200,
        "DELETE /api/staff/sessions/<id:own_login_id>": 404,
        "POST /api/staff/password": 401,
        "POST /api/staff/totp": 401,
        "POST /api/staff/totp/confirm": 409,
        "POST /api/staff/totp/disable": 401,
        "POST /api/staff/logout": 200,
    },
    ("o", None): {
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
    },
    ("o", "webhooks:manage"): {
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
    },
    ("o", "payments:resolve"): {"POST /api/merchant/payments/<id:payment_id>/send-back": 404},
    ("omcwf", "products:read"): {
        "GET /api/merchant/products": 200,
        "GET /api/merchant/products/<id:product_id>": 404,
        "GET /api/merchant/categories": 200,
        "GET /api/merchant/brands": 200,
    },
    ("om", "products:write"): {
        "POST /api/products": 201,
        "PUT /api/products/<id:product_id>": 404,
        "DELETE /api/products/<id:product_id>": 404,
        "POST /api/products/<id:product_id>/duplicate": 404,
        "POST /api/products/batch/publish": 404,
        "POST /api/products/batch/withdraw": 404,
        "POST /api/products/batch/price": 404,
        "POST /api/products/batch/category": 404,
        "POST /api/products/batch/delete": 404,
        "POST /api/merchant/categories": 201,
        "PUT /api/merchant/categories/<id:category_id>": 404,
        "DELETE /api/merchant/categories/<id:category_id>": 404,
        "POST /api/merchant/brands": 201,
        "PUT /api/merchant/brands/<id:brand_id>": 404,
        "DELETE /api/merchant/brands/<id:brand_id>": 404,
    },
    # The files that are sent are no pictures, and no rows.
    ("om", "media:write"): {
        "POST /api/uploads/single": 415,
        "POST /api/uploads/multiple": 415,
        "POST /api/uploads/presign": 201,
        "POST /api/uploads/confirm": 404,
        "GET /api/uploads/<id:file_id>": 404,
    },
    ("om", "imports:run"): {
        "GET /api/merchant/imports/templates/products": 200,
        "GET /api/merchant/imports/templates/stock": 200,
        "GET /api/merchant/imports": 200,
        "POST /api/merchant/imports": 400,
        "GET /api/merchant/imports/<id:import_id>": 404,
        "GET /api/merchant/imports/<id:import_id>/errors": 404,
        "GET /api/merchant/imports/<id:import_id>/errors/file": 404,
        "POST /api/merchant/imports/<id:import_id>/run": 404,
    },
    ("omf", "exports:run"): {
        "POST /api/merchant/exports": 202,
        "GET /api/merchant/exports/<id:export_id>": 404,
        "GET /api/merchant/exports/<id:export_id>/file": 404,
    },
    ("omcw", "stock:read"): {
        "GET /api/merchant/stock": 200,
        "GET /api/merchant/stock-movements": 200,
        "GET /api/merchant/skus/<id:sku_id>/movements": 404,
    },
    ("omw", "stock:write"): {
        "POST /api/merchant/skus/<id:sku_id>/stock": 404,
        "PUT /api/merchant/skus/<id:sku_id>/stock": 404,
        "POST /api/merchant/skus/<id:sku_id>/receive": 404,
        "POST /api/merchant/skus/<id:sku_id>/write-off": 404,
        "PUT /api/merchant/skus/<id:sku_id>/low-stock-threshold": 404,
    },
    ("omcwf", "orders:read"): {
        "GET /api/merchant/orders": 200,
        "GET /api/merchant/orders/<id:order_id>": 404,
        "GET /api/merchant/orders/print": 404,
    },
    ("omcw", "orders:ship"): {
        "POST /api/orders/<id:order_id>/ship": 404,
        "PUT /api/orders/<id:order_id>/shipment": 404,
        "GET /api/merchant/delivery-companies": 200,
    },
    ("omcw", "orders:note"): {"PUT /api/merchant/orders/<id:order_id>/note": 404},
    ("om", "orders:reprice"): {"POST /api/merchant/orders/<id:order_id>/reprice": 404},
    ("omcf", "refunds:read"): {
        "GET /api/merchant/refunds": 200,
        "GET /api/merchant/refunds/<id:refund_id>": 404,
    },
    ("omf", "refunds:decide"): {
        "POST /api/merchant/refunds/<id:refund_id>/approve": 404,
        "POST /api/merchant/refunds/<id:refund_id>/reject": 404,
        "POST /api/merchant/refunds/<id:refund_id>/receive": 404,
        "POST /api/merchant/refunds/<id:refund_id>/retry": 404,
        "POST /api/merchant/refunds/<id:refund_id>/settle-outside": 404,
    },
    ("omf", "payments:read"): {"GET /api/merchant/payments": 200},
    ("omf", "reconciliations:read"): {
        "GET /api/merchant/reconciliations": 200,
        "GET /api/merchant/reconciliations/<id:reconciliation_id>": 404,
    },
    ("omf", "statistics:read"): {
        "GET /api/merchant/statistics/overview": 200,
        "GET /api/merchant/statistics/series": 200,
        "GET /api/merchant/statistics/top-products": 200,
        "GET /api/merchant/statistics/top-categories": 200,
        "GET /api/merchant/statistics/stock-alerts": 200,
        "GET /api/merchant/statistics/status-counts": 200,
    },
    ("om", "texts:moderate"): {
        "GET /api/merchant/text-reviews": 200,
        "POST /api/merchant/text-reviews/<id:review_id>/approve": 404,
        "POST /api/merchant/text-reviews/<id:review_id>/reject": 404,
    },
    ("omwf", "jobs:read"): {
        "GET /api/jobs": 200,
        "GET /api/jobs/<id:job_id>": 404,
        "GET /api/queues/stats": 200,
    },
    ("om", "jobs:retry"): {"POST /api/jobs/<id:job_id>/retry": 404},
    ("om", "audit_log:read"): {
        "GET /api/merchant/audit-log": 200,
        "GET /api/merchant/audit-log/export": 200,
    },
}


@dataclass(frozen=True)
class Expected:
    """Who may call a route: staff of these roles, and programs with this scope. `status`: what they are answered."""

    roles: frozenset[Role]
    scope: str | None
    status: int


EXPECTED: dict[str, Expected] = {
    route: Expected(frozenset(_ROLES[letter] for letter in letters), scope, status)
    for (letters, scope), routes in _ROUTES.items()
    for route, status in routes.items()
}
# What the examples need besides: whoever sends or fetches rows must be allowed to write or to read them.
FURTHER_SCOPES = {"exports:run": ["orders:read"], "imports:run": ["products:write", "stock:write"]}
# Each scope there is.
SCOPES_BY_HAND = sorted({scope for _, scope in _ROUTES if scope})
