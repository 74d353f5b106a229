"""Stores as whoever runs the platform makes, changes, suspends and resumes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from src.models.connection import database
from src.models.stores import Store
from src.services.stores.stores import STALE_FOR_S
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID, all_routes, body_of
from tests.factories.shop import ADDRESS, Person, Shop, data_of, refused

ROUTES = [route for route in all_routes() if route.policy.audience == "platform"]
SECRETS = ("appSecret", "merchantPrivateKey", "apiV3Key", "pushToken", "pushAesKey")


@pytest.fixture
def platform(shop: Shop) -> Person:
    return shop.platform()


def file_of(shop: Shop, **changes: Any) -> dict[str, Any]:
    """Returns a whole store's file with an account of its own in the sandbox."""
    account = {name: str(value) for name, value in shop.control("accounts", {"keys": "public_key"}).items()}
    return {**account, "code": "third", "name": "三店", "hosts": [], "isDefault": False, **changes}


def run(shop: Shop, *arguments: str) -> Result:
    return shop.app.test_cli_runner().invoke(args=list(arguments))


def suspend(platform: Person, shop: Shop) -> None:
    data_of(platform.post(f"/api/tenants/{shop.store_id}/suspend", {"reason": "欠费"}), 200)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_only_a_platform_key_administers_stores(shop: Shop, route: Any) -> None:
    people = {
        "nobody": shop.anonymous,
        "shopper": shop.buyer(),
        "owner": shop.staff(Role.OWNER),
        "wrong key": Person(shop, {"Authorization": f"Bearer pk_{'0' * 12}_secret"}, ""),
        "no key": Person(shop, {"Authorization": "Bearer pk_"}, ""),
    }
    with nothing_changes():
        for person in people.values():
            call = shop.client.open(
                route.path(tenant_id=str(shop.store_id)),
                method=route.method,
                json=body_of(route),
                headers=person.headers,
            )
            refused(call, 401)


def test_a_platform_key_is_no_member_of_any_store(shop: Shop, platform: Person) -> None:
    with nothing_changes():
        for path in ("/api/merchant/products", "/api/orders", "/api/staff/me"):
            refused(platform.get(path), 401)


def test_keys_are_made_listed_and_revoked_by_command(shop: Shop, clock: MovableClock) -> None:
    made = run(shop, "platform-keys", "create", "hosting")
    assert made.exit_code == 0
    key = made.output.strip()
    prefix = key[:15]
    assert database()["platform_keys"].find_one({}, {"_id": 0, "prefix": 1}) == {"prefix": prefix}
    assert key[16:] not in json.dumps(list(database()["platform_keys"].find()), default=str)
    assert "used never" in run(shop, "platform-keys", "list").output
    person = Person(shop, {"Authorization": f"Bearer {key}"}, "")
    data_of(person.get("/api/tenants"), 200)
    assert f"used {clock.now():%F %H:%M}" in run(shop, "platform-keys", "list").output
    refused(Person(shop, {"Authorization": f"Bearer {key}x"}, "").get("/api/tenants"), 401)
    assert run(shop, "platform-keys", "revoke", prefix).output == f"{prefix} is revoked\n"
    refused(person.get("/api/tenants"), 401)
    assert run(shop, "platform-keys", "revoke", prefix).output == f"Error: there is no key {prefix}\n"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "main"}, 40930),
        ({"hosts": ["taken.example.com"]}, 40930),
        ({"isDefault": True}, 40930),
        ({"code": "Third"}, 400),
        ({"merchantPrivateKey": "no key"}, 400),
        ({"apiV3Key": "short"}, 400),
        ({"pushAesKey": "a" * 43}, 400),
        ({"timeZone": "Mars/Olympus"}, 400),
        ({"timeZone": "../../etc/passwd"}, 400),
        ({"timeZone": "right/Asia/Shanghai"}, 400),
        ({"orderTtlMinutes": 4}, 400),
        ({"limits": {"maxProducts": -1}}, 400),
        ({"limits": {"maxOrders": 1}}, 400),
        ({"status": "suspended"}, 400),
    ],
    ids=str,
)
def test_what_is_no_store_makes_none(shop: Shop, platform: Person, changes: dict[str, Any], code: int) -> None:
    data_of(platform.put(f"/api/tenants/{shop.store_id}/settings", {"hosts": ["taken.example.com"]}), 200)
    body = file_of(shop, **changes)
    platform.get("/api/tenants")
    with nothing_changes():
        data = refused(platform.post("/api/tenants", body), code)
    assert body["merchantPrivateKey"] not in json.dumps(data)


