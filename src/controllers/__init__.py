"""HTTP: blueprints and schemas. This list says who may call what."""

from __future__ import annotations

from flask import Blueprint as PlainBlueprint

from src.controllers import (
    auth,
    categories,
    docs,
    health,
    media,
    orders,
    product_codes,
    products,
    refunds,
    search,
    subscriptions,
    tenants,
    uploads,
    users,
    wechat_callbacks,
    wechat_messages,
)
from src.controllers.api import Blueprint
from src.controllers.merchant import (
    api_keys,
    delivery_companies,
    exports,
    imports,
    jobs,
    product_batches,
    reconciliations,
    staff_account,
    staff_auth,
    staff_credentials,
    staff_invitations,
    staff_members,
    statistics,
    text_reviews,
)
from src.controllers.merchant import audit_log as merchant_audit_log
from src.controllers.merchant import brands as merchant_brands
from src.controllers.merchant import categories as merchant_categories
from src.controllers.merchant import orders as merchant_orders
from src.controllers.merchant import payments as merchant_payments
from src.controllers.merchant import products as merchant_products
from src.controllers.merchant import refunds as merchant_refunds
from src.controllers.merchant import stock as merchant_stock
from src.controllers.merchant import webhooks as merchant_webhooks
from src.middleware.policies import (
    FORM,
    LOGIN,
    PLATFORM,
    PUBLIC,
    REFRESH,
    SHOPPER,
    STAFF,
    STAFF_LOGIN,
    STAFF_PROVING,
    SYSTEM,
    Policy,
    shopper_or_staff_with,
    staff_with,
)
from src.services.media.uploads import MOST_FILES
from src.services.sheets.limits import MAX_FILE_BYTES
from src.utils.permissions import Permission

BLUEPRINTS: list[tuple[Blueprint, Policy]] = [
    (auth.blueprint, LOGIN),
    (auth.refreshing, REFRESH),
    (users.blueprint, SHOPPER),
    (products.blueprint, PUBLIC),
    (search.blueprint, PUBLIC),
    (search.history, SHOPPER),
    (product_codes.blueprint, PUBLIC),
    (categories.blueprint, PUBLIC),
    (categories.brands, PUBLIC),
    (orders.blueprint, SHOPPER),
    (refunds.of_orders, SHOPPER),
    (refunds.blueprint, SHOPPER),
    (staff_auth.blueprint, STAFF_LOGIN),
    (staff_auth.refreshing, REFRESH),
    (staff_account.blueprint, STAFF),
    (staff_credentials.blueprint, STAFF_PROVING),
    (staff_members.blueprint, staff_with(Permission.STAFF_MANAGE)),
    (staff_invitations.blueprint, staff_with(Permission.STAFF_MANAGE)),
    (api_keys.blueprint, staff_with(Permission.API_KEYS_MANAGE)),
    (merchant_products.reading, staff_with(Permission.PRODUCTS_READ)),
    (merchant_products.editing, staff_with(Permission.PRODUCTS_WRITE)),
    (product_batches.blueprint, staff_with(Permission.PRODUCTS_WRITE)),
    (merchant_categories.reading, staff_with(Permission.PRODUCTS_READ)),
    (merchant_categories.editing, staff_with(Permission.PRODUCTS_WRITE)),
    (merchant_brands.reading, staff_with(Permission.PRODUCTS_READ)),
    (merchant_brands.editing, staff_with(Permission.PRODUCTS_WRITE)),
    (merchant_stock.reading, staff_with(Permission.STOCK_READ)),
    (merchant_stock.moving, staff_with(Permission.STOCK_WRITE)),
    (merchant_orders.reading, staff_with(Permission.ORDERS_READ)),
    (merchant_orders.noting, staff_with(Permission.ORDERS_NOTE)),
    (merchant_orders.repricing, staff_with(Permission.ORDERS_REPRICE)),
    (merchant_orders.shipping, staff_with(Permission.ORDERS_SHIP)),
    (merchant_refunds.reading, staff_with(Permission.REFUNDS_READ)),
    (merchant_refunds.deciding, staff_with(Permission.REFUNDS_DECIDE)),
    (merchant_payments.reading, staff_with(Permission.PAYMENTS_READ)),
    (merchant_payments.resolving, staff_with(Permission.PAYMENTS_RESOLVE)),
    (delivery_companies.blueprint, staff_with(Permission.ORDERS_SHIP)),
    (merchant_webhooks.blueprint, staff_with(Permission.WEBHOOKS_MANAGE)),
    (reconciliations.blueprint, staff_with(Permission.RECONCILIATIONS_READ)),
    (subscriptions.blueprint, SHOPPER),
    (text_reviews.blueprint, staff_with(Permission.TEXTS_MODERATE)),
    (statistics.blueprint, staff_with(Permission.STATISTICS_READ)),
    (merchant_audit_log.blueprint, staff_with(Permission.AUDIT_LOG_READ)),
    (jobs.reading, staff_with(Permission.JOBS_READ)),
    (jobs.stats, staff_with(Permission.JOBS_READ)),
    (jobs.retrying, staff_with(Permission.JOBS_RETRY)),
    (uploads.single, shopper_or_staff_with(Permission.MEDIA_WRITE, files=1)),
    (uploads.several, shopper_or_staff_with(Permission.MEDIA_WRITE, files=MOST_FILES)),
    (uploads.direct, shopper_or_staff_with(Permission.MEDIA_WRITE)),
    (uploads.kept, shopper_or_staff_with(Permission.MEDIA_WRITE)),
    (imports.reading, staff_with(Permission.IMPORTS_RUN)),
    (imports.taking, staff_with(Permission.IMPORTS_RUN, files=1, file_bytes=MAX_FILE_BYTES)),
    (imports.running, staff_with(Permission.IMPORTS_RUN)),
    (exports.blueprint, staff_with(Permission.EXPORTS_RUN)),
    (tenants.blueprint, PLATFORM),
    (wechat_callbacks.blueprint, SYSTEM),
    (wechat_messages.blueprint, SYSTEM),
    (health.blueprint, SYSTEM),
]

# Pages and files: not part of the API's document.
UNDOCUMENTED: list[tuple[PlainBlueprint, Policy]] = [
    (docs.blueprint, SYSTEM),
    (media.blueprint, SYSTEM),
    (uploads.local, FORM),
]

ALL_BLUEPRINTS: list[tuple[PlainBlueprint, Policy]] = [*BLUEPRINTS, *UNDOCUMENTED]
