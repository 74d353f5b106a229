"""What those who run the platform do in a store, as its audit log tells it."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.connection import database
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Person, Shop, data_of, refused
from tests.factories.staff import recorded

TENANTS = "/api/tenants"


@pytest.fixture
def platform(shop: Shop) -> Person:
    return shop.platform()


def path_of(shop: Shop, *parts: str) -> str:
    return "/".join((TENANTS, str(shop.store_id), *parts))


def file_of(shop: Shop, **changes: Any) -> dict[str, Any]:
    account = {name: str(value) for name, value in shop.control("accounts", {"keys": "public_key"}).items()}
    return {**account, "code": "third", "name": "三店", "hosts": [], "isDefault": False, **changes}


def told(person: Person, path: str, **query: Any) -> list[dict[str, Any]]:
    """Returns the entries, each with its changes by field."""
    found = data_of(person.get(path, **query), 200)["list"]
    return [{**entry, "changes": changes_of(entry)} for entry in found]


def changes_of(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["before"], change["after"]) for change in entry["changes"]}


def test_who_may_read_it(shop: Shop, platform: Person) -> None:
    people = (shop.anonymous, shop.buyer(), shop.staff())
    with nothing_changes():
        for person in people:
            refused(person.get(path_of(shop, "audit-log")), 401)
        refused(platform.get(f"{TENANTS}/{NOBODYS_ID}/audit-log"), 404)
        for query in ({"actor": "somebody"}, {"actor": "commander"}, {"action": "store.burn"}, {"page": "0"}):
            refused(platform.get(path_of(shop, "audit-log"), **query), 400)


def test_what_was_refused_has_no_entry(shop: Shop, other_shop: Shop, platform: Person) -> None:
    with nothing_changes():
        refused(platform.post(TENANTS, file_of(shop, code="main")), 40930)
        refused(platform.post(TENANTS, file_of(shop, isDefault=True)), 40930)
        refused(platform.put(path_of(other_shop, "settings"), {"isDefault": True}), 40930)
        refused(platform.put(path_of(shop, "settings"), {"timeZone": "Mars/Olympus"}), 400)
        refused(platform.post(path_of(shop, "resume")), 40931)
    assert recorded() == []


def test_a_new_store_and_its_secrets(shop: Shop, platform: Person) -> None:
    body = file_of(shop, limits={"maxProducts": 5}, pushToken="pushToken2026")
    made = data_of(platform.post(TENANTS, body), 201)
    (entry,) = told(platform, f"{TENANTS}/{made['id']}/audit-log")
    assert (entry["actor"], entry["action"]) == (f"platform_key:{platform.id}", "store.create")
    assert (entry["subjectKind"], entry["subjectId"]) == ("store", made["id"])
    changes = entry["changes"]
    assert changes["code"] == (None, "third")
    assert changes["mchid"] == (None, body["mchid"])
    assert changes["limits"] == (None, {"maxProducts": 5, "maxStaff": None, "maxUploadBytes": None})
    assert sorted(changes["secrets"][1]) == ["apiV3Key", "appSecret", "merchantPrivateKey", "pushToken"]
    entries = json.dumps(contents()["audit_log"], default=str)
    for secret in (body["appSecret"], body["apiV3Key"], body["pushToken"], body["merchantPrivateKey"][30:60]):
        assert secret not in entries
    assert "sealed" not in entries


def test_an_edit_tells_what_is_another_value(shop: Shop, platform: Person) -> None:
    settings = path_of(shop, "settings")
    edit: dict[str, Any] = {
        "name": "新名",
        "limits": {"maxStaff": 3},
        "appSecret": "another",
        "orderTtlMinutes": None,
        "hosts": [],
    }
    data_of(platform.put(settings, edit), 200)
    (entry,) = told(platform, path_of(shop, "audit-log"))
    none = {"maxProducts": None, "maxStaff": None, "maxUploadBytes": None}
    assert (entry["actor"], entry["action"]) == (f"platform_key:{platform.id}", "store.edit")
    assert entry["changes"] == {
        "name": ("店 main", "新名"),
        "limits": (none, {**none, "maxStaff": 3}),
        "secrets": (None, ["appSecret"]),
    }
    data_of(platform.put(settings, edit), 200)
    assert len(recorded()) == 1


def test_a_suspension_and_its_end(shop: Shop, platform: Person) -> None:
    data_of(platform.post(path_of(shop, "suspend"), {"reason": "欠费"}), 200)
    data_of(platform.post(path_of(shop, "resume")), 200)
    end, begin = told(platform, path_of(shop, "audit-log"))
    assert (begin["action"], end["action"]) == ("store.suspend", "store.resume")
    assert begin["changes"] == {"status": ("active", "suspended"), "suspendedReason": (None, "欠费")}
    assert end["changes"] == {"status": ("suspended", "active"), "suspendedReason": ("欠费", None)}


def test_of_those_who_suspend_at_once_one_has_an_entry(shop: Shop, platform: Person) -> None:
    path, body = path_of(shop, "suspend"), {"reason": "欠费"}
    answers = results(at_once([lambda: platform.post(path, body).status_code] * 4))
    assert sorted(answers) == [200, 409, 409, 409]
    assert [action for _, action, _ in recorded()] == ["store.suspend"]


def test_edits_at_once_have_an_entry_each(shop: Shop, platform: Person) -> None:
    bodies: list[dict[str, Any]] = [{"name": "甲"}, {"orderTtlMinutes": 7}, {"confirmReceiptDays": 3}]
    path = path_of(shop, "settings")
    answers = [
        answer.status_code for answer in results(at_once([partial(platform.put, path, body) for body in bodies]))
    ]
    assert answers == [200] * 3
    fields = [sorted(entry["changes"]) for entry in told(platform, path_of(shop, "audit-log"))]
    assert sorted(fields) == [["confirmReceiptDays"], ["name"], ["orderTtlMinutes"]]


def test_a_store_that_is_being_deleted_is_not_changed_any_more(shop: Shop, platform: Person) -> None:
    """An entry would outlive it."""
    database()["stores"].update_one({"_id": shop.store_id}, {"$set": {"status": "deleting"}})
    with nothing_changes():
        assert refused(platform.put(path_of(shop, "settings"), {"name": "新名"}), 40931) == {"status": "deleting"}


def test_the_owner_sees_it_and_another_store_does_not(shop: Shop, other_shop: Shop, platform: Person) -> None:
    data_of(platform.put(path_of(shop, "settings"), {"name": "新名"}), 200)
    assert [entry["action"] for entry in told(shop.staff(), "/api/merchant/audit-log")] == ["store.edit"]
    assert told(other_shop.staff(), "/api/merchant/audit-log") == []
    assert told(platform, path_of(other_shop, "audit-log")) == []


def test_the_filters_of_the_owners_list(shop: Shop, platform: Person) -> None:
    sku, path = shop.sku(), path_of(shop, "audit-log")
    data_of(platform.put(path_of(shop, "settings"), {"name": "新名"}), 200)
    actor = f"platform_key:{platform.id}"
    for query, expected in (
        ({}, ["store.edit", "product.create"]),
        ({"actor": actor}, ["store.edit"]),
        ({"actor": "command"}, []),
        ({"action": "product.create"}, ["product.create"]),
        ({"subjectId": sku["productId"]}, ["product.create"]),
        ({"size": "1", "page": "2"}, ["product.create"]),
    ):
        assert [entry["action"] for entry in told(platform, path, **query)] == expected, query


def test_a_store_that_is_saved_by_command(shop: Shop) -> None:
    runner, body = shop.app.test_cli_runner(), file_of(shop)
    for name in ("三店", "三店", "新名"):
        result = runner.invoke(args=["stores", "save", "-"], input=json.dumps({**body, "name": name}))
        assert result.exit_code == 0, result.output
    store = database()["stores"].find_one({"code": "third"})
    assert store is not None
    made, edited = AuditLogEntry.objects.order_by("id")
    assert (made.actor, made.action.value, made.store_id, made.subject_id) == (
        "command",
        "store.create",
        store["_id"],
        store["_id"],
    )
    assert (edited.actor, edited.action.value) == ("command", "store.edit")
    assert changes_of({"changes": edited.changes}) == {"name": ("三店", "新名")}
    assert body["apiV3Key"] not in str(contents()["audit_log"])


def test_a_command_that_fails_has_no_entry(shop: Shop) -> None:
    with nothing_changes():
        body = json.dumps(file_of(shop, isDefault=True))
        assert shop.app.test_cli_runner().invoke(args=["stores", "save", "-"], input=body).exit_code == 1