def test_a_store_is_made_and_works(shop: Shop, platform: Person) -> None:
    body = file_of(shop, limits={"maxProducts": 1}, orderTtlMinutes=5, timeZone="Europe/Berlin")
    made = platform.post("/api/tenants", body)
    for secret in SECRETS:
        assert str(body.get(secret, "-----BEGIN PRIVATE")) not in made.get_data(as_text=True)
    tenant = data_of(made, 201)
    assert (tenant["status"], tenant["timeZone"], tenant["orderTtlMinutes"]) == ("active", "Europe/Berlin", 5)
    assert tenant["limits"] == {"maxProducts": 1, "maxStaff": None, "maxUploadBytes": None}
    assert {secret["name"]: secret["isSet"] for secret in tenant["secrets"]} == {
        "appSecret": True,
        "merchantPrivateKey": True,
        "apiV3Key": True,
        "pushToken": False,
        "pushAesKey": False,
    }
    assert data_of(platform.get(f"/api/tenants/{tenant['id']}"), 200) == tenant
    account = {name: body[name] for name in body if isinstance(body[name], str)}
    third = Shop(shop.app, shop.sandbox, "third", Store.find_by_code("third").id, account)  # type: ignore[union-attr]
    buyer = third.buyer()
    sku = third.sku()
    order = buyer.placed((sku, 1))
    raw = database()["orders"].find_one({"order_no": order["orderNo"]})
    assert raw is not None
    assert (raw["expires_at"] - raw["created_at"]).total_seconds() == 300
    assert third.paid_order(buyer, (sku, 1))["status"] == "paid"


def test_stores_are_listed(shop: Shop, other_shop: Shop, platform: Person) -> None:
    suspend(platform, other_shop)
    assert codes(platform) == ["other", "main"]
    assert codes(platform, status="suspended") == ["other"]
    assert codes(platform, status="active") == ["main"]
    assert codes(platform, keyword="MAI") == ["main"]
    assert codes(platform, keyword=".*") == []
    assert codes(platform, page=2, size=1) == ["main"]
    refused(platform.get("/api/tenants", status="gone"), 400)


def codes(platform: Person, **query: Any) -> list[str]:
    return [tenant["code"] for tenant in data_of(platform.get("/api/tenants", **query), 200)["list"]]


def test_settings_change_alone(shop: Shop, platform: Person, clock: MovableClock) -> None:
    path = f"/api/tenants/{shop.store_id}/settings"
    before = data_of(platform.get(f"/api/tenants/{shop.store_id}"), 200)
    clock.advance(seconds=60)
    after = data_of(platform.put(path, {"name": "新名", "limits": {"maxStaff": 3}, "appSecret": "another"}), 200)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"name", "limits", "secrets", "updatedAt"}
    assert after["limits"] == {"maxProducts": None, "maxStaff": 3, "maxUploadBytes": None}
    moved = [new["name"] for old, new in zip(before["secrets"], after["secrets"], strict=True) if new != old]
    assert moved == ["appSecret"]
    assert data_of(platform.put(path, {"limits": {"maxProducts": 7}}), 200)["limits"]["maxStaff"] == 3


