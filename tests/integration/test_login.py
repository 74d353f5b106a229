"""Logging in with WeChat."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.users import User
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.shop import Shop, data_of, refused
from tests.factories.wechat import calls_of, fault, ledger, pass_time


def login(shop: Shop, code: Any) -> Any:
    return shop.anonymous.post("/api/auth/login", {"code": code})


def test_an_unknown_code_is_refused(shop: Shop) -> None:
    with nothing_changes():
        refused(login(shop, "never issued"), 40102)


def test_a_used_code_is_refused(shop: Shop) -> None:
    code = shop.login_code(shop.wechat_user())
    data_of(login(shop, code), 200)
    with nothing_changes():
        refused(login(shop, code), 40102)


def test_a_code_of_another_mini_program_is_refused(shop: Shop, other_shop: Shop) -> None:
    code = other_shop.login_code(shop.wechat_user())
    with nothing_changes():
        refused(login(shop, code), 40102)


def test_a_code_older_than_five_minutes_is_refused(shop: Shop, clock: MovableClock) -> None:
    code = shop.login_code(shop.wechat_user())
    pass_time(shop, clock, 301)
    with nothing_changes():
        refused(login(shop, code), 40102)


@pytest.mark.parametrize("code", ["", "x" * 129, 5, None, ["x"], {"$ne": None}, "a\x00b"])
def test_a_code_that_is_none_is_refused_without_asking_wechat(shop: Shop, code: object) -> None:
    with nothing_changes():
        assert list(refused(login(shop, code), 400)["errors"]) == ["code"]
    assert calls_of(shop, "code2session") == 0


@pytest.mark.parametrize("extra", ["openid", "unionid", "sessionKey", "userId", "storeId"])
def test_a_client_cannot_say_who_it_is(shop: Shop, extra: str) -> None:
    code = shop.login_code(shop.wechat_user())
    with nothing_changes():
        answer = shop.anonymous.post("/api/auth/login", {"code": code, extra: "x"})
        assert refused(answer, 400) == {"errors": {extra: ["Unknown field."]}}


@pytest.mark.parametrize(
    ("fault_of", "code", "retry_after"),
    [
        ({"kind": "errcode", "errcode": -1, "times": None}, 50301, "2"),
        ({"kind": "errcode", "errcode": 40013}, 50301, "2"),
        ({"kind": "errcode", "errcode": 45011}, 429, "60"),
        ({"kind": "errcode", "errcode": 40226}, 40301, None),
        ({"kind": "errcode", "errcode": 41008}, 40102, None),
        ({"kind": "garbage"}, 50301, "2"),
        ({"kind": "html"}, 50301, "2"),
        ({"kind": "bad_gateway"}, 50301, "2"),
        ({"kind": "reset_after"}, 50301, "2"),
    ],
)
def test_a_failure_of_wechat_makes_no_user(
    shop: Shop, fault_of: dict[str, Any], code: int, retry_after: str | None
) -> None:
    shop.control("faults", {"endpoint": "code2session", **fault_of})
    with nothing_changes():
        answer = shop.login(shop.wechat_user())
        assert refused(answer, code) is None
        assert answer.headers.get("Retry-After") == retry_after


def test_a_code_is_not_tried_again_after_a_lost_answer(shop: Shop) -> None:
    fault(shop, "code2session", "reset_after")
    refused(shop.login(shop.wechat_user()), 50301)
    assert calls_of(shop, "code2session") == 1


def test_a_busy_wechat_is_asked_up_to_three_times(shop: Shop) -> None:
    fault(shop, "code2session", "errcode", errcode=-1, times=2)
    assert data_of(shop.login(shop.wechat_user()), 200)["isNew"] is True
    assert calls_of(shop, "code2session") == 3


def test_the_first_login_makes_the_user(shop: Shop) -> None:
    first = data_of(shop.login(shop.wechat_user()), 200)
    assert set(first) == {"token", "expiresIn", "refreshToken", "userId", "isNew", "userInfo"}
    assert (first["isNew"], first["expiresIn"], first["userInfo"]) == (True, 900, {"nickname": "", "avatar": ""})
    assert [str(user.id) for user in User.objects] == [first["userId"]]


def test_the_next_login_finds_the_user(shop: Shop) -> None:
    person = shop.wechat_user()
    first, second = (data_of(shop.login(person), 200) for _ in range(2))
    assert (second["isNew"], second["userId"]) == (False, first["userId"])
    assert second["refreshToken"] != first["refreshToken"]
    assert User.objects.count() == 1


def test_a_login_shows_the_profile_of_before(shop: Shop) -> None:
    buyer = shop.buyer()
    data_of(buyer.put("/api/auth/user", {"nickname": "小满", "avatar": "/media/a.png"}), 200)
    again = data_of(shop.login(buyer.wechat_user), 200)
    assert again["userInfo"] == {"nickname": "小满", "avatar": "/media/a.png"}


def test_the_same_person_is_another_user_in_another_store(shop: Shop, other_shop: Shop) -> None:
    person = shop.wechat_user()
    here, there = data_of(shop.login(person), 200), data_of(other_shop.login(person), 200)
    assert (here["isNew"], there["isNew"]) == (True, True)
    assert here["userId"] != there["userId"]


def test_neither_openid_nor_session_key_leaves_the_server_and_the_key_is_sealed(shop: Shop) -> None:
    person = shop.wechat_user()
    answer = shop.login(person).get_data(as_text=True)
    (known,) = [user for user in ledger(shop)["users"] if user["user"] == person]
    (session_key,) = known["sessionKeys"].values()
    assert session_key not in answer
    assert known["openids"][shop.appid] not in answer
    assert session_key not in str(contents())


def test_a_token_opens_the_own_profile(shop: Shop) -> None:
    buyer = shop.buyer()
    assert data_of(buyer.get("/api/auth/user"), 200)["id"] == buyer.id
    assert ObjectId.is_valid(buyer.id)
