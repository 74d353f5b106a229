"""Message push: verification of the URL, both modes, retries."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tests.contract.sandbox.client import Control, MiniProgram
from tests.contract.sandbox.push_backend import TOKEN, PushBackend

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
EVENT = {"Event": "trade_manage_remind_shipping", "transaction_id": "4200", "msg": "订单超过48小时未发货"}


def signed(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def opened(encrypted: str) -> tuple[Any, str]:
    """Return the event and the appid in a secure message."""
    key = base64.b64decode(AES_KEY + "=")
    decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
    padded = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    assert 1 <= padded[-1] <= 32
    assert padded.endswith(bytes([padded[-1]]) * padded[-1])
    plain = padded[: -padded[-1]]
    end = 20 + int.from_bytes(plain[16:20], "big")
    return json.loads(plain[20:end]), plain[end:].decode()


@pytest.fixture
def secure(control: Control, push_backend: PushBackend) -> PushBackend:
    control.post("push", url=push_backend.url, token=TOKEN, aesKey=AES_KEY, mode="secure")
    return push_backend


@pytest.mark.parametrize(
    "body",
    [
        {"token": TOKEN},
        {"url": "http://127.0.0.1:9/"},
        {"url": "http://[", "token": TOKEN},
        {"url": "http://127.0.0.1:99999/", "token": TOKEN},
        {"url": "ftp://127.0.0.1/", "token": TOKEN},
        {"url": "/messages", "token": TOKEN},
        {"url": "http://127.0.0.1:9/", "token": TOKEN, "mode": "compat"},
        {"url": "http://127.0.0.1:9/", "token": TOKEN, "mode": "secure"},
        {"url": "http://127.0.0.1:9/", "token": TOKEN, "mode": "secure", "aesKey": AES_KEY[1:]},
        {"url": "http://127.0.0.1:9/", "token": TOKEN, "mode": "secure", "aesKey": "-" * 43},
    ],
)
def test_refuses_a_wrong_target(control: Control, body: dict[str, str]) -> None:
    assert control.call("POST", "push", **body).status_code == 400
    assert control.call("POST", "push/verify").status_code == 409
    assert control.call("POST", "push/send", event=EVENT).status_code == 409


def test_a_url_is_verified_by_an_echo(control: Control, plain: PushBackend) -> None:
    answer = control.post("push/verify")
    [(query, _)] = plain.received
    assert (answer["verified"], answer["status"], answer["body"]) == (True, 200, query["echostr"])
    assert query["signature"] == signed(TOKEN, query["timestamp"], query["nonce"])
    assert query["store"] == "main"
    plain.echoes = False
    assert control.post("push/verify")["verified"] is False


def test_a_plain_push_is_signed_but_not_its_body(control: Control, program: MiniProgram, plain: PushBackend) -> None:
    sent = control.post("push/send", event=EVENT)
    [(query, body)] = plain.received
    assert sent["answers"] == [{"status": 200, "body": "success", "error": None}]
    assert sent["sent"]["body"].encode() == body
    assert query["signature"] == signed(TOKEN, query["timestamp"], query["nonce"])
    assert query.keys() == {"store", "signature", "timestamp", "nonce", "openid"}
    event = json.loads(body)
    assert event["MsgType"] == "event"
    assert event["FromUserName"] == query["openid"]
    assert {name: event[name] for name in EVENT} == EVENT
    assert abs(event["CreateTime"] - time.time()) < 5


def test_a_secure_push_is_encrypted(control: Control, program: MiniProgram, secure: PushBackend) -> None:
    control.post("push/send", event=EVENT)
    [(query, body)] = secure.received
    envelope = json.loads(body)
    assert (envelope.keys(), query["encrypt_type"]) == ({"ToUserName", "Encrypt"}, "aes")
    assert query["signature"] == signed(TOKEN, query["timestamp"], query["nonce"])
    assert query["msg_signature"] == signed(TOKEN, query["timestamp"], query["nonce"], envelope["Encrypt"])
    event, appid = opened(envelope["Encrypt"])
    assert (appid, event["ToUserName"]) == (program.appid, envelope["ToUserName"])
    assert {name: event[name] for name in EVENT} == EVENT


def test_copies_are_the_same_to_the_byte(control: Control, secure: PushBackend) -> None:
    answers = control.post("push/send", event=EVENT, copies=20)["answers"]
    assert [answer["status"] for answer in answers] == [200] * 20
    assert len({(json.dumps(query), body) for query, body in secure.received}) == 1
    assert control.post("push/send", event=EVENT, copies=0)["answers"] == []
    assert len(secure.received) == 20


def test_a_forged_push(control: Control, secure: PushBackend) -> None:
    control.post("push/send", event=EVENT, flaw="forged")
    [(query, body)] = secure.received
    assert query["signature"] != signed(TOKEN, query["timestamp"], query["nonce"])
    assert query["msg_signature"] != signed(TOKEN, query["timestamp"], query["nonce"], json.loads(body)["Encrypt"])


def test_a_stale_push_is_rightly_signed(control: Control, secure: PushBackend) -> None:
    control.post("push/send", event=EVENT, flaw="stale")
    [(query, body)] = secure.received
    assert query["msg_signature"] == signed(TOKEN, query["timestamp"], query["nonce"], json.loads(body)["Encrypt"])
    assert abs(time.time() - int(query["timestamp"]) - 301) <= 2


def test_a_garbled_secure_push_is_rightly_signed(control: Control, secure: PushBackend) -> None:
    control.post("push/send", event=EVENT, flaw="garbled")
    [(query, body)] = secure.received
    encrypted = json.loads(body)["Encrypt"]
    assert query["msg_signature"] == signed(TOKEN, query["timestamp"], query["nonce"], encrypted)
    with pytest.raises((ValueError, AssertionError)):
        opened(encrypted)


def test_a_garbled_plain_push_is_no_json(control: Control, plain: PushBackend) -> None:
    control.post("push/send", event=EVENT, flaw="garbled")
    with pytest.raises(json.JSONDecodeError):
        json.loads(plain.received[0][1])


def test_each_app_has_its_own_url(control: Control, plain: PushBackend, other: dict[str, str]) -> None:
    assert control.call("POST", "push/send", event=EVENT, appid=other["appid"]).status_code == 409
    control.post("push", url=plain.url, token="Another1", appid=other["appid"])
    control.post("push/send", event=EVENT, appid=other["appid"])
    [(query, _)] = plain.received
    assert query["signature"] == signed("Another1", query["timestamp"], query["nonce"])


@pytest.mark.parametrize("refusal", [(500, "success"), (200, "fail"), (200, '"success"'), (204, "")])
def test_a_refused_push_is_tried_three_times_more(
    control: Control, secure: PushBackend, shipped: Callable[..., str], refusal: tuple[int, str]
) -> None:
    secure.answers = [refusal] * 10
    shipped()
    control.advance(60)
    [push] = control.ledger()["pushes"]
    assert (len(secure.received), len(push["attempts"]), push["status"]) == (4, 4, "given_up")
    told = [opened(json.loads(body)["Encrypt"])[0] for _, body in secure.received]
    assert told == [push["event"]] * 4
    assert len({query["msg_signature"] for query, _ in secure.received}) == 4


@pytest.mark.parametrize("answer", ["success", ""])
def test_an_accepted_push_is_not_tried_again(
    control: Control, plain: PushBackend, shipped: Callable[..., str], answer: str
) -> None:
    plain.answers = [(500, ""), (200, answer)]
    shipped()
    control.advance(0)
    assert len(plain.received) == 1
    control.advance(60)
    assert (len(plain.received), control.ledger()["pushes"][0]["status"]) == (2, "acknowledged")


def test_a_push_on_command_is_not_tried_again(control: Control, plain: PushBackend) -> None:
    plain.answers = [(500, "")]
    control.post("push/send", event=EVENT)
    control.advance(60)
    assert (len(plain.received), control.ledger()["pushes"][0]["status"]) == (1, "given_up")


def test_a_lost_and_a_forged_push_come_again(control: Control, plain: PushBackend, shipped: Callable[..., str]) -> None:
    control.fault("push", "lost")
    control.fault("push", "forged")
    shipped()
    control.advance(60)
    [push] = control.ledger()["pushes"]
    assert [(each["flaw"], each["status"]) for each in push["attempts"]] == [(None, None), ("forged", 200), (None, 200)]
    assert push["status"] == "acknowledged"


def test_timestamps_keep_to_the_wall_clock_unless_told_otherwise(control: Control, plain: PushBackend) -> None:
    control.advance(3600)
    control.post("push/send", event=EVENT)
    control.advance(3600, headers=True)
    control.post("push/send", event=EVENT)
    ages = [int(query["timestamp"]) - time.time() for query, _ in plain.received]
    assert [round(age / 3600) for age in ages] == [0, 1]
    assert [round((event["CreateTime"] - time.time()) / 3600) for event in plain.events] == [1, 2]
