"""What each staff role may do."""

from __future__ import annotations

import pytest

from src.utils.permissions import PERMISSIONS, Role

TABLE = {
    "clerk": {"products:read", "orders:read", "orders:ship"},
    "manager": {"products:read", "orders:read", "orders:ship", "products:write", "stock:write"},
    "owner": {"products:read", "orders:read", "orders:ship", "products:write", "stock:write"},
}


@pytest.mark.parametrize("role", list(Role))
def test_the_table(role: Role) -> None:
    assert {permission.value for permission in PERMISSIONS[role]} == TABLE[role.value]
