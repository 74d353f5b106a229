"""HTTP: blueprints and schemas. This list says who may call what."""

from __future__ import annotations

from flask import Blueprint as PlainBlueprint

from src.controllers import auth, docs, health, media, orders, products, users, wechat_callbacks
from src.controllers.api import Blueprint
from src.controllers.merchant import orders as merchant_orders
from src.controllers.merchant import products as merchant_products
from src.controllers.merchant import staff_account, staff_auth
from src.middleware.policies import LOGIN, PUBLIC, REFRESH, SHOPPER, STAFF, STAFF_LOGIN, SYSTEM, Policy, staff_with
from src.utils.permissions import Permission

BLUEPRINTS: list[tuple[Blueprint, Policy]] = [
    (auth.blueprint, LOGIN),
    (auth.refreshing, REFRESH),
    (users.blueprint, SHOPPER),
    (products.blueprint, PUBLIC),
    (orders.blueprint, SHOPPER),
    (staff_auth.blueprint, STAFF_LOGIN),
    (staff_auth.refreshing, REFRESH),
    (staff_account.blueprint, STAFF),
    (merchant_products.reading, staff_with(Permission.PRODUCTS_READ)),
    (merchant_products.editing, staff_with(Permission.PRODUCTS_WRITE)),
    (merchant_products.stock, staff_with(Permission.STOCK_WRITE)),
    (merchant_orders.reading, staff_with(Permission.ORDERS_READ)),
    (merchant_orders.shipping, staff_with(Permission.ORDERS_SHIP)),
    (wechat_callbacks.blueprint, SYSTEM),
    (health.blueprint, SYSTEM),
]

# Pages and files: not part of the API's document.
UNDOCUMENTED: list[tuple[PlainBlueprint, Policy]] = [(docs.blueprint, SYSTEM), (media.blueprint, SYSTEM)]

ALL_BLUEPRINTS: list[tuple[PlainBlueprint, Policy]] = [*BLUEPRINTS, *UNDOCUMENTED]
