"""The shopper's own profile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.contents import nothing_changes
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import calls_of, fault

PHONE = "13912345678"


def phone_code(buyer: Buyer, appid: str | None = None) -> str:
    shop = buyer.shop
    return str(shop.control(f"users/{buyer.wechat_user}/phone-code", {"appid": appid or shop.appid})["code"])


def profile(buyer: Buyer) -> dict[str, Any]:
    shown: dict[str, Any] = data_of(buyer.get("/api/auth/user"), 200)
    return shown


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/api/auth/user"), ("put", "/api/auth/user"), ("post", "/api/auth/phone")]
)
def test_a_profile_is_for_its_owner(shop: Shop, method: str, path: str) -> None:
    with nothing_changes():
        refused(getattr(shop.client, method)(path, json={"nickname": "x"} if method != "get" else None), 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "_schema"),
        ({"nickname": ""}, "nickname"),
        ({"nickname": "<b></b>"}, "nickname"),
        ({"nickname": "茶" * 33}, "nickname"),
        ({"nickname": "a\x00b"}, "nickname"),
        ({"avatar": "http://x.example/a.png"}, "avatar"),
        ({"avatar": "javascript:alert(1)"}, "avatar"),
        ({"phone": "12345"}, "phone"),
        ({"role": "owner"}, "role"),
        ({"openid": "o1"}, "openid"),
        ({"phoneVerified": True}, "phoneVerified"),
        ({"storeId": "0123456789abcdef01234567"}, "storeId"),
    ],
)
def test_a_change_that_is_refused(shop: Shop, body: dict[str, Any], field: str) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        assert list(refused(buyer.put("/api/auth/user", body), 400)["errors"]) == [field]


def test_a_new_profile_is_empty(shop: Shop) -> None:
    buyer = shop.buyer()
    shown = profile(buyer)
    assert shown.pop("createdAt").endswith("+00:00")
    empty = {"nickname": "", "pendingNickname": "", "avatar": "", "phone": "", "phoneVerified": False}
    assert shown == {"id": buyer.id, **empty}


def test_only_the_given_fields_change(shop: Shop) -> None:
    buyer = shop.buyer()
    data_of(buyer.put("/api/auth/user", {"nickname": "小满", "avatar": "/media/a.png"}), 200)
    changed = data_of(buyer.put("/api/auth/user", {"nickname": "大满"}), 200)
    assert (changed["nickname"], changed["avatar"]) == ("大满", "/media/a.png")
    assert profile(buyer) == changed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  小<b>满</b> ", "小满"),
        ("<script>alert(1)</script>小满", "小满"),
        ("&lt;img src=x onerror=alert(1)&gt;小满", "小满"),
        ("a < b & c", "a < b & c"),
        ("👨‍👩‍👧 小满", "👨‍👩‍👧 小满"),
        ("{{7*7}} ${jndi:ldap://x}", "{{7*7}} ${jndi:ldap://x}"),
    ],
)
def test_a_nickname_is_cleaned(shop: Shop, typed: str, kept: str) -> None:
    assert data_of(shop.buyer().put("/api/auth/user", {"nickname": typed}), 200)["nickname"] == kept


def test_a_change_leaves_others_as_they_are(shop: Shop) -> None:
    buyer, somebody = shop.buyer(), shop.buyer()
    data_of(buyer.put("/api/auth/user", {"nickname": "小满", "phone": PHONE}), 200)
    assert (profile(somebody)["nickname"], profile(somebody)["phone"]) == ("", "")


def test_a_typed_phone_number_is_not_verified(shop: Shop) -> None:
    changed = data_of(shop.buyer().put("/api/auth/user", {"phone": PHONE}), 200)
    assert (changed["phone"], changed["phoneVerified"]) == (PHONE, False)


@pytest.mark.parametrize("code", ["never issued", "x"])
def test_an_unknown_phone_code_is_refused(shop: Shop, code: str) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        refused(buyer.post("/api/auth/phone", {"code": code}), 40102)


def test_a_used_phone_code_is_refused(shop: Shop) -> None:
    buyer = shop.buyer()
    code = phone_code(buyer)
    data_of(buyer.post("/api/auth/phone", {"code": code}), 200)
    with nothing_changes():
        refused(buyer.post("/api/auth/phone", {"code": code}), 40102)


def test_a_login_code_is_no_phone_code(shop: Shop) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        refused(buyer.post("/api/auth/phone", {"code": shop.login_code(buyer.wechat_user)}), 40102)


def test_a_phone_code_of_another_mini_program_changes_nothing(shop: Shop, other_shop: Shop) -> None:
    buyer = shop.buyer()
    code = phone_code(buyer, other_shop.appid)
    with nothing_changes():
        assert buyer.post("/api/auth/phone", {"code": code}).status_code in (401, 503)


@pytest.mark.parametrize("kind", ["garbage", "bad_gateway", "reset_after"])
def test_a_failure_of_wechat_binds_nothing(shop: Shop, kind: str) -> None:
    buyer = shop.buyer()
    fault(shop, "phone_number", kind, times=None)
    with nothing_changes():
        refused(buyer.post("/api/auth/phone", {"code": phone_code(buyer)}), 50301)


def test_the_number_that_wechat_vouches_for_is_bound(shop: Shop) -> None:
    person = shop.wechat_user(phone=PHONE)
    login = data_of(shop.login(person), 200)
    buyer = Buyer(shop, {"Authorization": f"Bearer {login['token']}"}, login["userId"], wechat_user=person)
    bound = data_of(buyer.post("/api/auth/phone", {"code": phone_code(buyer)}), 200)
    assert (bound["phone"], bound["phoneVerified"]) == (PHONE, True)
    assert profile(buyer) == bound


def test_typing_a_number_ends_the_verification(shop: Shop) -> None:
    buyer = shop.buyer()
    data_of(buyer.post("/api/auth/phone", {"code": phone_code(buyer)}), 200)
    changed = data_of(buyer.put("/api/auth/user", {"phone": PHONE}), 200)
    assert (changed["phone"], changed["phoneVerified"]) == (PHONE, False)


def test_another_field_leaves_the_verification(shop: Shop) -> None:
    buyer = shop.buyer()
    data_of(buyer.post("/api/auth/phone", {"code": phone_code(buyer)}), 200)
    assert data_of(buyer.put("/api/auth/user", {"nickname": "小满"}), 200)["phoneVerified"] is True


def test_a_stale_access_token_of_wechat_is_renewed_once(shop: Shop) -> None:
    buyer = shop.buyer()
    fault(shop, "phone_number", "errcode", errcode=40001)
    data_of(buyer.post("/api/auth/phone", {"code": phone_code(buyer)}), 200)
    assert calls_of(shop, "phone_number") == 2
