"""The own password, and the logins that are open."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.sessions import LoginSession
from src.models.staff import Staff
from src.services.staff.logins import StaffLogins
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import run_before
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import PASSWORD, Person, Shop, data_of, refused
from tests.factories.staff import NEW_PASSWORD, Member, joined, log_in, recorded

CHANGE = {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}


def logins(person: Person, path: str = "/api/staff") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = data_of(person.get(f"{path}/sessions"), 200)["list"]
    return listed


def other_login(member: Member) -> str:
    (found,) = [login["id"] for login in logins(member) if not login["isCurrent"]]
    return str(found)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"newPassword": NEW_PASSWORD}, 400),
        ({**CHANGE, "newPassword": "short"}, 400),
        ({**CHANGE, "newPassword": "x" * 129}, 400),
        ({**CHANGE, "newPassword": PASSWORD}, 400),
        ({**CHANGE, "oldPassword": {"$ne": None}}, 400),
        ({**CHANGE, "username": "owner"}, 400),
        ({**CHANGE, "oldPassword": "not the password"}, 40104),
    ],
)
def test_a_password_that_is_not_changed(shop: Shop, body: dict[str, Any], code: int) -> None:
    member = joined(shop)
    with nothing_changes():
        refused(member.post("/api/staff/password", body), code)


def test_a_new_password_ends_the_other_logins(shop: Shop) -> None:
    member = joined(shop)
    elsewhere, stranger = member.on_another_device(), joined(shop)
    data_of(member.post("/api/staff/password", CHANGE), 200)
    assert (member.is_in(), elsewhere.is_in(), stranger.is_in()) == (True, False, True)
    refused(shop.anonymous.post("/api/staff/refresh", {"refreshToken": elsewhere.refresh_token}), 40103)
    refused(log_in(shop, member.username), 40104)
    data_of(log_in(shop, member.username, NEW_PASSWORD), 200)
    assert recorded()[-1] == (f"staff:{member.id}", "staff.password_change", member.id)
    everything = str(contents())
    assert PASSWORD not in everything
    assert NEW_PASSWORD not in everything


def test_a_login_with_the_old_password_does_not_outlive_the_change(shop: Shop) -> None:
    member = joined(shop)
    before = LoginSession.objects.count()
    with run_before(StaffLogins, "_opened", lambda: data_of(member.post("/api/staff/password", CHANGE), 200)):
        refused(log_in(shop, member.username), 40104)
    assert LoginSession.objects.count() == before


def test_a_login_does_not_outlive_being_locked_out(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    with run_before(StaffLogins, "_opened", lambda: data_of(owner.post(f"{member.path}/disable", {}), 200)):
        refused(log_in(shop, member.username), 40104)
    assert LoginSession.objects(subject_id=member.id, revoked_at=None).count() == 0


def test_logins_are_listed_without_what_their_tokens_are_made_of(shop: Shop) -> None:
    member = joined(shop)
    member.on_another_device()
    listed = logins(member)
    assert [login["isCurrent"] for login in listed] == [False, True]
    times, origin = {"createdAt", "refreshedAt", "expiresAt"}, {"userAgent", "address", "lastAddress"}
    assert set(listed[0]) == {"id", "isCurrent", *times, *origin}
    assert not any(session.id in str(listed) for session in LoginSession.objects)
    assert [login["isCurrent"] for login in logins(shop.staff(), member.path)] == [False, False]


def test_a_login_that_is_over_is_not_listed(shop: Shop, clock: MovableClock) -> None:
    member = joined(shop)
    member.on_another_device()
    data_of(member.on_another_device().post("/api/staff/logout"), 200)
    assert len(logins(member)) == 2
    clock.advance(hours=1)
    assert len(logins(member.on_another_device())) == 1


def test_one_of_the_own_logins_is_ended(shop: Shop) -> None:
    member = joined(shop)
    elsewhere = member.on_another_device()
    path = f"/api/staff/sessions/{other_login(member)}"
    data_of(member.delete(path), 200)
    assert (member.is_in(), elsewhere.is_in()) == (True, False)
    with nothing_changes():
        refused(member.delete(path), 404)
    assert recorded()[-1] == (f"staff:{member.id}", "staff.logins_end", member.id)


def test_a_login_of_somebody_else_is_not_found(shop: Shop) -> None:
    member, colleague = joined(shop), joined(shop)
    (theirs,) = logins(colleague)
    with nothing_changes():
        for login_id in (theirs["id"], NOBODYS_ID):
            refused(member.delete(f"/api/staff/sessions/{login_id}"), 404)
        refused(shop.staff().delete(f"{member.path}/sessions/{theirs['id']}"), 404)


def test_owners_end_logins_of_anybody(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    elsewhere = member.on_another_device()
    data_of(owner.delete(f"{member.path}/sessions/{other_login(member)}"), 200)
    assert (member.is_in(), elsewhere.is_in()) == (True, False)
    data_of(owner.delete(f"{member.path}/sessions"), 200)
    assert not member.is_in()
    assert recorded()[-2:] == [(f"staff:{owner.id}", "staff.logins_end", member.id)] * 2
    with nothing_changes():
        data_of(owner.delete(f"{member.path}/sessions"), 200)
    assert Staff.objects.get(id=member.id).active


def test_a_login_tells_its_device_and_addresses(shop: Shop) -> None:
    member, owner = joined(shop), shop.staff()
    body = {"username": member.username, "password": PASSWORD}
    agent = "Mozilla/5.0 <script>alert(1)</script>\u202e (Mac) " + "x" * 2_000
    sent = {"User-Agent": agent.encode().decode("latin-1"), "X-Store": shop.code}
    there, here = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "2001:db8::7"}
    opened = shop.client.post("/api/staff/login", json=body, headers=sent, environ_overrides=there)
    token = {"refreshToken": data_of(opened, 200)["refreshToken"]}
    (login,) = [one for one in logins(owner, member.path) if one["address"] == "203.0.113.7"]
    assert login["lastAddress"] == "203.0.113.7"
    assert login["userAgent"].startswith("Mozilla/5.0 ")
    assert "<script>" not in login["userAgent"]
    assert len(login["userAgent"]) <= 200
    data_of(shop.client.post("/api/staff/refresh", json=token, environ_overrides=here), 200)
    (login,) = [one for one in logins(member) if one["id"] == login["id"]]
    assert (login["address"], login["lastAddress"]) == ("203.0.113.7", "2001:db8::7")


def test_a_login_of_an_earlier_release_tells_nothing(shop: Shop) -> None:
    member = joined(shop)
    told = {"user_agent": "", "address": "", "last_address": ""}
    LoginSession.collection().update_many({}, {"$unset": told})
    (login,) = logins(member)
    assert [login[name] for name in ("userAgent", "address", "lastAddress")] == [None] * 3


def test_of_shoppers_no_device_is_kept(shop: Shop) -> None:
    shop.buyer()
    raw = LoginSession.collection().find_one({"audience": "minimall:shop"})
    assert raw is not None
    assert not raw.keys() & {"user_agent", "address", "last_address"}
