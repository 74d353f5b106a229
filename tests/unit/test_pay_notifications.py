"""Reading WeChat Pay's notifications."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from src.services.wechat.errors import BadNotification
from src.services.wechat.pay import Transaction, plain_description
from src.services.wechat.pay_calls import is_fresh
from src.services.wechat.pay_notifications import PayNotification, read_notification
from src.services.wechat.signing import Merchant, message, sign

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wechat.json").read_text("utf-8"))
(CASE,) = VECTORS["notification"]
NOW = datetime.fromtimestamp(CASE["clock_unix"], UTC)
SERIAL = CASE["headers"]["Wechatpay-Serial"]


@pytest.fixture(scope="module")
def merchant() -> Merchant:
    key = load_pem_public_key(VECTORS["keys"][CASE["key"]]["public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    own = generate_private_key(65537, 2048)
    return Merchant("1234567891", "S", own, CASE["api_v3_key"].encode(), {SERIAL: key})


def read(
    merchant: Merchant, headers: dict[str, str] | None = None, *, body: bytes | None = None, now: datetime = NOW
) -> PayNotification:
    """Reads the published notification with the given parts changed."""
    sent = CASE["body"].encode() if body is None else body
    return read_notification(merchant, headers={**CASE["headers"], **(headers or {})}, body=sent, now=now)


def signed_by(merchant: Merchant, body: bytes) -> tuple[Merchant, dict[str, str]]:
    """Returns a merchant that trusts its own key as WeChat's, and the headers that sign `body`."""
    trusting = Merchant(
        merchant.mchid, "S", merchant.private_key, merchant.api_v3_key, {"own": merchant.private_key.public_key()}
    )
    timestamp = str(CASE["clock_unix"])
    signature = sign(merchant.private_key, message(timestamp, "nonce", body.decode("utf-8", errors="replace")))
    names = ("Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature")
    return trusting, dict(zip(names, ("own", timestamp, "nonce", signature), strict=True))


def test_reads_what_wechat_has_sealed(merchant: Merchant) -> None:
    notification = read(merchant)
    assert (notification.id, notification.event_type) == ("EV-2018022511223320873", "TRANSACTION.SUCCESS")
    assert notification.resource == json.loads(CASE["plaintext"])


def test_the_resource_is_a_paid_transaction(merchant: Merchant) -> None:
    paid = Transaction.parse(read(merchant).resource)
    assert (paid.out_trade_no, paid.total_fen, paid.currency, paid.state.is_paid) == (
        "T20260105000001",
        100,
        "CNY",
        True,
    )
    assert paid.success_time == datetime.fromisoformat("2026-01-05T10:34:56+08:00")


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_stale_or_future_one(merchant: Merchant, seconds: int) -> None:
    with pytest.raises(BadNotification, match="timestamp"):
        read(merchant, now=datetime.fromtimestamp(CASE["clock_unix"] + seconds, UTC))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_fresh(merchant: Merchant, seconds: int) -> None:
    assert read(merchant, now=datetime.fromtimestamp(CASE["clock_unix"] + seconds, UTC)).id == "EV-2018022511223320873"


@pytest.mark.parametrize(
    "timestamp", ["", "abc", "-1", "1767580497.0", "１７６７５８０４９７", "1" + "0" * 30, " 1767580497"]
)
def test_a_timestamp_that_is_none(timestamp: str) -> None:
    assert is_fresh(timestamp, NOW) is False


@pytest.mark.parametrize("serial", ["", "PUB_KEY_ID_OTHER", "zz", "../x"])
def test_an_unknown_serial(merchant: Merchant, serial: str) -> None:
    with pytest.raises(BadNotification, match="serial"):
        read(merchant, {"Wechatpay-Serial": serial})


@pytest.mark.parametrize(
    "headers",
    [
        {"Wechatpay-Signature": ""},
        {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + CASE["headers"]["Wechatpay-Signature"][19:]},
        {"Wechatpay-Signature": "not base64!"},
        {"Wechatpay-Nonce": "another"},
        {"Wechatpay-Timestamp": str(CASE["clock_unix"] + 1)},
    ],
)
def test_a_wrong_signature(merchant: Merchant, headers: dict[str, str]) -> None:
    with pytest.raises(BadNotification, match="signature"):
        read(merchant, headers)


@pytest.mark.parametrize(
    "body",
    [
        CASE["body"].replace("支付成功", "支付失败").encode(),
        CASE["body"].encode() + b"\n",
        json.dumps(json.loads(CASE["body"])).encode(),
        b"",
    ],
)
def test_other_bytes_than_were_signed(merchant: Merchant, body: bytes) -> None:
    with pytest.raises(BadNotification, match="signature"):
        read(merchant, body=body)


def test_a_body_that_is_not_utf_8(merchant: Merchant) -> None:
    with pytest.raises(BadNotification, match="UTF-8"):
        read(merchant, body=b"\xff\xfe")


def changed(**resource: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(CASE["body"])
    body["resource"].update(resource)
    return body


@pytest.mark.parametrize(
    "document",
    [
        [],
        7,
        None,
        {},
        {"id": "EV-1", "event_type": "TRANSACTION.SUCCESS"},
        {"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": "x"},
        changed(ciphertext="AAAA"),
        changed(ciphertext="not base64!"),
        changed(ciphertext=7),
        changed(nonce=""),
        changed(nonce="fdasflkja48"),
        changed(nonce=None),
        changed(associated_data="swapped"),
        changed(associated_data=None),
    ],
)
def test_rightly_signed_but_unreadable(merchant: Merchant, document: object) -> None:
    body = json.dumps(document).encode()
    trusting, headers = signed_by(merchant, body)
    with pytest.raises(BadNotification, match="resource"):
        read_notification(trusting, headers=headers, body=body, now=NOW)


@pytest.mark.parametrize(
    ("text", "limit", "plain"),
    [("高山👍乌龙", 127, "高山乌龙"), ("茶" * 200, 127, "茶" * 127), ("👍", 127, ""), ("abc", 2, "ab")],
)
def test_a_description_as_wechat_pay_takes_it(text: str, limit: int, plain: str) -> None:
    assert plain_description(text, limit=limit) == plain


PAID = {
    "mchid": "1",
    "appid": "a",
    "out_trade_no": "x",
    "trade_state": "SUCCESS",
    "transaction_id": "t",
    "amount": {"total": 500},
}


def test_what_is_one() -> None:
    assert Transaction.parse(PAID).total_fen == 500


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"mchid": "1", "appid": "a", "out_trade_no": "x", "trade_state": "UNHEARD_OF"},
        {"mchid": "1", "appid": "a", "out_trade_no": "x", "trade_state": "SUCCESS"},
        {"mchid": "1", "appid": "a", "out_trade_no": "x", "trade_state": "NOTPAY", "amount": 7},
        {"mchid": "1", "appid": "a", "out_trade_no": "x", "trade_state": "NOTPAY", "payer": "x"},
        {"mchid": "1", "appid": "a", "out_trade_no": "x", "trade_state": "NOTPAY", "success_time": "yesterday"},
        {**PAID, "success_time": "0001-01-01T00:00:00+14:00"},
        {**PAID, "amount": {"total": 500.0}},
        {**PAID, "amount": {"total": True}},
        {**PAID, "transaction_id": ""},
        {
            "mchid": "1",
            "appid": "a",
            "out_trade_no": "x",
            "trade_state": "NOTPAY",
            "success_time": "2026-01-05T10:34:56",
        },
    ],
)
def test_what_is_no_transaction(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Transaction.parse(document)
