"""Logging in while WeChat fails: a whole user or none, and no code used twice."""

from __future__ import annotations

from functools import partial

import pytest
from werkzeug.test import TestResponse

from src.models.sessions import LoginSession
from src.models.users import User
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused
from tests.factories.wechat import calls_of, fault

NO_USABLE_ANSWER = [
    "too_many_requests",
    "system_error",
    "system_error_after",
    "bad_gateway",
    "reset_before",
    "reset_after",
    "garbage",
    "html",
]


def login(shop: Shop, code: str) -> TestResponse:
    return shop.anonymous.post("/api/auth/login", {"code": code})


def code_of(shop: Shop) -> str:
    return shop.login_code(shop.wechat_user())


def assert_nobody_is_known() -> None:
    assert (User.objects.count(), LoginSession.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", NO_USABLE_ANSWER)
def test_without_a_usable_answer_nobody_is_logged_in(shop: Shop, kind: str) -> None:
    fault(shop, "code2session", kind)

    answer = login(shop, code_of(shop))

    refused(answer, 50301)
    assert int(answer.headers["Retry-After"]) == 2
    assert calls_of(shop, "code2session") == 1
    assert_nobody_is_known()


@pytest.mark.parametrize("kind", ["latency", "slow_answer"])
def test_after_a_timeout_the_code_is_not_sent_again(shop: Shop, impatient_shop: Shop, kind: str) -> None:
    fault(shop, "code2session", kind, seconds=0.6)

    refused(login(impatient_shop, code_of(shop)), 50301)

    assert calls_of(shop, "code2session") == 1
    assert_nobody_is_known()


def test_a_busy_wechat_is_asked_again(shop: Shop) -> None:
    fault(shop, "code2session", "errcode", errcode=-1, times=2)

    assert data_of(login(shop, code_of(shop)), 200)["isNew"] is True

    assert calls_of(shop, "code2session") == 3


def test_a_wechat_that_stays_busy_is_left_alone(shop: Shop) -> None:
    fault(shop, "code2session", "errcode", errcode=-1, times=None)

    refused(login(shop, code_of(shop)), 50301)

    assert calls_of(shop, "code2session") == 3
    assert_nobody_is_known()


@pytest.mark.parametrize(
    ("errcode", "code"),
    [(40029, 40102), (40163, 40102), (41008, 40102), (45011, 429), (40226, 40301), (40125, 50301), (99999, 50301)],
)
def test_a_refusal_is_told_and_not_repeated(shop: Shop, errcode: int, code: int) -> None:
    fault(shop, "code2session", "errcode", errcode=errcode)

    refused(login(shop, code_of(shop)), code)

    assert calls_of(shop, "code2session") == 1
    assert_nobody_is_known()


def test_a_used_code_is_refused(shop: Shop) -> None:
    code = code_of(shop)
    data_of(login(shop, code), 200)

    refused(login(shop, code), 40102)

    assert (User.objects.count(), LoginSession.objects.count()) == (1, 1)


def test_a_code_used_by_a_lost_answer_needs_a_new_one(shop: Shop) -> None:
    wechat_user = shop.wechat_user()
    code = shop.login_code(wechat_user)
    fault(shop, "code2session", "reset_after")
    refused(login(shop, code), 50301)

    refused(login(shop, code), 40102)

    assert data_of(shop.login(wechat_user), 200)["isNew"] is True


def test_an_old_code_is_refused(shop: Shop) -> None:
    code = code_of(shop)
    shop.control("clock/advance", {"seconds": 301})

    refused(login(shop, code), 40102)

    assert_nobody_is_known()


def test_a_code_of_another_mini_program_is_refused(shop: Shop, other_shop: Shop) -> None:
    refused(login(shop, code_of(other_shop)), 40102)

    assert_nobody_is_known()


def test_one_code_sent_twenty_times_at_once_logs_in_once(shop: Shop) -> None:
    code = code_of(shop)

    answers = results(at_once([partial(login, shop, code)] * 20))

    accepted = [answer for answer in answers if answer.status_code == 200]
    assert len(accepted) == 1
    for answer in answers:
        if answer not in accepted:
            refused(answer, 40102)
    assert (User.objects.count(), LoginSession.objects.count()) == (1, 1)


def test_forty_first_logins_of_one_person_make_one_user(shop: Shop) -> None:
    wechat_user = shop.wechat_user()
    codes = [shop.login_code(wechat_user) for _ in range(40)]

    logins = [data_of(answer, 200) for answer in results(at_once([partial(login, shop, code) for code in codes]))]

    assert User.objects.count() == 1
    assert {entry["userId"] for entry in logins} == {str(User.objects.get().id)}
    assert [entry["isNew"] for entry in logins].count(True) == 1
    assert len({entry["token"] for entry in logins}) == LoginSession.objects.count() == 40


def test_one_person_in_two_stores_is_two_users(shop: Shop, other_shop: Shop) -> None:
    wechat_user = shop.wechat_user()

    ids = {data_of(store.login(wechat_user), 200)["userId"] for store in (shop, other_shop)}

    assert len(ids) == User.objects.count() == 2


def test_a_refresh_token_used_twice_at_once_has_one_successor(shop: Shop) -> None:
    buyer = shop.buyer()

    def refresh() -> TestResponse:
        return shop.anonymous.post("/api/auth/refresh", {"refreshToken": buyer.refresh_token})

    pairs = [data_of(answer, 200) for answer in results(at_once([refresh] * 10))]

    assert len({pair["refreshToken"] for pair in pairs}) == 1
    assert LoginSession.objects.get().generation == 2
