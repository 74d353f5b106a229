"""What each staff role may do."""

from __future__ import annotations

import pytest

from src.utils.permissions import PERMISSIONS, Permission, Role

_CLERK = {"products:read", "stock:read", "orders:read", "orders:ship", "orders:note", "refunds:read"}
_OWNER_ONLY = {"payments:resolve", "webhooks:manage", "staff:manage", "api_keys:manage"}
_ALL = {permission.value for permission in Permission}
TABLE = {
    "clerk": _CLERK,
    "warehouse": {*_CLERK, "stock:write", "jobs:read"} - {"refunds:read"},
    "finance": {
        "products:read",
        "orders:read",
        "refunds:read",
        "refunds:decide",
        "payments:read",
        "reconciliations:read",
        "statistics:read",
        "exports:run",
        "jobs:read",
    },
    "manager": _ALL - _OWNER_ONLY,
    "owner": _ALL,
}


@pytest.mark.parametrize("role", list(Role))
def test_the_table(role: Role) -> None:
    assert {permission.value for permission in PERMISSIONS[role]} == TABLE[role.value]


def test_what_only_owners_may() -> None:
    others = set().union(*(PERMISSIONS[role] for role in Role if role is not Role.OWNER))
    assert {permission.value for permission in PERMISSIONS[Role.OWNER] - others} == _OWNER_ONLY
