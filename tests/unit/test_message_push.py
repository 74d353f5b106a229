"""What makes a pushed message WeChat's."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from src.services.wechat.errors import BadNotification
from src.services.wechat.message_push import NotJson, PushKeys, read_push, signature_of, verified_echo

VECTORS = json.loads(Path(__file__).parents[1].joinpath("vectors", "wechat.json").read_text("utf-8"))
VERIFY, SECURE = VECTORS["mp_message_push"]
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID = "wx0123456789abcdef"
PLAIN = PushKeys(APPID, "token", None)
CLOSED = PushKeys(APPID, "token", AES_KEY)
EVENT = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "e", "text": "茶"}


def at(vector: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(vector["timestamp"]), UTC)


def plain_query(**changes: str) -> dict[str, str]:
    query = {"timestamp": STAMP, "nonce": "n1", **changes}
    return {"signature": signature_of("token", query["timestamp"], query["nonce"]), **query}


def raw(message: Any = EVENT) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


def framed(text: bytes, *, owner: str = APPID, length: int | None = None) -> bytes:
    count = len(text) if length is None else length
    return secrets.token_bytes(16) + count.to_bytes(4, "big") + text + owner.encode()


def padded(frame: bytes) -> bytes:
    count = 32 - len(frame) % 32
    return frame + bytes([count]) * count


def encrypted(blocks: bytes) -> str:
    key = base64.b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(blocks) + encryptor.finalize()).decode()


def secure(sealed: Any, **changes: str) -> dict[str, Any]:
    """Returns the arguments of `read_push` for a message that is signed rightly."""
    query = {"timestamp": STAMP, "nonce": "n1", "encrypt_type": "aes", **changes}
    signed = signature_of("token", query["timestamp"], query["nonce"], str(sealed))
    return {"query": {"msg_signature": signed, **query}, "body": raw({"ToUserName": "gh_1", "Encrypt": sealed})}


def refusal(keys: PushKeys, *, query: dict[str, str], body: bytes, now: datetime = NOW) -> str:
    with pytest.raises(BadNotification) as caught:
        read_push(keys, query=query, body=body, now=now)
    return str(caught.value)


def test_wechats_own_verification_is_answered() -> None:
    keys = PushKeys(APPID, VERIFY["token"], None)
    query = {name: VERIFY[name] for name in ("signature", "timestamp", "nonce", "echostr")}
    assert verified_echo(keys, query=query, now=at(VERIFY)) == VERIFY["echostr"]


def test_wechats_own_message_is_read() -> None:
    keys = PushKeys(SECURE["appid"], SECURE["token"], SECURE["encoding_aes_key"])
    query = {name: SECURE[name] for name in ("signature", "msg_signature", "timestamp", "nonce")}
    body = raw({"ToUserName": "gh_97417a04a28d", "Encrypt": SECURE["encrypt"]})
    push = read_push(keys, query={**query, "encrypt_type": "aes"}, body=body, now=at(SECURE))
    assert (push.message, push.nonce) == (json.loads(SECURE["plaintext"]), None)
    assert len(SECURE["plaintext"].encode()) == SECURE["msg_len"]


def test_a_plain_message_brings_its_nonce() -> None:
    push = read_push(PLAIN, query=plain_query(), body=raw(), now=NOW)
    assert (push.message, push.nonce) == (EVENT, f"{STAMP}.n1")


@pytest.mark.parametrize("text", [b"{}", raw(), raw({**EVENT, "text": "茶" * 10_000})])
def test_a_secure_message_of_any_length_is_read(text: bytes) -> None:
    assert read_push(CLOSED, **secure(encrypted(padded(framed(text)))), now=NOW).message == json.loads(text)


@pytest.mark.parametrize(("seconds", "fresh"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_message_is_fresh_for_five_minutes(seconds: int, fresh: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    for keys, arguments in (
        (PLAIN, {"query": plain_query(), "body": raw()}),
        (CLOSED, secure(encrypted(padded(framed(raw()))))),
    ):
        if fresh:
            assert read_push(keys, **arguments, now=now).message == EVENT
        else:
            assert refusal(keys, **arguments, now=now) == "the timestamp is not within five minutes"


@pytest.mark.parametrize("stamp", ["", "x", "-1", "1.5", "9" * 13, "١٧٩٥١٦٨٨٠٠", f" {STAMP}"])
def test_a_strange_timestamp_is_not_fresh(stamp: str) -> None:
    assert refusal(PLAIN, query=plain_query(timestamp=stamp), body=raw()) == "the timestamp is not within five minutes"


@pytest.mark.parametrize(
    "query",
    [
        {**plain_query(), "signature": ""},
        {**plain_query(), "signature": "0" * 40},
        {**plain_query(), "signature": plain_query()["signature"].upper()},
        {**plain_query(), "signature": "签名"},
        {**plain_query(), "nonce": "n2"},
        {**plain_query(), "timestamp": str(int(STAMP) + 1)},
        plain_query(nonce=""),
        {name: value for name, value in plain_query().items() if name != "signature"},
    ],
)
def test_a_wrong_signature_is_refused(query: dict[str, str]) -> None:
    assert refusal(PLAIN, query=query, body=raw()) == "the signature is wrong"
    with pytest.raises(BadNotification, match="the signature is wrong"):
        verified_echo(PLAIN, query={**query, "echostr": "1"}, now=NOW)


@pytest.mark.parametrize("echo", ["", "<script>", "a b", "1" * 129, "回声"])
def test_only_a_plain_word_is_echoed(echo: str) -> None:
    with pytest.raises(BadNotification, match="plain word"):
        verified_echo(PLAIN, query=plain_query(echostr=echo), now=NOW)


def test_the_signature_of_a_secure_message_covers_it() -> None:
    arguments = secure(encrypted(padded(framed(raw()))))
    swapped = raw({"Encrypt": encrypted(padded(framed(raw({**EVENT, "Event": "other"}))))})
    assert refusal(CLOSED, query=arguments["query"], body=swapped) == "the signature is wrong"
    with_plain = {**plain_query(), "encrypt_type": "aes", "msg_signature": plain_query()["signature"]}
    assert refusal(CLOSED, query=with_plain, body=arguments["body"]) == "the signature is wrong"


def test_the_encryption_is_the_one_agreed_on() -> None:
    expected = "the encryption is not the one agreed on"
    assert refusal(CLOSED, query=plain_query(), body=raw()) == expected
    assert refusal(CLOSED, query=plain_query(encrypt_type="raw"), body=raw()) == expected
    assert refusal(PLAIN, **secure(encrypted(padded(framed(raw()))))) == expected


@pytest.mark.parametrize(
    ("sealed", "reason"),
    [
        ("", "it cannot be decrypted"),
        ("not base64", "it cannot be decrypted"),
        ("签名", "it cannot be decrypted"),
        (base64.b64encode(b"x" * 15).decode(), "it cannot be decrypted"),
        (encrypted(b"\x00" * 32), "it cannot be decrypted"),
        (encrypted(b"\x21" * 64), "it cannot be decrypted"),
        (encrypted(framed(b"{}")[:31].ljust(31, b"x") + b"\x02"), "it cannot be decrypted"),
        (encrypted(b"x" * 16 + b"\x10" * 16), "it cannot be decrypted"),
        (encrypted(padded(framed(raw(), owner="wxfedcba9876543210"))), "it is for another mini-program"),
        (encrypted(padded(framed(raw(), owner=""))), "it is for another mini-program"),
        (encrypted(padded(framed(raw(), length=2**32 - 1))), "it is for another mini-program"),
        (encrypted(padded(framed(raw(), length=3))), "it is for another mini-program"),
        (encrypted(padded(framed(b"[]"))), "it is not a JSON object"),
        (encrypted(padded(framed(b"\xff"))), "it is not JSON"),
        (encrypted(padded(framed(b"[" * 100_000))), "it is not JSON"),
    ],
    # What is encrypted is another text in each process that runs tests.
    ids=lambda text: text if text.startswith("it ") else "sealed",
)
def test_a_secure_message_that_cannot_be_read_is_refused(sealed: str, reason: str) -> None:
    assert refusal(CLOSED, **secure(sealed)) == reason


@pytest.mark.parametrize("body", [b"{}", raw({"Encrypt": None}), raw({"Encrypt": 1}), raw({"Encrypt": ["x"]})])
def test_a_secure_message_has_something_encrypted(body: bytes) -> None:
    assert refusal(CLOSED, query=secure("x")["query"], body=body) == "there is no Encrypt"


@pytest.mark.parametrize("body", [b"", b"x", b"\xff", b"[]", b"null", b'"x"', b"1" * 5_000])
def test_a_plain_message_is_a_json_object(body: bytes) -> None:
    assert refusal(PLAIN, query=plain_query(), body=body) in ("it is not JSON", "it is not a JSON object")


@pytest.mark.parametrize("keys", [PLAIN, CLOSED])
def test_xml_is_told_apart(keys: PushKeys) -> None:
    with pytest.raises(NotJson):
        read_push(keys, query=plain_query(), body=b"\n<xml><Event>e</Event></xml>", now=NOW)


def test_keys_do_not_show_themselves() -> None:
    assert repr(CLOSED) == f"PushKeys({APPID})"
