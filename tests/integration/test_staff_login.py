"""Staff logging in with a password."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.models.staff import Staff
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.shop import PASSWORD, Person, Shop, data_of, refused


@pytest.fixture
def username(shop: Shop) -> str:
    return str(data_of(shop.staff(Role.CLERK).get("/api/staff/me"), 200)["username"])


def login(shop: Shop, username: Any, password: Any = PASSWORD) -> TestResponse:
    return shop.anonymous.post("/api/staff/login", {"username": username, "password": password})


def logged_in(shop: Shop, username: str) -> tuple[Person, str]:
    """Returns the member and the refresh token of a new login."""
    data = data_of(login(shop, username), 200)
    return Person(shop, {"Authorization": f"Bearer {data['token']}"}, data["staff"]["id"]), data["refreshToken"]


def refresh(shop: Shop, token: str) -> TestResponse:
    return shop.anonymous.post("/api/staff/refresh", {"refreshToken": token})


@pytest.mark.parametrize("password", ["wrong", PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD])
def test_a_wrong_password(shop: Shop, username: str, password: str) -> None:
    with nothing_changes():
        assert refused(login(shop, username, password), 40104) is None


@pytest.mark.parametrize("name", ["nobody", "OWNER", "' or 1=1 --"])
def test_an_unknown_name_is_answered_like_a_wrong_password(shop: Shop, username: str, name: str) -> None:
    with nothing_changes():
        wrong, unknown = login(shop, username, "wrong"), login(shop, name)
    assert wrong.get_json() == unknown.get_json()
    assert (wrong.status_code, unknown.status_code) == (401, 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "x"}, "password"),
        ({"password": PASSWORD}, "username"),
        ({"username": {"$ne": None}, "password": PASSWORD}, "username"),
        ({"username": "x", "password": {"$ne": None}}, "password"),
        ({"username": "x" * 65, "password": PASSWORD}, "username"),
        ({"username": "x", "password": "x" * 129}, "password"),
        ({"username": "x", "password": PASSWORD, "role": "owner"}, "role"),
        ({"username": "a\x00b", "password": PASSWORD}, "username"),
    ],
)
def test_a_login_that_is_none(shop: Shop, body: dict[str, Any], field: str) -> None:
    with nothing_changes():
        assert list(refused(shop.anonymous.post("/api/staff/login", body), 400)["errors"]) == [field]


def test_a_member_of_another_store_is_unknown_here(shop: Shop, other_shop: Shop, username: str) -> None:
    refused(login(other_shop, username), 40104)


def test_somebody_who_has_left_is_answered_like_a_wrong_password(shop: Shop, username: str) -> None:
    Staff.objects(username=username).update(set__active=False)
    with nothing_changes():
        refused(login(shop, username), 40104)


def test_the_right_password_opens_a_short_login(shop: Shop, username: str) -> None:
    data = data_of(login(shop, username), 200)
    assert set(data) == {"token", "expiresIn", "refreshToken", "staff"}
    assert (data["expiresIn"], data["staff"]["username"], data["staff"]["role"]) == (600, username, "clerk")
    assert set(data["staff"]) == {"id", "username", "role"}


def test_the_password_is_stored_as_an_argon2_hash(shop: Shop, username: str) -> None:
    (member,) = Staff.objects(username=username)
    assert member.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(contents())


def test_who_has_left_is_out_at_once(shop: Shop, username: str) -> None:
    member, _ = logged_in(shop, username)
    Staff.objects(username=username).update(set__active=False)
    refused(member.get("/api/staff/me"), 401)
    refused(member.get("/api/merchant/orders"), 401)


def test_a_new_role_counts_at_once(shop: Shop, username: str) -> None:
    member, _ = logged_in(shop, username)
    body = {"name": "茶", "price": 1}
    refused(member.post("/api/products", body), 403)
    Staff.objects(username=username).update(set__role=Role.MANAGER)
    data_of(member.post("/api/products", body), 201)


def test_a_staff_token_ends_after_ten_minutes(shop: Shop, username: str, clock: MovableClock) -> None:
    member, token = logged_in(shop, username)
    clock.advance(minutes=10, seconds=31)
    refused(member.get("/api/staff/me"), 40101)
    pair = data_of(refresh(shop, token), 200)
    assert pair["expiresIn"] == 600


@pytest.mark.parametrize(("hours", "idle"), [(1, True), (12, False)])
def test_a_staff_login_ends_after_an_idle_hour_and_after_twelve_hours(
    shop: Shop, username: str, clock: MovableClock, hours: int, idle: bool
) -> None:
    _, token = logged_in(shop, username)
    for _ in range(0 if idle else 13):
        clock.advance(minutes=55)
        token = data_of(refresh(shop, token), 200)["refreshToken"]
    clock.advance(minutes=60 if idle else 10)
    refused(refresh(shop, token), 40103)


def test_reusing_a_staff_refresh_token_ends_the_login(shop: Shop, username: str, clock: MovableClock) -> None:
    _, token = logged_in(shop, username)
    pair = data_of(refresh(shop, token), 200)
    clock.advance(seconds=11)
    refused(refresh(shop, token), 40103)
    refused(Person(shop, {"Authorization": f"Bearer {pair['token']}"}, "").get("/api/staff/me"), 401)


def test_logging_out_ends_this_login_only(shop: Shop, username: str) -> None:
    (here, token), (there, _) = logged_in(shop, username), logged_in(shop, username)
    data_of(here.post("/api/staff/logout", {}), 200)
    refused(here.get("/api/staff/me"), 401)
    refused(refresh(shop, token), 40103)
    assert data_of(there.get("/api/staff/me"), 200)["username"] == username


def test_logging_out_everywhere_ends_every_login(shop: Shop, username: str) -> None:
    (here, _), (there, token) = logged_in(shop, username), logged_in(shop, username)
    data_of(here.post("/api/staff/logout", {"all": True}), 200)
    refused(there.get("/api/staff/me"), 401)
    refused(refresh(shop, token), 40103)
