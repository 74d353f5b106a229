"""Invitations to the staff, and codes for new passwords."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.services.accounts.callers import StaffMember
from src.services.registry import Services
from src.services.staff.issuing import NewMember
from src.utils.errors import Forbidden
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import PASSWORD, Shop, data_of, refused
from tests.factories.staff import (
    INVITATIONS,
    NEW_PASSWORD,
    accept,
    invite,
    joined,
    log_in,
    logged_in,
    new_name,
    recorded,
)

ANYBODY = {"username": "xiaoman", "role": "clerk"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "xiaoman"}, "role"),
        ({"role": "clerk"}, "username"),
        ({**ANYBODY, "username": ""}, "username"),
        ({**ANYBODY, "username": "x" * 65}, "username"),
        ({**ANYBODY, "username": {"$ne": None}}, "username"),
        ({**ANYBODY, "role": "boss"}, "role"),
        ({**ANYBODY, "role": ["owner"]}, "role"),
        ({**ANYBODY, "displayName": "x" * 51}, "displayName"),
        ({**ANYBODY, "password": PASSWORD}, "password"),
        ({**ANYBODY, "permissions": ["*"]}, "permissions"),
        ({**ANYBODY, "storeId": "0123456789abcdef01234567"}, "storeId"),
    ],
)
def test_an_invitation_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post(INVITATIONS, body), 400)["errors"]) == [field]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_invite(shop: Shop, role: Role) -> None:
    member = shop.staff(role)
    with nothing_changes():
        refused(member.post(INVITATIONS, ANYBODY), 403)
        refused(member.get(INVITATIONS), 403)


def test_nobody_invites_above_the_own_role(shop: Shop, services: Services) -> None:
    manager = StaffMember(shop.store_id, Staff.objects.get(id=shop.staff(Role.MANAGER).id).id, "", Role.MANAGER)
    with nothing_changes(), pytest.raises(Forbidden):
        services.staff.codes.invite(manager, NewMember("friend", Role.OWNER))


def test_a_user_name_is_taken_by_a_member_or_by_an_invitation(shop: Shop, other_shop: Shop) -> None:
    member, invited = joined(shop), invite(shop)["invitation"]
    owner = shop.staff()
    with nothing_changes():
        for username in (member.username, invited["username"]):
            refused(owner.post(INVITATIONS, {"username": username, "role": "clerk"}), 40920)
    invite(other_shop, username=member.username)


def test_an_invitation_shows_its_code_once_and_only_a_hash_is_stored(shop: Shop) -> None:
    made = invite(shop, Role.WAREHOUSE)
    assert set(made) == {"invitation", "code"}
    assert len(made["code"]) == 22
    assert made["code"] not in str(contents())
    invitation = made["invitation"]
    assert (invitation["role"], invitation["isReset"]) == ("warehouse", False)
    assert data_of(shop.staff().get(INVITATIONS), 200)["list"] == [invitation]
    actor = f"staff:{shop.staff().id}"
    assert recorded() == [(actor, "staff.invite", invitation["id"])]


@pytest.mark.parametrize("code", ["x", "x" * 22, "$ne", "x" * 64])
def test_a_code_that_is_not_ours(shop: Shop, code: str) -> None:
    invite(shop)
    with nothing_changes():
        refused(accept(shop, code), 40107)


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 129])
def test_a_password_must_be_long(shop: Shop, password: str) -> None:
    code = invite(shop)["code"]
    with nothing_changes():
        assert list(refused(accept(shop, code, password), 400)["errors"]) == ["password"]


def test_a_code_is_of_no_use_in_another_store(shop: Shop, other_shop: Shop) -> None:
    code = invite(shop)["code"]
    with nothing_changes():
        refused(accept(other_shop, code), 40107)


def test_who_accepts_joins_and_can_log_in(shop: Shop) -> None:
    owner = shop.staff()
    username = new_name()
    made = data_of(owner.post(INVITATIONS, {"username": username, "role": "finance", "displayName": "老陈"}), 201)
    account = data_of(accept(shop, made["code"]), 200)
    assert account == {"id": account["id"], "username": username, "role": "finance", "revokedApiKeys": []}
    member = logged_in(shop, username)
    me = data_of(member.get("/api/staff/me"), 200)
    assert (me["displayName"], me["role"], me["active"], me["secondFactor"]) == ("老陈", "finance", True, False)
    assert "refunds:decide" in me["permissions"]
    assert "staff:manage" not in me["permissions"]
    assert recorded()[-1] == (f"staff:{account['id']}", "staff.join", account["id"])
    assert PASSWORD not in str(contents())


def test_a_code_works_once(shop: Shop) -> None:
    code = invite(shop)["code"]
    data_of(accept(shop, code), 200)
    with nothing_changes():
        refused(accept(shop, code, NEW_PASSWORD), 40107)


def test_of_those_who_accept_at_once_one_joins(shop: Shop) -> None:
    code = invite(shop)["code"]
    answers = results(at_once([lambda: accept(shop, code).status_code] * 4))
    assert sorted(answers) == [200, 401, 401, 401]
    assert [action for _, action, _ in recorded()] == ["staff.invite", "staff.join"]


def test_of_those_who_invite_one_name_at_once_one_succeeds(shop: Shop) -> None:
    owner = shop.staff()
    answers = results(at_once([lambda: owner.post(INVITATIONS, ANYBODY).status_code] * 4))
    assert sorted(answers) == [201, 409, 409, 409]
    assert len(recorded()) == StaffCode.objects.count() == 1


def test_a_code_ends_after_72_hours(shop: Shop, clock: MovableClock) -> None:
    early, late = invite(shop), invite(shop)
    clock.advance(hours=71, minutes=59)
    data_of(accept(shop, early["code"]), 200)
    clock.advance(minutes=1)
    shop.forget_staff_logins()
    owner = shop.staff()
    with nothing_changes():
        refused(accept(shop, late["code"]), 40107)
        assert data_of(owner.get(INVITATIONS), 200)["list"] == []
    invite(shop, username=late["invitation"]["username"])


def test_a_revoked_invitation_is_worthless(shop: Shop) -> None:
    made, owner = invite(shop), shop.staff()
    path = f"{INVITATIONS}/{made['invitation']['id']}"
    data_of(owner.delete(path), 200)
    with nothing_changes():
        refused(accept(shop, made["code"]), 40107)
        refused(owner.delete(path), 404)
    assert [action for _, action, _ in recorded()] == ["staff.invite", "staff.uninvite"]


def test_an_invitation_of_another_store_is_not_found(shop: Shop, other_shop: Shop) -> None:
    made, stranger = invite(shop), other_shop.staff()
    with nothing_changes():
        refused(stranger.delete(f"{INVITATIONS}/{made['invitation']['id']}"), 404)


@pytest.mark.parametrize("change", ["disable", "demote"])
def test_who_may_not_invite_any_more_leaves_no_way_back_in(shop: Shop, change: str) -> None:
    leaving = joined(shop, Role.OWNER)
    code = invite(shop, Role.OWNER, by=leaving)["code"]
    owner = shop.staff()
    if change == "disable":
        data_of(owner.post(f"{leaving.path}/disable", {}), 200)
    else:
        data_of(owner.put(leaving.path, {"role": "manager"}), 200)
    with nothing_changes():
        refused(accept(shop, code), 40107)


def test_a_name_that_was_given_away_meanwhile(shop: Shop, services: Services) -> None:
    made = invite(shop)
    with shop.app.app_context():
        store = services.stores.get(shop.store_id)
        services.staff.accounts.create(store, made["invitation"]["username"], PASSWORD, Role.CLERK)
    with nothing_changes():
        refused(accept(shop, made["code"]), 40920)


def test_a_new_password_by_code(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    reset = data_of(owner.post(f"{member.path}/password-reset", {}), 201)
    assert reset["invitation"]["isReset"]
    assert member.is_in()
    data_of(log_in(shop, member.username), 200)
    data_of(accept(shop, reset["code"], NEW_PASSWORD), 200)
    assert not member.is_in()
    refused(log_in(shop, member.username), 40104)
    data_of(log_in(shop, member.username, NEW_PASSWORD), 200)
    refused(accept(shop, reset["code"]), 40107)
    assert recorded()[-2:] == [
        (f"staff:{owner.id}", "staff.password_reset", member.id),
        (f"staff:{member.id}", "staff.password_change", member.id),
    ]


def test_a_reset_shows_its_code_once_and_only_a_hash_is_stored(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    made = data_of(owner.post(f"{member.path}/password-reset", {}), 201)
    listed = owner.get(INVITATIONS)
    assert data_of(listed, 200)["list"] == [made["invitation"]]
    assert made["code"] not in listed.get_data(as_text=True) + str(contents())


def test_only_the_latest_code_for_a_new_password_works(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    first, second = (data_of(owner.post(f"{member.path}/password-reset", {}), 201) for _ in range(2))
    refused(accept(shop, first["code"], NEW_PASSWORD), 40107)
    data_of(accept(shop, second["code"], NEW_PASSWORD), 200)


def test_who_changes_the_password_voids_the_code_for_a_new_one(shop: Shop) -> None:
    member = joined(shop)
    code = data_of(shop.staff().post(f"{member.path}/password-reset", {}), 201)["code"]
    data_of(member.post("/api/staff/password", {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}), 200)
    with nothing_changes():
        refused(accept(shop, code), 40107)


def test_nobody_resets_the_own_password(shop: Shop) -> None:
    owner = shop.staff()
    with nothing_changes():
        refused(owner.post(f"/api/merchant/staff/{owner.id}/password-reset", {}), 403)
