"""The routes of the app as its URL map has them, with a valid body for each: for tests of every route."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from src.app import create_app
from src.middleware.policies import Audience, Policy
from src.services.registry import Services
from tests.factories.environment import environment, settings_for
from tests.factories.shop import ADDRESS

NOBODYS_ID = "0123456789abcdef01234567"


@dataclass(frozen=True)
class Route:
    """One method of one URL rule. `ids` names what its path takes, such as `order_id`."""

    method: str
    rule: str
    ids: tuple[str, ...]
    policy: Policy

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    def path(self, **ids: str) -> str:
        """Returns a path of this route; an id that is not given is nobody's."""
        path = self.rule
        for name in self.ids:
            for converter in ("id", "path"):
                path = path.replace(f"<{converter}:{name}>", ids.get(name, NOBODYS_ID))
        return path


SKU_DETAILS: dict[str, Any] = {"originalPrice": 4900, "code": "TEA-250", "barcode": "6901234567892", "weight": 280}
PRODUCT_DETAILS: dict[str, Any] = {
    "tags": ["新品"],
    "video": "/media/tea.mp4",
    "attributes": [{"name": "产地", "value": "福建安溪"}],
    "freightClass": "standard",
    "purchaseLimit": {"perOrder": 200, "perUser": 500},
}

# Its keys are none, so that no store is made of it.
STORE: dict[str, Any] = {
    "code": "third",
    "name": "三店",
    "hosts": ["third.example.com"],
    "isDefault": False,
    "appid": "wx8888888888888888",
    "appSecret": "3f9c02d81ab4",
    "mchid": "1900000001",
    "merchantSerial": "5157F09EFDC096DE15EBE81A47057A72",
    "merchantPrivateKey": "no key",
    "apiV3Key": "0123456789abcdef0123456789abcdef",
    "wechatpayPublicKeyId": "PUB_KEY_ID_01",
    "wechatpayPublicKey": "no key",
    "uploadShipping": True,
    "codePage": "pages/product/index",
    "messageTemplates": {
        "order_paid": {"templateId": "template-1", "page": "pages/order", "fields": {"thing1": "=谢谢"}}
    },
    "pushToken": "pushToken2026",
    "pushAesKey": "a" * 43,
    "orderTtlMinutes": 30,
    "confirmReceiptDays": 10,
    "timeZone": "Asia/Shanghai",
    "limits": {"maxProducts": 5000, "maxStaff": 20, "maxUploadBytes": 2147483648},
    "freight": {"fee": 800, "freeFrom": 9900, "regions": [{"provinces": ["新疆维吾尔自治区"], "fee": None}]},
}

