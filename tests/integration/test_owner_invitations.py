"""A store's first owner, invited with a platform key."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.connection import database
from src.models.staff_codes import StaffCode
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import PASSWORD, Person, Shop, data_of, refused
from tests.factories.staff import INVITATIONS, accept, invite, joined, logged_in, recorded

OWNER = {"username": "boss"}


def path_of(shop: Shop) -> str:
    return f"/api/tenants/{shop.store_id}/owner-invitations"


def invited(platform: Person, shop: Shop, **values: str) -> Any:
    return data_of(platform.post(path_of(shop), {**OWNER, **values}), 201)


def revoke(shop: Shop, platform: Person) -> None:
    prefix = platform.headers["Authorization"].removeprefix("Bearer ")[:15]
    assert shop.app.test_cli_runner().invoke(args=["platform-keys", "revoke", prefix]).exit_code == 0


def test_only_the_platform_invites_so(shop: Shop) -> None:
    people = (shop.anonymous, shop.buyer(), shop.staff(), shop.staff(Role.CLERK))
    with nothing_changes():
        for person in people:
            refused(person.post(path_of(shop), OWNER), 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": ""}, "username"),
        ({"username": "x" * 65}, "username"),
        ({"username": {"$ne": None}}, "username"),
        ({**OWNER, "displayName": "x" * 51}, "displayName"),
        ({**OWNER, "role": "clerk"}, "role"),
        ({**OWNER, "password": PASSWORD}, "password"),
    ],
)
def test_an_invitation_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    platform = shop.platform()
    with nothing_changes():
        assert list(refused(platform.post(path_of(shop), body), 400)["errors"]) == [field]


def test_no_such_store(shop: Shop) -> None:
    platform = shop.platform()
    with nothing_changes():
        refused(platform.post(f"/api/tenants/{NOBODYS_ID}/owner-invitations", OWNER), 404)


def test_no_owner_for_a_store_that_is_being_deleted(shop: Shop, other_shop: Shop) -> None:
    platform = shop.platform()
    database()["stores"].update_one({"_id": other_shop.store_id}, {"$set": {"status": "deleting"}})
    with nothing_changes():
        assert refused(platform.post(path_of(other_shop), OWNER), 40931) == {"status": "deleting"}


def test_a_user_name_is_taken_by_a_member_or_by_the_owners_invitation(shop: Shop, other_shop: Shop) -> None:
    member, open_one, platform = joined(shop), invite(shop)["invitation"], shop.platform()
    with nothing_changes():
        for username in (member.username, open_one["username"]):
            refused(platform.post(path_of(shop), {"username": username}), 40920)
    invited(platform, other_shop, username=member.username)


def test_who_accepts_is_an_owner(shop: Shop, other_shop: Shop) -> None:
    platform = shop.platform()
    made = invited(platform, shop, displayName="林小满")
    invitation = made["invitation"]
    assert (invitation["role"], invitation["isReset"], invitation["createdBy"]) == ("owner", False, None)
    assert made["code"] not in str(contents())
    with nothing_changes():
        refused(accept(other_shop, made["code"]), 40107)
    account = data_of(accept(shop, made["code"]), 200)
    owner = logged_in(shop, "boss")
    me = data_of(owner.get("/api/staff/me"), 200)
    assert (me["id"], me["role"], me["displayName"]) == (account["id"], "owner", "林小满")
    assert data_of(owner.get(INVITATIONS), 200)["list"] == []
    with nothing_changes():
        refused(accept(shop, made["code"]), 40107)
    assert recorded() == [
        (f"platform_key:{platform.id}", "staff.invite", invitation["id"]),
        (f"staff:{account['id']}", "staff.join", account["id"]),
    ]


def test_a_later_one_replaces_it(shop: Shop) -> None:
    platform, another = shop.platform(), shop.platform()
    lost, code = invited(platform, shop)["code"], invited(another, shop)["code"]
    with nothing_changes():
        refused(accept(shop, lost), 40107)
    data_of(accept(shop, code), 200)


def test_of_those_who_invite_one_name_at_once_one_code_is_left(shop: Shop) -> None:
    platform = shop.platform()
    answers = results(at_once([lambda: platform.post(path_of(shop), OWNER).status_code] * 4))
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert StaffCode.objects.count() == 1
    assert [action for _, action, _ in recorded()] == ["staff.invite"] * answers.count(201)


def test_it_ends_with_the_platform_key(shop: Shop) -> None:
    platform = shop.platform()
    code = invited(platform, shop)["code"]
    revoke(shop, platform)
    with nothing_changes():
        refused(accept(shop, code), 40107)


def test_it_ends_after_72_hours(shop: Shop, clock: MovableClock) -> None:
    code = invited(shop.platform(), shop)["code"]
    clock.advance(hours=72)
    with nothing_changes():
        refused(accept(shop, code), 40107)


def test_an_owner_sees_it_and_can_revoke_it(shop: Shop) -> None:
    made, owner = invited(shop.platform(), shop), shop.staff()
    assert data_of(owner.get(INVITATIONS), 200)["list"] == [made["invitation"]]
    data_of(owner.delete(f"{INVITATIONS}/{made['invitation']['id']}"), 200)
    with nothing_changes():
        refused(accept(shop, made["code"]), 40107)
