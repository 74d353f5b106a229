"""What each staff role may do."""

from __future__ import annotations

import pytest

from src.utils.permissions import PERMISSIONS, Role

_CLERK = {"products:read", "orders:read", "orders:ship", "refunds:read"}
_MANAGER = {
    *_CLERK,
    "products:write",
    "stock:write",
    "refunds:decide",
    "payments:read",
    "reconciliations:read",
    "texts:moderate",
    "jobs:read",
    "jobs:retry",
}
TABLE = {"clerk": _CLERK, "manager": _MANAGER, "owner": {*_MANAGER, "payments:resolve", "webhooks:manage"}}


@pytest.mark.parametrize("role", list(Role))
def test_the_table(role: Role) -> None:
    assert {permission.value for permission in PERMISSIONS[role]} == TABLE[role.value]
