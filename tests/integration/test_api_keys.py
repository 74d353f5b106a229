"""Programs that call the API with a key."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from src.models.api_keys import ApiKey
from src.models.audit_log import AuditLogEntry
from src.models.staff import Staff
from src.services.accounts.callers import StaffMember
from src.services.registry import Services
from src.services.staff.api_keys import MAX_KEYS, NewApiKey
from src.utils.errors import Forbidden
from src.utils.permissions import Permission, Role
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Person, Shop, data_of, refused
from tests.factories.staff import API_KEYS, joined, new_key, program, recorded

WANTED = {"name": "ERP", "scopes": ["orders:read"]}
ORDERS = "/api/merchant/orders"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "ERP"}, "scopes"),
        ({"scopes": ["orders:read"]}, "name"),
        ({**WANTED, "name": ""}, "name"),
        ({**WANTED, "name": "x" * 51}, "name"),
        ({**WANTED, "scopes": []}, "scopes"),
        ({**WANTED, "scopes": ["*"]}, "scopes.0"),
        ({**WANTED, "scopes": ["staff:manage"]}, "scopes.0"),
        ({**WANTED, "scopes": ["orders:read", "api_keys:manage"]}, "scopes.1"),
        ({**WANTED, "scopes": ["orders:read", "orders:read"]}, "scopes"),
        ({**WANTED, "scopes": "orders:read"}, "scopes"),
        ({**WANTED, "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({**WANTED, "expiresAt": "2199-01-01T00:00:00Z"}, "expiresAt"),
        ({**WANTED, "expiresAt": "9999-12-31T23:59:59-14:00"}, "expiresAt"),
        ({**WANTED, "expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
        ({**WANTED, "expiresAt": 1}, "expiresAt"),
        ({**WANTED, "staffId": NOBODYS_ID}, "staffId"),
        ({**WANTED, "storeId": NOBODYS_ID}, "storeId"),
    ],
)
def test_a_key_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post(API_KEYS, body), 400)["errors"]) == [field]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_make_keys(shop: Shop, role: Role) -> None:
    key, member = new_key(shop, "orders:read")["apiKey"], shop.staff(role)
    with nothing_changes():
        refused(member.get(API_KEYS), 403)
        refused(member.post(API_KEYS, WANTED), 403)
        refused(member.delete(f"{API_KEYS}/{key['id']}"), 403)


def test_nobody_gives_a_key_more_than_the_own_role(shop: Shop, services: Services) -> None:
    clerk = StaffMember(shop.store_id, ObjectId(shop.staff(Role.CLERK).id), "", Role.CLERK)
    with nothing_changes(), pytest.raises(Forbidden):
        services.staff.api_keys.create(clerk, NewApiKey("ERP", [Permission.ORDERS_READ, Permission.PRODUCTS_WRITE]))


def test_a_key_is_shown_once_and_only_a_hash_is_stored(shop: Shop) -> None:
    made = new_key(shop, "stock:write", "orders:read", expiresAt="2030-01-01T08:00:00.123+08:00")
    key, shown = made["key"], made["apiKey"]
    assert key.startswith(f"{shown['prefix']}_")
    assert (len(shown["prefix"]), len(key)) == (15, 59)
    assert shown == {
        "id": shown["id"],
        "name": "ERP",
        "prefix": shown["prefix"],
        "scopes": ["orders:read", "stock:write"],
        "staffId": shop.staff().id,
        "createdAt": shown["createdAt"],
        "expiresAt": "2030-01-01T00:00:00.123+00:00",
        "lastUsedAt": None,
    }
    assert data_of(shop.staff().get(API_KEYS), 200)["list"] == [shown]
    assert ApiKey.objects.get().key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert key.removeprefix(shown["prefix"]) not in str(contents())
    assert recorded() == [(f"staff:{shop.staff().id}", "api_key.create", shown["id"])]


def test_a_program_may_do_what_is_in_its_scopes(shop: Shop) -> None:
    erp = program(shop, "products:write", "products:read")
    product = data_of(erp.post("/api/products", {"name": "茶", "price": 1}), 201)
    data_of(erp.get(f"/api/merchant/products/{product['id']}"), 200)
    with nothing_changes():
        refused(erp.get(ORDERS), 403)
        refused(erp.post(f"/api/merchant/skus/{product['skus'][0]['id']}/stock", {"delta": 1, "reason": "到货"}), 403)


def test_what_a_program_does_is_recorded_as_its_own(shop: Shop) -> None:
    erp = program(shop, "stock:write")
    sku_id = shop.product()["skus"][0]["id"]
    data_of(erp.post(f"/api/merchant/skus/{sku_id}/stock", {"delta": 1, "reason": "到货"}), 200)
    by_program = AuditLogEntry.objects(actor=f"api_key:{erp.id}")
    assert [entry.action.value for entry in by_program] == ["stock.adjust"]
    move = contents()["stock_moves"][-1]
    assert move["staff_id"] == ObjectId(shop.staff().id)


@pytest.mark.parametrize("path", ["/api/staff/me", "/api/staff/sessions", "/api/merchant/staff", API_KEYS])
def test_a_program_has_no_account_and_manages_nobody(shop: Shop, path: str) -> None:
    every = [scope.value for scope in Permission if scope.value not in ("staff:manage", "api_keys:manage")]
    erp = program(shop, *every)
    data_of(erp.get(ORDERS), 200)
    with nothing_changes():
        refused(erp.get(path), 403)


def test_a_program_is_no_shopper(shop: Shop) -> None:
    erp = program(shop, "orders:read")
    with nothing_changes():
        refused(erp.get("/api/orders"), 401)


def test_a_key_that_is_not_ours(shop: Shop) -> None:
    key = new_key(shop, "orders:read")["key"]
    other = "A" if key[-1] != "A" else "B"
    with nothing_changes():
        for forged in (
            "mk_",
            key[:-1],
            key[:-1] + other,
            key + "x",
            key[:16],
            "mk_é",
            "mk_" + "x" * 8_000,
            key.upper(),
        ):
            refused(Person(shop, {"Authorization": f"Bearer {forged}"}, "").get(ORDERS), 401)


def test_a_key_opens_its_own_store_only(shop: Shop, other_shop: Shop) -> None:
    erp = program(shop, "orders:read", "products:read")
    product = other_shop.product()
    stranger = Person(other_shop, {**erp.headers, "X-Store": "other"}, erp.id)
    data_of(erp.get(ORDERS), 200)  # notes the use
    with nothing_changes():
        refused(stranger.get(f"/api/merchant/products/{product['id']}"), 404)
        refused(other_shop.staff().delete(f"{API_KEYS}/{erp.id}"), 404)
    assert data_of(other_shop.staff().get(API_KEYS), 200)["list"] == []


def test_a_revoked_key_is_refused_at_once(shop: Shop) -> None:
    erp, owner = program(shop, "orders:read"), shop.staff()
    data_of(owner.delete(f"{API_KEYS}/{erp.id}"), 200)
    with nothing_changes():
        refused(erp.get(ORDERS), 401)
        refused(owner.delete(f"{API_KEYS}/{erp.id}"), 404)
    assert recorded()[-1] == (f"staff:{owner.id}", "api_key.revoke", erp.id)


def test_a_key_ends_when_it_was_said_to(shop: Shop, clock: MovableClock) -> None:
    ends = (clock.now() + timedelta(hours=2)).isoformat(timespec="milliseconds")
    made = new_key(shop, "orders:read", expiresAt=ends)
    erp = Person(shop, {"Authorization": f"Bearer {made['key']}"}, "")
    clock.advance(hours=1, minutes=59)
    data_of(erp.get(ORDERS), 200)
    clock.advance(minutes=1)
    with nothing_changes():
        refused(erp.get(ORDERS), 401)


def test_a_key_may_do_no_more_than_who_made_it(shop: Shop) -> None:
    maker, owner = joined(shop, Role.OWNER), shop.staff()
    erp = program(shop, "orders:read", "webhooks:manage", by=maker)
    data_of(erp.get("/api/merchant/webhooks"), 200)
    data_of(owner.put(maker.path, {"role": "manager"}), 200)
    refused(erp.get("/api/merchant/webhooks"), 403)
    data_of(erp.get(ORDERS), 200)
    data_of(owner.post(f"{maker.path}/disable", {}), 200)
    refused(erp.get(ORDERS), 401)
    data_of(owner.post(f"{maker.path}/enable", {}), 200)
    data_of(erp.get(ORDERS), 200)


def test_the_last_use_is_noted_at_most_once_a_minute(shop: Shop, clock: MovableClock) -> None:
    erp = program(shop, "orders:read")
    data_of(erp.get(ORDERS), 200)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    data_of(erp.get(ORDERS), 200)
    assert ApiKey.objects.get().last_used_at == first
    clock.advance(seconds=60)
    data_of(erp.get(ORDERS), 200)
    assert ApiKey.objects.get().last_used_at >= first + timedelta(seconds=60)


def test_a_store_has_so_many_keys_and_no_more(shop: Shop) -> None:
    owner = shop.staff()
    stored = ApiKey.objects.get(id=new_key(shop, "orders:read")["apiKey"]["id"]).to_mongo().to_dict()
    others = [{**stored, "_id": ObjectId(), "slot": n, "prefix": f"mk_{n}"} for n in range(2, MAX_KEYS - 1)]
    ApiKey.collection().insert_many(others)
    statuses = results(at_once([lambda: owner.post(API_KEYS, WANTED).status_code] * 4))
    assert sorted(statuses) == [201, 201, 409, 409]
    assert ApiKey.objects.count() == MAX_KEYS
    with nothing_changes():
        assert refused(owner.post(API_KEYS, WANTED), 40927) == {"limit": MAX_KEYS}
    assert [action for _, action, _ in recorded()] == ["api_key.create"] * 3


def test_keys_of_a_maker_who_is_gone_open_nothing(shop: Shop) -> None:
    erp = program(shop, "orders:read")
    Staff.objects.delete()
    refused(erp.get(ORDERS), 401)
