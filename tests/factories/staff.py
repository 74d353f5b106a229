"""Members of a store's staff, their second factors, and programs with API keys."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from werkzeug.test import TestResponse

from src.models.audit_log import AuditLogEntry
from src.utils.permissions import Role
from tests.factories.shop import PASSWORD, Person, Shop, data_of

STAFF = "/api/merchant/staff"
INVITATIONS = f"{STAFF}/invitations"
API_KEYS = "/api/merchant/api-keys"
NEW_PASSWORD = "battery horse correct"
STEP_S = 30


@dataclass
class Member(Person):
    """Somebody who works here, with the login of one device."""

    username: str = ""
    refresh_token: str = ""

    @property
    def path(self) -> str:
        """Where those who manage staff find this member."""
        return f"{STAFF}/{self.id}"

    def is_in(self) -> bool:
        """Returns whether this login still counts."""
        status = self.get("/api/staff/me").status_code
        assert status in (200, 401)
        return status == 200

    def on_another_device(self, **proof: str) -> Member:
        return logged_in(self.shop, self.username, **proof)


@dataclass(frozen=True)
class Authenticator:
    """A member's authenticator app, and the recovery codes on a piece of paper."""

    shop: Shop
    secret: str
    recovery_codes: tuple[str, ...] = ()

    def code(self, *, later: int = 0) -> str:
        """Returns the code of this moment, or of `later` steps after it."""
        now = self.shop.app.extensions["minimall"].staff.second_factors._clock.now()
        return pyotp.TOTP(self.secret).at(now, counter_offset=later)


def new_name() -> str:
    return f"member-{secrets.token_hex(4)}"


def invite(shop: Shop, role: Role = Role.CLERK, username: str | None = None, *, by: Person | None = None) -> Any:
    """Returns the data of a new invitation, with its code."""
    body = {"username": username or new_name(), "role": role.value}
    return data_of((by or shop.staff()).post(INVITATIONS, body), 201)


def accept(shop: Shop, code: str, password: str = PASSWORD) -> TestResponse:
    return shop.anonymous.post("/api/staff/accept", {"code": code, "password": password})


def log_in(shop: Shop, username: str, password: str = PASSWORD, **proof: str) -> TestResponse:
    return shop.anonymous.post("/api/staff/login", {"username": username, "password": password, **proof})


def logged_in(shop: Shop, username: str, password: str = PASSWORD, **proof: str) -> Member:
    login = data_of(log_in(shop, username, password, **proof), 200)
    bearer = {"Authorization": f"Bearer {login['token']}"}
    return Member(shop, bearer, login["staff"]["id"], username, login["refreshToken"])


def joined(shop: Shop, role: Role = Role.CLERK, *, by: Person | None = None) -> Member:
    """Returns somebody who was invited, has accepted, and is logged in."""
    invitation = invite(shop, role, by=by)
    username = data_of(accept(shop, invitation["code"]), 200)["username"]
    return logged_in(shop, username)


def with_second_factor(member: Member) -> Authenticator:
    """Switches the member's second factor on; the code of this moment is used up."""
    secret = data_of(member.post("/api/staff/totp", {"password": PASSWORD}), 201)["secret"]
    code = Authenticator(member.shop, secret).code()
    codes = data_of(member.post("/api/staff/totp/confirm", {"totp": code}), 200)["recoveryCodes"]
    return Authenticator(member.shop, secret, tuple(codes))


def new_key(shop: Shop, *scopes: str, by: Person | None = None, **values: Any) -> Any:
    """Returns the data of a new API key, with the key."""
    body = {"name": "ERP", "scopes": list(scopes), **values}
    return data_of((by or shop.staff()).post(API_KEYS, body), 201)


def program(shop: Shop, *scopes: str, by: Person | None = None) -> Person:
    """Returns a program with an API key."""
    made = new_key(shop, *scopes, by=by)
    return Person(shop, {"Authorization": f"Bearer {made['key']}"}, made["apiKey"]["id"])


def recorded() -> list[tuple[str, str, str]]:
    """Returns actor, action and subject of every entry of the audit log, the oldest first."""
    entries = AuditLogEntry.objects.order_by("id")
    return [(entry.actor, entry.action.value, str(entry.subject_id)) for entry in entries]


def walk_staff(shop: Shop) -> str:
    """Calls every operation about staff and API keys, and returns a key."""
    owner = shop.staff()
    unwanted = invite(shop)
    data_of(owner.get(INVITATIONS), 200)
    data_of(owner.delete(f"{INVITATIONS}/{unwanted['invitation']['id']}"), 200)
    member = joined(shop)
    _walk_own_account(member)
    _walk_management(owner, member)
    _walk_recovery(owner)
    key = new_key(shop, "orders:read")
    data_of(Person(shop, {"Authorization": f"Bearer {key['key']}"}, "").get("/api/merchant/orders"), 200)
    data_of(owner.get(API_KEYS), 200)
    data_of(owner.delete(f"{API_KEYS}/{key['apiKey']['id']}"), 200)
    return str(new_key(shop, "orders:read")["key"])


def _walk_own_account(member: Member) -> None:
    member.on_another_device()
    logins = data_of(member.get("/api/staff/sessions"), 200)["list"]
    other = next(login["id"] for login in logins if not login["isCurrent"])
    data_of(member.delete(f"/api/staff/sessions/{other}"), 200)
    authenticator = with_second_factor(member)
    proof = {"password": PASSWORD, "totp": authenticator.code(later=1)}
    data_of(member.post("/api/staff/totp/disable", proof), 200)
    change = {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    data_of(member.post("/api/staff/password", change), 200)
    data_of(member.post("/api/staff/password", {"oldPassword": NEW_PASSWORD, "newPassword": PASSWORD}), 200)


def _walk_management(owner: Person, member: Member) -> None:
    data_of(owner.get(STAFF), 200)
    data_of(owner.get(member.path), 200)
    data_of(owner.put(member.path, {"role": "manager", "displayName": "林小满"}), 200)
    with_second_factor(member)
    data_of(owner.delete(f"{member.path}/totp"), 200)
    member.on_another_device()
    logins = data_of(owner.get(f"{member.path}/sessions"), 200)["list"]
    data_of(owner.delete(f"{member.path}/sessions/{logins[0]['id']}"), 200)
    data_of(owner.delete(f"{member.path}/sessions"), 200)
    reset = data_of(owner.post(f"{member.path}/password-reset", {}), 201)
    data_of(accept(member.shop, reset["code"], NEW_PASSWORD), 200)
    data_of(owner.post(f"{member.path}/disable", {}), 200)
    data_of(owner.post(f"{member.path}/enable", {}), 200)


def _walk_recovery(owner: Person) -> None:
    """A member's keys and invitations end with the passwords they were made with."""
    shop, member = owner.shop, joined(owner.shop, Role.OWNER)
    new_key(shop, "orders:read", by=member)
    change = {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert len(data_of(member.post("/api/staff/password", change), 200)["revokedApiKeys"]) == 1
    new_key(shop, "orders:read", by=member)
    invite(shop, by=member)
    reset = data_of(owner.post(f"{member.path}/password-reset", {}), 201)
    assert len(data_of(accept(shop, reset["code"]), 200)["revokedApiKeys"]) == 1