# An example of every body that the API takes, complete: each field that may be given is given.
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/auth/login": {"code": "0a1B2c3D"},
    "POST /api/auth/refresh": {"refreshToken": "family.1.mac"},
    "POST /api/auth/logout": {"all": False},
    "POST /api/auth/phone": {"code": "0a1B2c3D"},
    "PUT /api/auth/user": {"nickname": "小满", "avatar": "/media/a.png", "phone": "13800138000"},
    "POST /api/orders": {
        "items": [{"productId": NOBODYS_ID, "skuId": NOBODYS_ID, "quantity": 1}],
        "address": ADDRESS,
        "note": "请快一点",
    },
    "POST /api/orders/quote": {
        "items": [{"productId": NOBODYS_ID, "skuId": NOBODYS_ID, "quantity": 1}],
        "address": ADDRESS,
    },
    "POST /api/orders/<id:order_id>/pay": {},
    "POST /api/orders/<id:order_id>/cancel": {},
    "POST /api/orders/<id:order_id>/confirm": {},
    "POST /api/orders/<id:order_id>/ship": {"company": "SF", "trackingNo": "SF1234567890"},
    "PUT /api/orders/<id:order_id>/shipment": {"parcels": [{"company": "SF", "trackingNo": "SF1234567890"}]},
    "PUT /api/merchant/orders/<id:order_id>/note": {"note": "周五前发货"},
    "POST /api/merchant/orders/<id:order_id>/reprice": {"totalAmount": 900, "expected": 1000},
    "POST /api/orders/<id:order_id>/refunds": {
        "items": [{"orderItemId": NOBODYS_ID, "quantity": 1}],
        "reason": "不想要了",
        "images": ["/media/refunds/1.jpg"],
    },
    "POST /api/refunds/<id:refund_id>/withdraw": {},
    "POST /api/refunds/<id:refund_id>/return": {"company": "SF", "trackingNo": "SF1234567890"},
    "POST /api/merchant/refunds/<id:refund_id>/approve": {"amount": 1000, "returnGoods": True, "restock": False},
    "POST /api/merchant/refunds/<id:refund_id>/reject": {"reason": "商品已使用"},
    "POST /api/merchant/refunds/<id:refund_id>/receive": {"restock": True},
    "POST /api/merchant/refunds/<id:refund_id>/retry": {},
    "POST /api/merchant/refunds/<id:refund_id>/settle-outside": {"note": "已通过银行转账退回"},
    "POST /api/merchant/payments/<id:payment_id>/send-back": {},
    "POST /api/staff/login": {"username": "nobody", "password": "correct horse battery"},
    "POST /api/staff/refresh": {"refreshToken": "family.1.mac"},
    "POST /api/staff/logout": {"all": False},
    "POST /api/staff/accept": {"code": "h3Yc1v0dT8mQkP2bR5sWxA", "password": "correct horse battery"},
    "POST /api/staff/password": {
        "oldPassword": "not the password",
        "newPassword": "battery horse correct",
        "keepApiKeys": True,
    },
    "POST /api/staff/totp": {"password": "not the password"},
    "POST /api/staff/totp/confirm": {"totp": "000000"},
    "POST /api/staff/totp/disable": {"password": "not the password", "totp": "000000"},
    "PUT /api/merchant/staff/<id:staff_id>": {"role": "manager", "displayName": "林小满"},
    "POST /api/merchant/staff/<id:staff_id>/disable": {},
    "POST /api/merchant/staff/<id:staff_id>/enable": {},
    "POST /api/merchant/staff/<id:staff_id>/password-reset": {},
    "POST /api/merchant/staff/invitations": {"username": "xiaoman", "role": "clerk", "displayName": "林小满"},
    "POST /api/merchant/api-keys": {
        "name": "ERP",
        "scopes": ["orders:read", "products:read"],
        "expiresAt": "2030-01-01T08:00:00.000+08:00",
    },
    "POST /api/products": {
        "name": "高山乌龙茶",
        "description": "清香",
        "category": "茶饮",
        "images": ["/media/a.png"],
        "originalPrice": 4900,
        "status": "on_sale",
        "specNames": [{"name": "规格", "values": ["250g", "500g"]}],
        "skus": [{"specs": {"规格": "250g"}, "price": 3900, "stock": 5, "image": "/media/b.png", **SKU_DETAILS}],
        **PRODUCT_DETAILS,
    },
    "PUT /api/products/<id:product_id>": {
        "name": "高山乌龙茶",
        "description": "清香",
        "categoryId": NOBODYS_ID,
        "brandId": NOBODYS_ID,
        "images": ["/media/a.png"],
        "originalPrice": 4900,
        "status": "off_sale",
        "publishAt": "2099-01-01T08:00:00.000+08:00",
        "specNames": [{"name": "规格", "values": ["250g", "500g"]}],
        "skus": [
            {
                "id": NOBODYS_ID,
                "specs": {"规格": "250g"},
                "price": 3900,
                "stock": 0,
                "image": "/media/b.png",
                **SKU_DETAILS,
            }
        ],
        **PRODUCT_DETAILS,
    },
    "POST /api/products/<id:product_id>/duplicate": {},
    "POST /api/products/batch/publish": {"ids": [NOBODYS_ID]},
    "POST /api/products/batch/withdraw": {"ids": [NOBODYS_ID]},
    "POST /api/products/batch/price": {"ids": [NOBODYS_ID], "percent": 90},
    "POST /api/products/batch/category": {"ids": [NOBODYS_ID], "categoryId": NOBODYS_ID},
    "POST /api/products/batch/delete": {"ids": [NOBODYS_ID]},
    "POST /api/merchant/categories": {"name": "乌龙茶", "icon": "/media/a.png", "position": 1, "visible": True},
    "PUT /api/merchant/categories/<id:category_id>": {
        "name": "乌龙茶",
        "icon": "/media/a.png",
        "position": 1,
        "visible": True,
        "parentId": NOBODYS_ID,
    },
    "POST /api/merchant/brands": {"name": "小满", "logo": "/media/a.png", "visible": True},
    "PUT /api/merchant/brands/<id:brand_id>": {"name": "小满", "logo": "/media/a.png", "visible": True},
    "POST /api/merchant/webhooks": {
        "url": "http://127.0.0.1:9/hooks",
        "events": ["order.*", "refund.succeeded"],
        "description": "ERP",
    },
    "PUT /api/merchant/webhooks/<id:webhook_id>": {
        "url": "http://127.0.0.1:9/hooks",
        "events": ["*"],
        "isActive": True,
        "description": "ERP",
    },
    "POST /api/merchant/webhooks/<id:webhook_id>/rotate-secret": {},
    "POST /api/merchant/webhooks/<id:webhook_id>/ping": {},
    "POST /api/merchant/webhooks/deliveries/<id:delivery_id>/redeliver": {},
    "POST /api/subscriptions": {"results": {"template-1": "accept"}},
    "POST /api/merchant/text-reviews/<id:review_id>/approve": {},
    "POST /api/merchant/text-reviews/<id:review_id>/reject": {},
    "POST /api/jobs/<id:job_id>/retry": {},
    "POST /api/tenants": STORE,
    "PUT /api/tenants/<id:tenant_id>/settings": {name: value for name, value in STORE.items() if name != "code"},
    "POST /api/tenants/<id:tenant_id>/suspend": {"reason": "欠费"},
    "POST /api/tenants/<id:tenant_id>/resume": {},
    "POST /api/tenants/<id:tenant_id>/owner-invitations": {"username": "owner", "displayName": "林小满"},
    "POST /api/merchant/imports/<id:import_id>/run": {},
    "POST /api/merchant/exports": {"kind": "orders", "format": "csv", "filters": {"status": "paid"}},
    "POST /api/uploads/presign": {"contentType": "image/png", "size": 1000, "purpose": "product"},
    "POST /api/uploads/confirm": {"uploadId": NOBODYS_ID},
    "POST /api/merchant/skus/<id:sku_id>/stock": {"delta": 5, "reason": "到货", "expected": 10},
    "PUT /api/merchant/skus/<id:sku_id>/stock": {"available": 8, "reason": "盘点", "expected": 10},
    "POST /api/merchant/skus/<id:sku_id>/receive": {
        "quantity": 5,
        "reason": "到货",
        "reference": "PO-1",
        "expected": 10,
    },
    "POST /api/merchant/skus/<id:sku_id>/write-off": {"quantity": 1, "reason": "破损", "expected": 10},
    "PUT /api/merchant/skus/<id:sku_id>/low-stock-threshold": {"threshold": 3},
}


def all_routes() -> list[Route]:
    """Returns every route of the app, without a database."""
    return list(_routes())


@cache
def _routes() -> list[Route]:
    app = create_app(settings_for(environment()), cast(Services, object()))
    policies: dict[str, Policy] = app.extensions["minimall-policies"]
    return sorted(
        (
            Route(method, rule.rule, tuple(sorted(rule.arguments)), policies[rule.endpoint.partition(".")[0]])
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ),
        key=str,
    )


def body_of(route: Route) -> dict[str, Any] | None:
    """Returns a valid body; None if the route takes none.

    Raises:
        KeyError: a route takes a body that BODIES does not have yet.
    """
    if route.method not in ("POST", "PUT") or route.policy.audience is Audience.SYSTEM or route.policy.files:
        return None
    return deepcopy(BODIES[str(route)])


def places_in(document: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yields each value inside `document`, containers too, with the names and indexes that lead to it."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, value in inner:
        yield (*place, step), value
        yield from places_in(value, (*place, step))


def changed(document: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Returns a copy of `document` with `value` at `place`."""
    copy = deepcopy(document)
    target: Any = copy
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return copy
