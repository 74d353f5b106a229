"""Stores as whoever runs the platform makes and changes them."""

from __future__ import annotations

from tests.factories.shop import Shop, data_of

_TENANTS = "/api/tenants"


def walk_tenants(shop: Shop) -> None:
    """Calls every operation of the platform."""
    platform = shop.platform()
    account = {name: str(value) for name, value in shop.control("accounts", {"keys": "public_key"}).items()}
    made = data_of(
        platform.post(_TENANTS, {**account, "code": "walked", "name": "行走", "hosts": [], "isDefault": False}), 201
    )
    path = f"{_TENANTS}/{made['id']}"
    data_of(platform.put(f"{path}/settings", {"name": "行走二店"}), 200)
    data_of(platform.post(f"{path}/suspend", {"reason": "欠费"}), 200)
    data_of(platform.post(f"{path}/resume"), 200)
    data_of(platform.get(path), 200)
    data_of(platform.post(f"{path}/owner-invitations", {"username": "owner"}), 201)
    assert data_of(platform.get(f"{path}/audit-log"), 200)["pagination"]["total"] == 5
    assert data_of(platform.get(_TENANTS, keyword="行走"), 200)["list"]
    data_of(platform.get(f"{path}/usage"), 200)
