"""Those who manage staff: roles, names, locking out."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.audit_log import AuditLogEntry
from src.models.staff import Staff
from src.services.accounts.callers import StaffMember
from src.services.registry import Services
from src.utils.errors import Forbidden
from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results, run_before
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused
from tests.factories.staff import STAFF, Member, joined, log_in, recorded


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "_schema"),
        ({"role": "boss"}, "role"),
        ({"role": None}, "role"),
        ({"displayName": "x" * 51}, "displayName"),
        ({"username": "somebody"}, "username"),
        ({"active": False}, "active"),
        ({"passwordHash": "x"}, "passwordHash"),
        ({"permissions": ["*"]}, "permissions"),
        ({"storeId": NOBODYS_ID}, "storeId"),
    ],
)
def test_an_edit_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    member, owner = joined(shop), shop.staff()
    with nothing_changes():
        assert list(refused(owner.put(member.path, body), 400)["errors"]) == [field]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_manage_staff(shop: Shop, role: Role) -> None:
    member, manager = joined(shop), shop.staff(role)
    with nothing_changes():
        refused(manager.get(STAFF), 403)
        refused(manager.get(member.path), 403)
        refused(manager.put(member.path, {"role": "owner"}), 403)
        refused(manager.put(f"{STAFF}/{manager.id}", {"role": "owner"}), 403)
        refused(manager.post(f"{member.path}/disable", {}), 403)


def test_a_member_of_another_store_is_not_found(shop: Shop, other_shop: Shop) -> None:
    member, stranger = joined(shop), other_shop.staff()
    with nothing_changes():
        for path in (member.path, f"{STAFF}/{NOBODYS_ID}"):
            refused(stranger.get(path), 404)
            refused(stranger.put(path, {"role": "manager"}), 404)
            for what in ("disable", "enable", "password-reset"):
                refused(stranger.post(f"{path}/{what}", {}), 404)
            for what in ("totp", "sessions", f"sessions/{NOBODYS_ID}"):
                refused(stranger.delete(f"{path}/{what}"), 404)
            refused(stranger.get(f"{path}/sessions"), 404)


def test_members_are_listed_by_name(shop: Shop, other_shop: Shop) -> None:
    names = sorted(joined(shop).username for _ in range(3))
    joined(other_shop)
    listed = data_of(shop.staff().get(STAFF, size=4), 200)
    assert [member["username"] for member in listed["list"] if member["role"] == "clerk"] == names
    assert listed["pagination"]["total"] == 4
    assert set(listed["list"][0]) == {
        "id",
        "username",
        "displayName",
        "role",
        "active",
        "secondFactor",
        "createdAt",
        "lastLoginAt",
    }


def test_a_role_and_a_name_are_changed_and_recorded(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    refused(member.get("/api/merchant/payments"), 403)
    edited = data_of(owner.put(member.path, {"role": "finance", "displayName": "老陈"}), 200)
    assert (edited["role"], edited["displayName"]) == ("finance", "老陈")
    data_of(member.get("/api/merchant/payments"), 200)
    entry = AuditLogEntry.objects.order_by("-id").first()
    assert (entry.actor, entry.action.value, str(entry.subject_id)) == (f"staff:{owner.id}", "staff.edit", member.id)
    assert entry.changes == [
        {"field": "role", "before": "clerk", "after": "finance"},
        {"field": "displayName", "before": "", "after": "老陈"},
    ]


def test_an_edit_that_changes_nothing_is_not_recorded(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    with nothing_changes():
        data_of(owner.put(member.path, {"role": "clerk", "displayName": ""}), 200)
        data_of(owner.put(f"{STAFF}/{owner.id}", {"role": "owner"}), 200)
        data_of(owner.post(f"{member.path}/enable", {}), 200)


@pytest.mark.parametrize("role", [role.value for role in Role if role is not Role.OWNER])
def test_nobody_changes_the_own_role(shop: Shop, role: str) -> None:
    owner = shop.staff()
    joined(shop, Role.OWNER)
    with nothing_changes():
        refused(owner.put(f"{STAFF}/{owner.id}", {"role": role}), 403)


@pytest.mark.parametrize(("of", "to"), [(Role.CLERK, Role.OWNER), (Role.OWNER, Role.CLERK)])
def test_nobody_gives_or_takes_more_than_the_own_role(shop: Shop, services: Services, of: Role, to: Role) -> None:
    member = joined(shop, of)
    manager = StaffMember(shop.store_id, ObjectId(shop.staff(Role.MANAGER).id), "", Role.MANAGER)
    with nothing_changes():
        with pytest.raises(Forbidden):
            services.staff.members.edit(manager, ObjectId(member.id), {"role": to.value})
        if of is Role.OWNER:
            with pytest.raises(Forbidden):
                services.staff.members.set_active(manager, ObjectId(member.id), active=False)


def test_who_is_locked_out_is_out_at_once(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    elsewhere = member.on_another_device()
    assert not data_of(owner.post(f"{member.path}/disable", {}), 200)["active"]
    assert not member.is_in()
    refused(shop.anonymous.post("/api/staff/refresh", {"refreshToken": elsewhere.refresh_token}), 40103)
    refused(log_in(shop, member.username), 40104)
    with nothing_changes():
        data_of(owner.post(f"{member.path}/disable", {}), 200)
    assert recorded()[-1] == (f"staff:{owner.id}", "staff.disable", member.id)


def test_who_is_let_in_again_logs_in_anew(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    data_of(owner.post(f"{member.path}/disable", {}), 200)
    assert data_of(owner.post(f"{member.path}/enable", {}), 200)["active"]
    assert not member.is_in()
    data_of(log_in(shop, member.username), 200)
    assert recorded()[-1] == (f"staff:{owner.id}", "staff.enable", member.id)


def test_the_last_owner_stays(shop: Shop) -> None:
    owner = shop.staff()
    joined(shop, Role.MANAGER)
    gone = joined(shop, Role.OWNER)
    data_of(owner.post(f"{gone.path}/disable", {}), 200)
    with nothing_changes():
        refused(owner.post(f"{STAFF}/{owner.id}/disable", {}), 40925)


def test_an_owner_may_leave_while_there_is_another(shop: Shop) -> None:
    owner, other = shop.staff(), joined(shop, Role.OWNER)
    data_of(owner.post(f"{STAFF}/{owner.id}/disable", {}), 200)
    refused(owner.get("/api/staff/me"), 401)
    with nothing_changes():
        refused(other.post(f"{other.path}/disable", {}), 40925)


@pytest.fixture
def two_owners(shop: Shop) -> tuple[Member, Member]:
    owners = joined(shop, Role.OWNER), joined(shop, Role.OWNER)
    Staff.objects(id__nin=[owner.id for owner in owners]).update(set__active=False)
    return owners


@pytest.mark.parametrize("how", ["disable", "demote"])
def test_of_owners_who_remove_each_other_the_second_one_stays(two_owners: tuple[Member, Member], how: str) -> None:
    one, other = two_owners
    with run_before(Staff, "touch_owners", lambda: _remove(other, one, how)):
        assert _remove(one, other, how) == 409
    assert [str(owner.id) for owner in Staff.objects(role=Role.OWNER, active=True)] == [other.id]


@pytest.mark.parametrize("how", ["disable", "demote"])
def test_of_owners_who_remove_each_other_at_once_one_stays(two_owners: tuple[Member, Member], how: str) -> None:
    one, other = two_owners
    statuses = results(at_once([lambda: _remove(one, other, how), lambda: _remove(other, one, how)]))
    assert statuses.count(200) == 1
    assert Staff.objects(role=Role.OWNER, active=True).count() == 1


def _remove(by: Member, of: Member, how: str) -> int:
    answer = by.post(f"{of.path}/disable", {}) if how == "disable" else by.put(of.path, {"role": "manager"})
    return answer.status_code


def test_a_command_keeps_the_last_owner_too(shop: Shop) -> None:
    username = data_of(shop.staff().get("/api/staff/me"), 200)["username"]
    with nothing_changes():
        result = shop.app.test_cli_runner().invoke(args=["staff", "deactivate", username])
    assert result.output == f"Error: {username} is the store's last active owner; create another one first\n"
