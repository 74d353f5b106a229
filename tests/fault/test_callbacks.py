"""Payment notifications: a genuine one has one effect, another one has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from bson import ObjectId

from src.models.events import Event
from src.models.notifications import Notification
from src.models.payments import Payment
from tests.factories.books import assert_books_balance
from tests.factories.contents import contents
from tests.factories.races import at_once, results
from tests.factories.shop import Buyer, Shop
from tests.factories.wechat import calls_of, ledger, letter, notify, paid_at_wechat, transaction_at_wechat

Letter = tuple[dict[str, str], bytes]

FLAWS = ["forged", "signtest", "stale", "future", "unknown_serial", "unsigned", "garbled"]
SIGNATURE_HEADERS = ["Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"]
NO_TIMESTAMPS = ["", "abc", "-1", "1e9", "0x10", "１７６７５８０４９７", "1" + "0" * 30, "1767580497.5", " "]


@pytest.fixture
def order(shop: Shop, buyer: Buyer) -> dict[str, Any]:
    """Paid at WeChat, not yet known to us."""
    return paid_at_wechat(buyer, (shop.sku(stock=10), 3))


def assert_paid_once(shop: Shop, order: dict[str, Any], *, deliveries: int) -> None:
    (payment,) = Payment.objects
    assert (payment.status.value, payment.live) == ("succeeded", False)
    assert payment.transaction_id == transaction_at_wechat(shop, order["orderNo"])
    (stored,) = Notification.objects
    assert stored.deliveries == deliveries
    assert Event.objects(type="order.paid", aggregate_id=ObjectId(order["id"])).count() == 1
    assert_books_balance(shop.store_id)


def test_a_genuine_one_pays_the_order(shop: Shop, buyer: Buyer, order: dict[str, Any]) -> None:
    (answer,) = shop.deliver(order["orderNo"])

    assert (answer["status"], json.loads(answer["body"])) == (200, {"code": "SUCCESS", "message": "成功"})
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert Notification.objects.get().outcome.value == "applied"
    assert_paid_once(shop, order, deliveries=1)


def test_fifty_at_once_have_one_effect(shop: Shop, order: dict[str, Any]) -> None:
    answers = shop.deliver(order["orderNo"], copies=50)

    assert [answer["status"] for answer in answers] == [200] * 50
    assert_paid_once(shop, order, deliveries=50)


def test_repetitions_have_no_effect(shop: Shop, order: dict[str, Any]) -> None:
    assert [shop.deliver(order["orderNo"])[0]["status"] for _ in range(5)] == [200] * 5

    assert_paid_once(shop, order, deliveries=5)


def test_an_exact_replay_within_five_minutes_has_no_effect(shop: Shop, order: dict[str, Any]) -> None:
    headers, body = letter(shop, order["orderNo"])

    assert [notify(shop, headers, body).status_code for _ in range(2)] == [200, 200]

    assert_paid_once(shop, order, deliveries=2)


def test_another_notification_of_the_same_payment_has_no_effect(shop: Shop, order: dict[str, Any]) -> None:
    shop.deliver(order["orderNo"])

    assert shop.deliver(order["orderNo"], overrides={"id": "EV-another"})[0]["status"] == 200

    assert [found.outcome.value for found in Notification.objects.order_by("received_at")] == [
        "applied",
        "already_applied",
    ]
    assert Event.objects(type="order.paid").count() == 1
    assert_books_balance(shop.store_id)


def assert_refused(shop: Shop, headers: dict[str, str], body: bytes) -> None:
    before, called = contents(), ledger(shop)["calls"]

    answer = notify(shop, headers, body)

    assert (answer.status_code, answer.get_json()) == (401, {"code": "FAIL", "message": "签名验证失败"})
    assert contents() == before
    assert ledger(shop)["calls"] == called


@pytest.mark.parametrize("flaw", FLAWS)
def test_what_wechat_did_not_sign_now_is_refused(shop: Shop, order: dict[str, Any], flaw: str) -> None:
    assert_refused(shop, *letter(shop, order["orderNo"], flaw=flaw))


@pytest.mark.parametrize("name", SIGNATURE_HEADERS)
def test_a_missing_header_is_refused(shop: Shop, order: dict[str, Any], name: str) -> None:
    headers, body = letter(shop, order["orderNo"])
    del headers[name]

    assert_refused(shop, headers, body)


@pytest.mark.parametrize("name", SIGNATURE_HEADERS)
def test_a_strange_header_is_refused(shop: Shop, order: dict[str, Any], name: str) -> None:
    headers, body = letter(shop, order["orderNo"])

    for value in ("签名", "é", "\xff", "0", "=" * 344, "A" * 8_000):
        assert_refused(shop, {**headers, name: value}, body)


def test_what_is_no_timestamp_is_refused(shop: Shop, order: dict[str, Any]) -> None:
    headers, body = letter(shop, order["orderNo"])

    for timestamp in NO_TIMESTAMPS:
        assert_refused(shop, {**headers, "Wechatpay-Timestamp": timestamp}, body)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "one byte": lambda body: body[:60] + bytes([body[60] ^ 1]) + body[61:],
    "one byte more": lambda body: body + b"\n",
    "written anew": lambda body: json.dumps(json.loads(body)).encode(),
    "cut": lambda body: body[:-1],
    "empty": lambda body: b"",
    "not UTF-8": lambda body: b"\xff\xfe" + body,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_body_is_refused(shop: Shop, order: dict[str, Any], change: Callable[[bytes], bytes]) -> None:
    headers, body = letter(shop, order["orderNo"])

    assert_refused(shop, headers, change(body))


def test_the_signature_of_another_notification_is_refused(shop: Shop, buyer: Buyer, order: dict[str, Any]) -> None:
    other = paid_at_wechat(buyer, (shop.sku(), 1))
    headers, _ = letter(shop, other["orderNo"])
    _, body = letter(shop, order["orderNo"])

    assert_refused(shop, headers, body)


def test_another_stores_signature_is_refused(shop: Shop, other_shop: Shop, order: dict[str, Any]) -> None:
    foreign = paid_at_wechat(other_shop.buyer(), (other_shop.sku(), 1))
    foreign_headers, _ = letter(other_shop, foreign["orderNo"])
    headers, body = letter(shop, order["orderNo"])

    assert_refused(shop, {**headers, "Wechatpay-Signature": foreign_headers["Wechatpay-Signature"]}, body)
    assert_refused(shop, {**headers, "Wechatpay-Serial": foreign_headers["Wechatpay-Serial"]}, body)


def test_a_logged_in_shopper_cannot_notify(shop: Shop, buyer: Buyer, order: dict[str, Any]) -> None:
    headers, body = letter(shop, order["orderNo"], flaw="unsigned")

    assert_refused(shop, {**headers, **buyer.headers}, body)


def test_a_flood_of_unknown_serials_calls_nobody(shop: Shop, order: dict[str, Any]) -> None:
    letters = [letter(shop, order["orderNo"], flaw="unknown_serial") for _ in range(20)]
    before, called = contents(), ledger(shop)["calls"]

    answers = results(at_once([partial(notify, shop, *sent) for sent in letters]))

    assert [answer.status_code for answer in answers] == [401] * 20
    assert (contents(), ledger(shop)["calls"]) == (before, called)


def test_the_right_one_is_taken_after_all_the_wrong_ones(shop: Shop, buyer: Buyer, order: dict[str, Any]) -> None:
    for flaw in FLAWS:
        shop.deliver(order["orderNo"], flaw=flaw)

    shop.deliver(order["orderNo"])

    assert buyer.read_order(order["id"])["status"] == "paid"
    assert calls_of(shop, "query") == 0
    assert_paid_once(shop, order, deliveries=1)