def test_settings_that_do_not_fit_change_nothing(shop: Shop, platform: Person, other_shop: Shop) -> None:
    path = f"/api/tenants/{shop.store_id}/settings"
    shop.paid_order(shop.buyer(), (shop.sku(), 1))
    data_of(platform.get("/api/tenants"), 200)
    with nothing_changes():
        refused(platform.put(f"/api/tenants/{NOBODYS_ID}/settings", {"name": "x"}), 404)
        refused(platform.put(path, {"pushAesKey": "a" * 43}), 400)
        refused(platform.put(path, {"wechatpayPublicKey": None}), 400)
        refused(platform.put(path, {"merchantPrivateKey": "no key"}), 400)
        refused(platform.put(path, {"code": "new"}), 400)
        refused(platform.put(path, {"messageTemplates": {"order_paid": {"page": "pages/a"}}}), 400)
        refused(platform.put(path, {"mchid": "1900000999"}), 40933)


def test_changes_at_the_same_time_lose_nothing(shop: Shop, platform: Person) -> None:
    path = f"/api/tenants/{shop.store_id}/settings"
    bodies: list[dict[str, Any]] = [{"name": "甲"}, {"orderTtlMinutes": 7}, {"confirmReceiptDays": 3}]
    answers = results(at_once([lambda body=body: platform.put(path, body) for body in bodies]))
    assert [answer.status_code for answer in answers] == [200] * 3
    tenant = data_of(platform.get(f"/api/tenants/{shop.store_id}"), 200)
    assert (tenant["name"], tenant["orderTtlMinutes"], tenant["confirmReceiptDays"]) == ("甲", 7, 3)


def test_a_suspended_store_refuses_shoppers_and_staff(shop: Shop, other_shop: Shop, platform: Person) -> None:
    buyer, staff, sku = shop.buyer(), shop.staff(), shop.sku()
    order = buyer.placed((sku, 1))
    login = shop.login_code(buyer.wechat_user)
    line = {**sku, "quantity": 1}
    suspend(platform, shop)
    platform.get("/api/tenants")
    with nothing_changes():
        refused(shop.anonymous.get("/api/products"), 40302)
        refused(shop.anonymous.post("/api/auth/login", {"code": login}), 40302)
        refused(shop.anonymous.post("/api/auth/refresh", {"refreshToken": buyer.refresh_token}), 40302)
        refused(shop.anonymous.post("/api/staff/login", {"username": "a", "password": "correct horse battery"}), 40302)
        refused(buyer.post("/api/orders", {"items": [line], "address": ADDRESS}), 40302)
        refused(buyer.pay(order["id"]), 40302)
        refused(buyer.get("/api/orders"), 40302)
        refused(staff.post("/api/products", {"name": "茶", "price": 1, "stock": 1}), 40302)
        refused(staff.get("/api/merchant/orders"), 40302)
        refused(platform.post(f"/api/tenants/{shop.store_id}/suspend", {"reason": "again"}), 40931)
    data_of(other_shop.anonymous.get("/api/products"), 200)
    resumed = data_of(platform.post(f"/api/tenants/{shop.store_id}/resume"), 200)
    assert (resumed["status"], resumed["suspendedAt"], resumed["suspendedReason"]) == ("active", None, None)
    assert buyer.read_order(order["id"])["status"] == "pending"
    data_of(shop.anonymous.post("/api/auth/refresh", {"refreshToken": buyer.refresh_token}), 200)
    refused(platform.post(f"/api/tenants/{shop.store_id}/resume"), 40931)


def test_money_of_a_suspended_store_goes_on(shop: Shop, platform: Person) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    arguments = data_of(buyer.pay(order["id"]), 200)
    suspend(platform, shop)
    assert buyer.pay_in_wechat(arguments) == "requestPayment:ok"
    shop.deliver(order["orderNo"])
    stored = database()["orders"].find_one({"order_no": order["orderNo"]})
    assert stored is not None
    assert stored["status"] == "paid"


def test_another_process_learns_of_a_suspension_within_seconds(shop: Shop, platform: Person) -> None:
    """It keeps what it knows of a store for no longer than that."""
    assert STALE_FOR_S <= 5
    database()["stores"].update_one({"code": "main"}, {"$set": {"status": "suspended"}})
    with shop.app.app_context():
        shop.app.extensions["minimall"].stores.forget()
    refused(shop.anonymous.get("/api/products"), 40302)
