"""What each staff role may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    CLERK = "clerk"


class Permission(StrEnum):
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    STOCK_WRITE = "stock:write"
    ORDERS_READ = "orders:read"
    ORDERS_SHIP = "orders:ship"
    REFUNDS_READ = "refunds:read"
    REFUNDS_DECIDE = "refunds:decide"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_RESOLVE = "payments:resolve"
    RECONCILIATIONS_READ = "reconciliations:read"
    TEXTS_MODERATE = "texts:moderate"
    JOBS_READ = "jobs:read"
    JOBS_RETRY = "jobs:retry"
    WEBHOOKS_MANAGE = "webhooks:manage"


_CLERK = frozenset({Permission.PRODUCTS_READ, Permission.ORDERS_READ, Permission.ORDERS_SHIP, Permission.REFUNDS_READ})
_MANAGER = frozenset(Permission) - {Permission.WEBHOOKS_MANAGE, Permission.PAYMENTS_RESOLVE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: _CLERK,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(Permission),
}
