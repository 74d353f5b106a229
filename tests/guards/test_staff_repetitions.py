"""Every POST of staff either takes an Idempotency-Key or need not. A new route must be entered here too."""

from __future__ import annotations

from flask import Flask

from src.middleware.policies import Audience
from tests.factories.routes import all_routes

_BY_STATE = "the second one meets another state and is refused or does nothing"
_BY_NAME = "names are unique: the second one is refused"
_SECRET = "the answer has a secret that must not be stored"
_BY_CONTENT = "the same picture is stored once"

# Each with the reason.
TAKE_NO_KEY = {
    "POST /api/jobs/<id:job_id>/retry": _BY_STATE,
    "POST /api/merchant/api-keys": _SECRET,
    "POST /api/merchant/brands": _BY_NAME,
    "POST /api/merchant/categories": _BY_NAME,
    "POST /api/merchant/exports": "it reads only; a file more expires",
    "POST /api/merchant/imports": "it only looks at a file; running it is another request",
    "POST /api/merchant/imports/<id:import_id>/run": _BY_STATE,
    "POST /api/merchant/orders/<id:order_id>/reprice": "`expected` refuses the second one",
    "POST /api/merchant/staff/<id:staff_id>/disable": _BY_STATE,
    "POST /api/merchant/staff/<id:staff_id>/enable": _BY_STATE,
    "POST /api/merchant/staff/<id:staff_id>/password-reset": _SECRET,
    "POST /api/merchant/staff/invitations": _SECRET,
    "POST /api/merchant/text-reviews/<id:review_id>/approve": _BY_STATE,
    "POST /api/merchant/text-reviews/<id:review_id>/reject": _BY_STATE,
    "POST /api/merchant/webhooks": _SECRET,
    "POST /api/merchant/webhooks/<id:webhook_id>/ping": "receivers know an event that comes again by its id",
    "POST /api/merchant/webhooks/<id:webhook_id>/rotate-secret": _SECRET,
    "POST /api/merchant/webhooks/deliveries/<id:delivery_id>/redeliver": _BY_STATE,
    "POST /api/staff/logout": _BY_STATE,
    "POST /api/staff/password": _BY_STATE,
    "POST /api/staff/totp": _SECRET,
    "POST /api/staff/totp/confirm": _SECRET,
    "POST /api/staff/totp/disable": _BY_STATE,
    "POST /api/uploads/confirm": _BY_CONTENT,
    "POST /api/uploads/multiple": _BY_CONTENT,
    "POST /api/uploads/presign": "it only permits; a permit that is not used expires",
    "POST /api/uploads/single": _BY_CONTENT,
}
TAKE_A_KEY = {
    "POST /api/merchant/payments/<id:payment_id>/send-back",
    "POST /api/merchant/refunds/<id:refund_id>/approve",
    "POST /api/merchant/refunds/<id:refund_id>/receive",
    "POST /api/merchant/refunds/<id:refund_id>/reject",
    "POST /api/merchant/refunds/<id:refund_id>/retry",
    "POST /api/merchant/refunds/<id:refund_id>/settle-outside",
    "POST /api/merchant/skus/<id:sku_id>/receive",
    "POST /api/merchant/skus/<id:sku_id>/stock",
    "POST /api/merchant/skus/<id:sku_id>/write-off",
    "POST /api/orders/<id:order_id>/ship",
    "POST /api/products",
    "POST /api/products/<id:product_id>/duplicate",
    "POST /api/products/batch/category",
    "POST /api/products/batch/delete",
    "POST /api/products/batch/price",
    "POST /api/products/batch/publish",
    "POST /api/products/batch/withdraw",
}
OF_STAFF = (Audience.STAFF, Audience.EITHER)


def test_every_post_of_staff_takes_a_key_or_has_a_reason() -> None:
    posts = {str(route) for route in all_routes() if route.method == "POST" and route.policy.audience in OF_STAFF}
    assert posts == TAKE_A_KEY | TAKE_NO_KEY.keys()
    assert not TAKE_A_KEY & TAKE_NO_KEY.keys()


def test_the_views_and_the_document_say_the_same(app: Flask) -> None:
    taking = set()
    for rule in app.url_map.iter_rules():
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        method = getattr(view, "post", None) if "POST" in (rule.methods or set()) else None
        if method is None:
            continue
        documented = method._apidoc["operation"].idempotent
        assert documented is is_wrapped(method), rule
        if documented:
            taking.add(f"POST {rule.rule}")
    of_shoppers = {str(route) for route in all_routes() if route.policy.audience is Audience.SHOPPER}
    assert taking - of_shoppers == TAKE_A_KEY


def is_wrapped(method: object) -> bool:
    """Returns whether what stores answers stands around the view."""
    code = getattr(method, "__code__", None)
    return code is not None and code.co_filename.endswith("middleware/idempotency.py")
