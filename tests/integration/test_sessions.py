"""Tokens of shoppers: their life, their renewal and their end."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.sessions import LoginSession
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.shop import PASSWORD, Buyer, Person, Shop, data_of, refused

DAY_S = 86_400


def refresh(shop: Shop, token: str) -> Any:
    return shop.anonymous.post("/api/auth/refresh", {"refreshToken": token})


def with_token(shop: Shop, token: str) -> Person:
    return Person(shop, {"Authorization": f"Bearer {token}"}, "")


def works(person: Person) -> bool:
    status = person.get("/api/auth/user").status_code
    assert status in (200, 401)
    return status == 200


def second_login(buyer: Buyer) -> dict[str, Any]:
    login: dict[str, Any] = data_of(buyer.shop.login(buyer.wechat_user), 200)
    return login


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "bearer x.y.z",
        "Bearer a.b.c",
        "Bearer é",
        "Bearer " + "x" * 8_000,
    ],
)
def test_without_a_token_of_ours(shop: Shop, header: str) -> None:
    answer = shop.client.get("/api/auth/user", headers={"Authorization": header})
    assert refused(answer, 401) is None
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_ends_after_a_quarter_of_an_hour(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    clock.advance(minutes=15, seconds=29)
    assert works(buyer)
    clock.advance(seconds=2)
    answer = buyer.get("/api/auth/user")
    refused(answer, 40101)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_refresh_token_is_no_access_token(shop: Shop) -> None:
    refused(with_token(shop, shop.buyer().refresh_token).get("/api/auth/user"), 401)


def test_an_access_token_is_no_refresh_token(shop: Shop) -> None:
    token = shop.buyer().headers["Authorization"].partition(" ")[2]
    with nothing_changes():
        refused(refresh(shop, token[:256]), 40103)


@pytest.mark.parametrize("token", ["x", "family.1.mac", "..", "x" * 256])
def test_a_refresh_token_that_is_not_ours(shop: Shop, token: str) -> None:
    with nothing_changes():
        refused(refresh(shop, token), 40103)


def test_refreshing_gives_a_new_pair(shop: Shop) -> None:
    buyer = shop.buyer()
    pair = data_of(refresh(shop, buyer.refresh_token), 200)
    assert set(pair) == {"token", "expiresIn", "refreshToken"}
    assert pair["expiresIn"] == 900
    assert pair["refreshToken"] != buyer.refresh_token
    assert works(with_token(shop, pair["token"]))


def test_refreshing_works_after_the_access_token_has_ended(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    clock.advance(days=1)
    assert not works(buyer)
    assert works(with_token(shop, data_of(refresh(shop, buyer.refresh_token), 200)["token"]))


def test_a_lost_answer_can_be_fetched_again_for_ten_seconds(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    first = data_of(refresh(shop, buyer.refresh_token), 200)
    clock.advance(seconds=9)
    again = data_of(refresh(shop, buyer.refresh_token), 200)
    assert again["refreshToken"] == first["refreshToken"]
    assert works(with_token(shop, again["token"]))
    assert data_of(refresh(shop, first["refreshToken"]), 200)["refreshToken"] != first["refreshToken"]


def test_using_a_token_again_later_ends_the_whole_login(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    current = data_of(refresh(shop, buyer.refresh_token), 200)
    clock.advance(seconds=11)
    refused(refresh(shop, buyer.refresh_token), 40103)
    assert not works(with_token(shop, current["token"]))
    refused(refresh(shop, current["refreshToken"]), 40103)


def test_the_token_before_the_last_one_has_no_grace(shop: Shop) -> None:
    buyer = shop.buyer()
    second = data_of(refresh(shop, buyer.refresh_token), 200)["refreshToken"]
    third = data_of(refresh(shop, second), 200)
    refused(refresh(shop, buyer.refresh_token), 40103)
    assert not works(with_token(shop, third["token"]))


def test_a_stolen_token_does_not_end_the_other_logins(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    other = second_login(buyer)
    data_of(refresh(shop, buyer.refresh_token), 200)
    clock.advance(seconds=11)
    refused(refresh(shop, buyer.refresh_token), 40103)
    assert works(with_token(shop, other["token"]))


def test_a_login_ends_after_thirty_idle_days(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    clock.advance(seconds=30 * DAY_S)
    with nothing_changes():
        refused(refresh(shop, buyer.refresh_token), 40103)


def test_a_login_ends_after_ninety_days_however_busy(shop: Shop, clock: MovableClock) -> None:
    token = shop.buyer().refresh_token
    for _ in range(3):
        clock.advance(days=29)
        token = data_of(refresh(shop, token), 200)["refreshToken"]
    clock.advance(days=4)
    refused(refresh(shop, token), 40103)


def test_logging_out_needs_a_token(shop: Shop) -> None:
    shop.buyer()
    with nothing_changes():
        refused(shop.anonymous.post("/api/auth/logout", {}), 401)


@pytest.mark.parametrize("value", ["true", 1, None, {"$ne": None}])
def test_logging_out_takes_a_boolean(shop: Shop, value: object) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        assert list(refused(buyer.post("/api/auth/logout", {"all": value}), 400)["errors"]) == ["all"]


@pytest.mark.parametrize("body", [None, {}, {"all": False}])
def test_logging_out_ends_this_login_only(shop: Shop, body: object) -> None:
    buyer = shop.buyer()
    other = second_login(buyer)
    assert data_of(buyer.post("/api/auth/logout", body), 200) is None
    assert not works(buyer)
    refused(refresh(shop, buyer.refresh_token), 40103)
    assert works(with_token(shop, other["token"]))


def test_logging_out_everywhere_ends_every_login_of_this_person(shop: Shop) -> None:
    buyer, somebody = shop.buyer(), shop.buyer()
    other = second_login(buyer)
    data_of(buyer.post("/api/auth/logout", {"all": True}), 200)
    assert not works(buyer)
    assert not works(with_token(shop, other["token"]))
    refused(refresh(shop, other["refreshToken"]), 40103)
    assert works(somebody)


def test_a_token_of_a_login_that_is_gone_is_worthless(shop: Shop) -> None:
    buyer = shop.buyer()
    LoginSession.objects.delete()
    refused(buyer.get("/api/auth/user"), 401)


def test_tokens_of_staff_and_shoppers_do_not_mix(shop: Shop) -> None:
    buyer, owner = shop.buyer(), shop.staff()
    refused(owner.get("/api/auth/user"), 401)
    refused(owner.get("/api/orders"), 401)
    refused(buyer.get("/api/staff/me"), 401)
    refused(buyer.get("/api/merchant/orders"), 401)


def test_refresh_tokens_of_staff_and_shoppers_do_not_mix(shop: Shop) -> None:
    username = data_of(shop.staff().get("/api/staff/me"), 200)["username"]
    login = shop.anonymous.post("/api/staff/login", {"username": username, "password": PASSWORD})
    staff_token, buyer = data_of(login, 200)["refreshToken"], shop.buyer()
    with nothing_changes():
        refused(refresh(shop, staff_token), 40103)
        refused(shop.anonymous.post("/api/staff/refresh", {"refreshToken": buyer.refresh_token}), 40103)
