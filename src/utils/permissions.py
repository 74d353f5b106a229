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


_CLERK = frozenset({Permission.PRODUCTS_READ, Permission.ORDERS_READ, Permission.ORDERS_SHIP})
_MANAGER = _CLERK | {Permission.PRODUCTS_WRITE, Permission.STOCK_WRITE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: _CLERK,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(Permission),
}
