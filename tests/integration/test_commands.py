"""Commands of an operator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result
from werkzeug.test import TestResponse

from src.models.connection import database
from src.models.indexes import missing_indexes
from src.models.orders import Order
from src.models.staff import Staff
from src.models.stores import Store
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.shop import PASSWORD, Shop, data_of, refused
from tests.factories.wechat import fault, pass_time


def run(shop: Shop, *arguments: str, stdin: str | None = None) -> Result:
    return shop.app.test_cli_runner().invoke(args=list(arguments), input=stdin)


def failed(result: Result) -> str:
    """Asserts that a command ended with one clear line; returns it."""
    assert (result.exit_code, result.output.startswith("Error: ")) == (1, True), result.output
    (line,) = result.output.splitlines()
    return line


def store_file(shop: Shop, **changes: Any) -> str:
    store = {"code": "second", "name": "二店", "hosts": [], "isDefault": False}
    return json.dumps({**shop.credentials, **store, **changes})


def save(shop: Shop, **changes: Any) -> Result:
    return run(shop, "stores", "save", "-", stdin=store_file(shop, **changes))


def create_staff(shop: Shop, *options: str, name: str = "xiaoman", password: str = PASSWORD) -> Result:
    arguments = ("staff", "create", name, "--role", "clerk", "--password-file", "-", *options)
    return run(shop, *arguments, stdin=f"{password}\n")


def set_password(shop: Shop, *options: str, name: str = "xiaoman", password: str) -> Result:
    return run(shop, "staff", "password", name, "--password-file", "-", *options, stdin=password)


def login(shop: Shop, password: str) -> TestResponse:
    return shop.anonymous.post("/api/staff/login", {"username": "xiaoman", "password": password})


def test_indexes_are_made_once_and_again(shop: Shop) -> None:
    database()["orders"].drop_index("order_no_1")
    for _ in range(2):
        assert run(shop, "indexes", "ensure").output == "indexes are complete\n"
    assert missing_indexes() == []


def test_a_conflicting_index_is_one_line(shop: Shop) -> None:
    database()["orders"].drop_index("order_no_1")
    database()["orders"].create_index("order_no")
    assert "order_no_1" in failed(run(shop, "indexes", "ensure"))
    database()["orders"].drop_index("order_no_1")
    run(shop, "indexes", "ensure")


@pytest.mark.parametrize(
    "changes",
    [
        {"code": ""},
        {"code": "Second"},
        {"code": "$ne"},
        {"appid": ""},
        {"apiV3Key": "short"},
        {"hosts": None},
        {"hosts": ["Shop.Example"]},
        {"hosts": ["shop.example:8443"]},
        {"isDefault": "yes"},
        {"owner": "me"},
        {"merchantPrivateKey": "not a key"},
        {"wechatpayPublicKey": "not a key"},
        {"isDefault": True},
    ],
)
def test_a_store_that_cannot_be_saved(shop: Shop, changes: dict[str, Any]) -> None:
    with nothing_changes():
        line = failed(save(shop, **changes))
    assert shop.credentials["appSecret"] not in line


def test_a_file_that_is_not_json(shop: Shop) -> None:
    with nothing_changes():
        assert "is not JSON" in failed(run(shop, "stores", "save", "-", stdin="{"))


def test_a_host_belongs_to_one_store(shop: Shop) -> None:
    assert save(shop, hosts=["second.example"]).exit_code == 0
    with nothing_changes():
        failed(save(shop, code="third", hosts=["second.example"]))


def test_a_store_is_saved_with_its_secrets_sealed(shop: Shop) -> None:
    assert save(shop, hosts=["second.example"]).output == "store second is saved\n"
    stored = Store.objects.get(code="second")
    assert (stored.name, list(stored.hosts), stored.is_default) == ("二店", ["second.example"], False)
    everything = str(contents()["stores"])
    for name in ("appSecret", "apiV3Key", "merchantPrivateKey"):
        assert shop.credentials[name][:40] not in everything


def test_saving_a_store_again_changes_it(shop: Shop) -> None:
    save(shop)
    first = Store.objects.get(code="second")
    save(shop, name="新名")
    assert [(store.id, store.name) for store in Store.objects(code="second")] == [(first.id, "新名")]


@pytest.mark.parametrize(
    ("name", "password", "options"),
    [
        ("xiaoman", "short", ()),
        ("xiaoman", "x" * 129, ()),
        ("xiaoman", "", ()),
        ("x" * 65, PASSWORD, ()),
        ("", PASSWORD, ()),
        ("xiaoman", PASSWORD, ("--store", "nope")),
    ],
)
def test_staff_who_cannot_be_created(shop: Shop, name: str, password: str, options: tuple[str, ...]) -> None:
    with nothing_changes():
        line = failed(create_staff(shop, *options, name=name, password=password))
    assert PASSWORD not in line


def test_a_name_is_taken_once_per_store(shop: Shop, other_shop: Shop) -> None:
    assert create_staff(shop).exit_code == 0
    with nothing_changes():
        assert failed(create_staff(shop)).startswith("Error: xiaoman exists;")
    assert create_staff(shop, "--store", "other").exit_code == 0


def test_a_role_must_be_one(shop: Shop) -> None:
    with nothing_changes():
        assert create_staff(shop, "--role", "boss").exit_code == 2


def test_created_staff_can_log_in(shop: Shop) -> None:
    assert create_staff(shop).output == "xiaoman may work in store main as clerk\n"
    created = {"id": str(Staff.objects.get().id), "username": "xiaoman", "role": "clerk"}
    assert data_of(login(shop, PASSWORD), 200)["staff"] == created


@pytest.mark.parametrize(
    ("name", "password", "options"),
    [("nobody", PASSWORD, ()), ("xiaoman", "short", ()), ("xiaoman", PASSWORD, ("--store", "nope"))],
)
def test_a_password_that_cannot_be_set(shop: Shop, name: str, password: str, options: tuple[str, ...]) -> None:
    create_staff(shop)
    with nothing_changes():
        failed(set_password(shop, *options, name=name, password=password))


def test_a_new_password_replaces_the_old_one_and_ends_the_logins(shop: Shop) -> None:
    create_staff(shop)
    token = data_of(login(shop, PASSWORD), 200)["token"]
    assert set_password(shop, password="another long one").exit_code == 0
    refused(shop.client.get("/api/staff/me", headers={"Authorization": f"Bearer {token}"}), 401)
    refused(login(shop, PASSWORD), 40104)
    data_of(login(shop, "another long one"), 200)


def test_expired_orders_are_ended_and_counted(shop: Shop, clock: MovableClock) -> None:
    shop.buyer().placed((shop.sku(), 1))
    assert run(shop, "orders", "expire").output == "cancelled 0, turned out paid 0, to be tried again 0\n"
    pass_time(shop, clock, 1_801)
    assert run(shop, "orders", "expire").output == "cancelled 1, turned out paid 0, to be tried again 0\n"
    assert Order.objects.get().status.value == "cancelled"


def test_an_order_that_could_not_be_ended_is_a_failure(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    data_of(buyer.pay(buyer.placed((shop.sku(), 1))["id"]), 200)
    pass_time(shop, clock, 1_801)
    fault(shop, "query", "system_error", times=None)
    result = run(shop, "orders", "expire")
    assert (result.exit_code, result.output) == (1, "cancelled 0, turned out paid 0, to be tried again 1\n")


def test_a_member_who_leaves_is_locked_out_at_once(shop: Shop) -> None:
    clerk = shop.staff(Role.CLERK)
    username = data_of(clerk.get("/api/staff/me"), 200)["username"]
    assert run(shop, "staff", "deactivate", username).output == f"{username} cannot log in to store main\n"
    refused(clerk.get("/api/staff/me"), 401)
    refused(shop.anonymous.post("/api/staff/login", {"username": username, "password": PASSWORD}), 40104)
    assert run(shop, "staff", "activate", username).output == f"{username} may log in to store main\n"
    data_of(shop.anonymous.post("/api/staff/login", {"username": username, "password": PASSWORD}), 200)


def test_only_an_existing_member_can_be_locked_out(shop: Shop) -> None:
    with nothing_changes():
        assert "no such account" in failed(run(shop, "staff", "deactivate", "nobody"))
