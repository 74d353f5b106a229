"""What each staff role may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    CLERK = "clerk"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"


class Permission(StrEnum):
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    MEDIA_WRITE = "media:write"
    IMPORTS_RUN = "imports:run"
    EXPORTS_RUN = "exports:run"
    ORDERS_READ = "orders:read"
    ORDERS_SHIP = "orders:ship"
    ORDERS_NOTE = "orders:note"
    ORDERS_REPRICE = "orders:reprice"
    REFUNDS_READ = "refunds:read"
    REFUNDS_DECIDE = "refunds:decide"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_RESOLVE = "payments:resolve"
    RECONCILIATIONS_READ = "reconciliations:read"
    STATISTICS_READ = "statistics:read"
    TEXTS_MODERATE = "texts:moderate"
    JOBS_READ = "jobs:read"
    JOBS_RETRY = "jobs:retry"
    WEBHOOKS_MANAGE = "webhooks:manage"
    STAFF_MANAGE = "staff:manage"
    API_KEYS_MANAGE = "api_keys:manage"
    AUDIT_LOG_READ = "audit_log:read"


_CLERK = frozenset(
    {
        Permission.PRODUCTS_READ,
        Permission.STOCK_READ,
        Permission.ORDERS_READ,
        Permission.ORDERS_SHIP,
        Permission.ORDERS_NOTE,
        Permission.REFUNDS_READ,
    }
)
_WAREHOUSE = frozenset(
    {
        Permission.PRODUCTS_READ,
        Permission.STOCK_READ,
        Permission.STOCK_WRITE,
        Permission.ORDERS_READ,
        Permission.ORDERS_SHIP,
        Permission.ORDERS_NOTE,
        Permission.JOBS_READ,
    }
)
_FINANCE = frozenset(
    {
        Permission.PRODUCTS_READ,
        Permission.ORDERS_READ,
        Permission.REFUNDS_READ,
        Permission.REFUNDS_DECIDE,
        Permission.PAYMENTS_READ,
        Permission.RECONCILIATIONS_READ,
        Permission.STATISTICS_READ,
        Permission.EXPORTS_RUN,
        Permission.JOBS_READ,
    }
)
_OWNER_ONLY = frozenset(
    {
        Permission.WEBHOOKS_MANAGE,
        Permission.PAYMENTS_RESOLVE,
        Permission.STAFF_MANAGE,
        Permission.API_KEYS_MANAGE,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: _CLERK,
    Role.WAREHOUSE: _WAREHOUSE,
    Role.FINANCE: _FINANCE,
    Role.MANAGER: frozenset(Permission) - _OWNER_ONLY,
    Role.OWNER: frozenset(Permission),
}
