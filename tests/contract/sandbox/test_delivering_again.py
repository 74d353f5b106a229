"""POST /__sandbox__/notifications/deliver: duplicates, forgeries and lies on command."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]


@pytest.fixture
def silent(control: Control) -> None:
    control.post("notifications/suspend")


@pytest.mark.parametrize(
    "body", [{"id": "EV-0"}, {"outTradeNo": "unknown1"}, {}], ids=["unknown id", "unknown number", "none yet"]
)
def test_there_must_be_a_notification(control: Control, body: dict[str, Any]) -> None:
    assert control.call("POST", "notifications/deliver", **body).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{"copies": -1}, {"copies": 201}, {"copies": True}, {"flaw": "odd"}, {"overrides": {"total": 1}}, {"copy": 2}],
)
def test_wrong_arguments_send_nothing(control: Control, pay: Pay, backend: Backend, body: dict[str, Any]) -> None:
    pay()
    control.advance(0)
    assert control.call("POST", "notifications/deliver", **body).status_code == 400
    assert len(backend.received) == 1


def test_copies_arrive_at_once_and_byte_by_byte_the_same(control: Control, pay: Pay, backend: Backend) -> None:
    number = pay()
    control.advance(0)
    backend.received.clear()
    answer = control.deliver(copies=20)
    assert answer["id"] == control.notice(number)["id"]
    assert answer["answers"] == [{"status": 200, "body": '{"code":"SUCCESS"}', "error": None}] * 20
    assert len({(headers["Wechatpay-Nonce"], body) for headers, body in backend.received}) == 1
    assert answer["sent"]["body"].encode() == backend.received[0][1]
    assert answer["sent"]["headers"]["Wechatpay-Nonce"] == backend.received[0][0]["Wechatpay-Nonce"]


def test_no_copies_only_show_what_would_be_sent(
    control: Control, pay: Pay, backend: Backend, merchant: Merchant
) -> None:
    pay()
    control.advance(0)
    answer = control.deliver(copies=0)
    assert (answer["answers"], len(backend.received)) == ([], 1)
    assert merchant.verifies(answer["sent"]["headers"], answer["sent"]["body"].encode())


def test_the_answer_of_each_copy_is_reported(control: Control, pay: Pay, backend: Backend) -> None:
    pay()
    control.advance(0)
    backend.answers = [401, 500]
    answers = control.deliver(copies=3)["answers"]
    assert sorted(answer["status"] for answer in answers) == [200, 401, 500]


def test_the_latest_notice_is_sent_unless_one_is_named(control: Control, pay: Pay, backend: Backend) -> None:
    first, second = pay(), pay()
    control.advance(0)
    named = control.deliver(outTradeNo=first)["id"]
    assert named == control.notice(first)["id"] != control.deliver()["id"]
    assert control.deliver(id=control.notice(second)["id"])["id"] == control.notice(second)["id"]


@pytest.mark.usefixtures("silent")
def test_a_genuine_delivery_acknowledges(control: Control, pay: Pay, backend: Backend) -> None:
    number = pay()
    control.deliver()
    assert control.notice(number)["status"] == "acknowledged"
    control.post("notifications/resume")
    control.advance(60)
    assert len(backend.received) == 1


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("body", [{"flaw": "forged"}, {"overrides": {"amount_total": 1}}])
def test_a_false_delivery_acknowledges_nothing(control: Control, pay: Pay, body: dict[str, Any]) -> None:
    number = pay()
    assert control.deliver(**body)["answers"][0]["status"] == 200
    assert control.notice(number)["status"] == "pending"


def sent_with(control: Control, pay: Pay, **body: Any) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the one delivery this makes."""
    pay()
    sent = control.deliver(**body)["sent"]
    return sent["headers"], sent["body"].encode()


@pytest.mark.usefixtures("silent")
def test_forged(control: Control, pay: Pay, merchant: Merchant) -> None:
    headers, body = sent_with(control, pay, flaw="forged")
    assert not merchant.verifies(headers, body)
    assert merchant.open(body)["trade_state"] == "SUCCESS"


@pytest.mark.usefixtures("silent")
def test_signtest(control: Control, pay: Pay, merchant: Merchant) -> None:
    headers, body = sent_with(control, pay, flaw="signtest")
    assert headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert not merchant.verifies(headers, body)


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(("flaw", "skew"), [("stale", -301), ("future", 360)])
def test_rightly_signed_at_the_wrong_time(control: Control, pay: Pay, merchant: Merchant, flaw: str, skew: int) -> None:
    headers, body = sent_with(control, pay, flaw=flaw)
    assert merchant.verifies(headers, body)
    assert abs(int(headers["Wechatpay-Timestamp"]) - time.time() - skew) <= 2


@pytest.mark.usefixtures("silent")
def test_unknown_serial(control: Control, pay: Pay, merchant: Merchant) -> None:
    headers, _ = sent_with(control, pay, flaw="unknown_serial")
    assert headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")
    assert headers["Wechatpay-Serial"] != merchant.credentials["wechatpayPublicKeyId"]


@pytest.mark.usefixtures("silent")
def test_unsigned(control: Control, pay: Pay) -> None:
    headers, _ = sent_with(control, pay, flaw="unsigned")
    assert not [name for name in headers if name.startswith("Wechatpay")]


@pytest.mark.usefixtures("silent")
def test_garbled(control: Control, pay: Pay, merchant: Merchant) -> None:
    headers, body = sent_with(control, pay, flaw="garbled")
    assert merchant.verifies(headers, body)
    with pytest.raises(InvalidTag):
        merchant.open(body)


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(
    ("lie", "path"),
    [
        ({"amount_total": 1}, ["amount", "total"]),
        ({"currency": "USD"}, ["amount", "currency"]),
        ({"payer_openid": "o" * 28}, ["payer", "openid"]),
        ({"mchid": "1900000001"}, ["mchid"]),
        ({"appid": "wx0000000000000000"}, ["appid"]),
        ({"out_trade_no": "another1"}, ["out_trade_no"]),
        ({"transaction_id": "4200"}, ["transaction_id"]),
        ({"trade_state": "NOTPAY"}, ["trade_state"]),
        ({"success_time": "never"}, ["success_time"]),
    ],
)
def test_lies_are_genuinely_signed(
    control: Control, pay: Pay, merchant: Merchant, lie: dict[str, Any], path: list[str]
) -> None:
    expected = merchant.query(pay()).json()
    owner = expected[path[0]] if len(path) > 1 else expected
    [owner[path[-1]]] = lie.values()
    sent = control.deliver(overrides=lie)["sent"]
    assert merchant.verifies(sent["headers"], sent["body"].encode())
    assert merchant.open(sent["body"].encode()) == expected


@pytest.mark.usefixtures("silent")
def test_id_and_event_type_are_told_outside_the_seal(control: Control, pay: Pay) -> None:
    overrides = {"id": "EV-1", "event_type": "TRANSACTION.UNHEARD_OF"}
    envelope = json.loads(sent_with(control, pay, overrides=overrides)[1])
    assert (envelope["id"], envelope["event_type"]) == ("EV-1", "TRANSACTION.UNHEARD_OF")
