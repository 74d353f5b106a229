"""Nicknames that WeChat judges, and staff where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.contents import nothing_changes
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.text_reviews import DOUBTFUL, PATH, names, rename, reviews
from tests.factories.wechat import calls_of, fault, ledger, pass_time

RISKY = "违禁小店"


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """A shopper whose nickname is 小满."""
    buyer = shop.buyer()
    rename(buyer, "小满")
    return buyer


def test_a_risky_nickname_changes_nothing_at_all(shop: Shop, buyer: Buyer) -> None:
    with nothing_changes():
        refused(buyer.put("/api/auth/user", {"nickname": RISKY, "avatar": "/media/a.png"}), 40001)


def test_a_nickname_that_wechat_passes_is_applied(shop: Shop, buyer: Buyer) -> None:
    assert names(buyer) == ("小满", "")
    (check,) = ledger(shop)["securityChecks"]
    assert (check["scene"], check["content"]) == (1, "小满")
    assert reviews(shop) == []


def test_a_doubtful_nickname_waits_while_the_rest_is_applied(shop: Shop, buyer: Buyer) -> None:
    changed = rename(buyer, DOUBTFUL, avatar="/media/a.png", phone="13912345678")
    assert (changed["nickname"], changed["pendingNickname"]) == ("小满", DOUBTFUL)
    assert (changed["avatar"], changed["phone"]) == ("/media/a.png", "13912345678")
    (review,) = reviews(shop, status="pending")
    assert (review["kind"], review["subjectId"], review["text"]) == ("nickname", buyer.id, DOUBTFUL)
    assert (review["status"], review["decidedAt"]) == ("pending", None)


@pytest.mark.parametrize("kind", ["system_error", "bad_gateway", "reset_before", "reset_after", "garbage", "html"])
def test_without_wechats_judgement_staff_decide(shop: Shop, buyer: Buyer, kind: str) -> None:
    fault(shop, "msg_sec_check", kind)
    assert rename(buyer, "大满")["pendingNickname"] == "大满"
    assert names(buyer) == ("小满", "大满")
    assert len(reviews(shop)) == 1


@pytest.mark.parametrize("errcode", [-1, 40003, 40129, 43104, 44991, 45009, 47001, 61010, 87014, 99999])
def test_no_refusal_of_wechat_is_a_pass(shop: Shop, buyer: Buyer, errcode: int) -> None:
    fault(shop, "msg_sec_check", "errcode", errcode=errcode)
    rename(buyer, "大满")
    assert names(buyer) == ("小满", "大满")


def test_a_shopper_who_logged_in_long_ago_waits_for_staff(shop: Shop, buyer: Buyer) -> None:
    shop.control("clock/advance", {"seconds": 2 * 3600 + 1})
    rename(buyer, "大满")
    assert names(buyer) == ("小满", "大满")


def test_without_an_access_token_staff_decide(shop: Shop, buyer: Buyer, clock: Any) -> None:
    pass_time(shop, clock, 10)
    fault(shop, "stable_token", "bad_gateway", times=None)
    fault(shop, "msg_sec_check", "errcode", errcode=42001)
    rename(buyer, "大满")
    assert names(buyer) == ("小满", "大满")


def test_the_same_nickname_again_asks_nobody(shop: Shop, buyer: Buyer) -> None:
    rename(buyer, "小满")
    rename(buyer, DOUBTFUL)
    rename(buyer, DOUBTFUL)
    assert calls_of(shop, "msg_sec_check") == 2
    assert len(reviews(shop)) == 1


def test_a_profile_without_a_new_nickname_asks_nobody(shop: Shop, buyer: Buyer) -> None:
    data_of(buyer.put("/api/auth/user", {"avatar": "/media/a.png"}), 200)
    assert calls_of(shop, "msg_sec_check") == 1


def test_a_better_nickname_takes_the_doubtful_ones_place(shop: Shop, buyer: Buyer) -> None:
    rename(buyer, DOUBTFUL)
    rename(buyer, "大满")
    assert names(buyer) == ("大满", "")
    assert [review["status"] for review in reviews(shop)] == ["withdrawn"]


def test_keeping_the_old_nickname_withdraws_the_doubtful_one(shop: Shop, buyer: Buyer) -> None:
    rename(buyer, DOUBTFUL)
    rename(buyer, "小满")
    assert names(buyer) == ("小满", "")
    assert reviews(shop, status="pending") == []


def test_a_second_doubtful_nickname_is_another_review(shop: Shop, buyer: Buyer) -> None:
    """Staff never approve a text that they have not seen."""
    rename(buyer, DOUBTFUL)
    (first,) = reviews(shop)
    rename(buyer, "可疑二店")
    assert data_of(shop.staff().get(PATH), 200)["pagination"]["total"] == 2
    assert refused(shop.staff().post(f"{PATH}/{first['id']}/approve"), 40913) == {"status": "withdrawn"}
    assert names(buyer) == ("小满", "可疑二店")


def test_nobody_else_sees_a_nickname_that_waits(shop: Shop, buyer: Buyer) -> None:
    rename(buyer, DOUBTFUL)
    login = data_of(shop.login(buyer.wechat_user), 200)
    assert login["userInfo"] == {"nickname": "小满", "avatar": ""}
