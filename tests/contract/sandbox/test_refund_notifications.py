"""The refund notification: what it says, when it is tried again, how it is bent on command."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]
FLAWS = ["forged", "signtest", "stale", "future", "unknown_serial", "unsigned", "garbled"]


@pytest.fixture
def paid(control: Control, pay: Pay, backend: Backend) -> str:
    """An order whose payment has been told already."""
    number = pay()
    control.advance(0)
    backend.received.clear()
    return number


@pytest.fixture
def refunded(merchant: Merchant, backend: Backend, paid: str) -> str:
    """A refund of 40 fen under way; it succeeds in 2 s and is told to `backend`."""
    application = merchant.refund_of(paid, 40, notify_url=backend.notify_url)
    merchant.refund(application)
    return str(application["out_refund_no"])


def statuses(control: Control, number: str) -> list[Any]:
    return [attempt["status"] for notice in control.refund_notices(number) for attempt in notice["attempts"]]


def test_it_says_what_the_refund_query_says_in_its_own_words(
    control: Control, merchant: Merchant, backend: Backend, paid: str, refunded: str
) -> None:
    control.advance(2)
    [(headers, body)] = backend.received
    queried = merchant.query_refund(refunded).json()
    assert merchant.verifies(headers, body)
    assert merchant.open(body) == {
        "mchid": merchant.mchid,
        "transaction_id": queried["transaction_id"],
        "out_trade_no": paid,
        "refund_id": queried["refund_id"],
        "out_refund_no": refunded,
        "refund_status": "SUCCESS",
        "success_time": queried["success_time"],
        "user_received_account": "支付用户零钱",
        "amount": {"total": 100, "refund": 40, "payer_total": 100, "payer_refund": 40},
    }
    envelope = json.loads(body)
    assert (envelope["event_type"], envelope["summary"]) == ("REFUND.SUCCESS", "退款成功")
    resource = envelope["resource"]
    assert (resource["original_type"], resource["associated_data"]) == ("refund", "refund")


def test_without_an_address_nobody_is_told(control: Control, merchant: Merchant, backend: Backend, paid: str) -> None:
    application = merchant.refund_of(paid, 40)
    del application["notify_url"]
    merchant.refund(application)
    control.advance(2)
    assert control.refund(application["out_refund_no"])["status"] == "SUCCESS"
    assert (backend.received, control.refund_notices(application["out_refund_no"])) == ([], [])


def test_a_refused_notice_is_tried_15_times_more(control: Control, backend: Backend, refunded: str) -> None:
    backend.default = 500
    control.advance(24 * 3600 + 242)
    control.advance(7 * 24 * 3600)
    assert statuses(control, refunded) == [500] * 16
    [notice] = control.refund_notices(refunded)
    assert (notice["event"], notice["status"], notice["nextAt"]) == ("REFUND.SUCCESS", "given_up", None)


def test_what_happened_later_does_not_change_an_earlier_notice(
    control: Control, merchant: Merchant, backend: Backend, refunded: str
) -> None:
    backend.answers = [500]
    control.post(f"refunds/{refunded}/settle", outcome="ABNORMAL")
    control.advance(0)
    control.post(f"refunds/{refunded}/settle", outcome="SUCCESS")
    control.advance(15)
    told = [merchant.open(body)["refund_status"] for _, body in backend.received]
    assert told == ["ABNORMAL", "SUCCESS", "ABNORMAL"]


def test_a_payment_told_after_its_refund_is_still_a_payment(
    control: Control, merchant: Merchant, backend: Backend, pay: Pay
) -> None:
    control.post("notifications/suspend")
    number = pay()
    merchant.refund(merchant.refund_of(number, 100))
    sent = control.deliver(outTradeNo=number)["sent"]
    assert merchant.open(sent["body"].encode())["trade_state"] == "SUCCESS"


def test_payment_and_refund_are_suspended_apart(
    control: Control, merchant: Merchant, backend: Backend, paid: str
) -> None:
    control.post("notifications/suspend", outRefundNo="silent01")
    control.post("notifications/suspend", outTradeNo="silent01")
    for number in ("silent01", "heard001"):
        merchant.refund(merchant.refund_of(paid, 10, out_refund_no=number, notify_url=backend.notify_url))
        control.advance(60)
    assert (statuses(control, "silent01"), statuses(control, "heard001")) == ([], [200])
    control.post("notifications/resume", outTradeNo="silent01")
    control.advance(0)
    assert statuses(control, "silent01") == []
    control.post("notifications/resume", outRefundNo="silent01")
    control.advance(0)
    assert statuses(control, "silent01") == [200]


def test_both_numbers_at_once_name_nothing(control: Control, refunded: str) -> None:
    for command in ("deliver", "suspend", "resume"):
        answer = control.call("POST", f"notifications/{command}", outTradeNo="a", outRefundNo="b")
        assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_copies_of_a_refund_notice(control: Control, backend: Backend, refunded: str) -> None:
    control.post("notifications/suspend")
    control.advance(2)
    assert [each["status"] for each in control.deliver(outRefundNo=refunded, copies=20)["answers"]] == [200] * 20
    assert len({body for _, body in backend.received}) == 1
    [notice] = control.refund_notices(refunded)
    assert notice["status"] == "acknowledged"


@pytest.mark.parametrize("flaw", FLAWS)
def test_its_flaws_on_command_and_by_fault(control: Control, backend: Backend, refunded: str, flaw: str) -> None:
    control.fault("refund_notification", flaw)
    control.advance(17)
    [notice] = control.refund_notices(refunded)
    assert [each["flaw"] for each in notice["attempts"]] == [flaw, None]
    control.deliver(outRefundNo=refunded, flaw=flaw)
    [notice] = control.refund_notices(refunded)
    assert notice["attempts"][-1]["flaw"] == flaw


def test_faults_of_payment_notices_leave_refund_notices_alone(
    control: Control, backend: Backend, refunded: str
) -> None:
    control.fault("notification", "lost")
    control.advance(2)
    assert statuses(control, refunded) == [200]
    assert len(control.ledger()["faults"]) == 1


@pytest.mark.parametrize(
    ("lie", "path"),
    [
        ({"amount_refund": 1}, ["amount", "refund"]),
        ({"amount_total": 1}, ["amount", "total"]),
        ({"refund_status": "CLOSED"}, ["refund_status"]),
        ({"out_refund_no": "another1"}, ["out_refund_no"]),
        ({"refund_id": "5030"}, ["refund_id"]),
        ({"out_trade_no": "another1"}, ["out_trade_no"]),
        ({"transaction_id": "4200"}, ["transaction_id"]),
        ({"mchid": "1900000001"}, ["mchid"]),
        ({"success_time": "never"}, ["success_time"]),
    ],
)
def test_lies_are_genuinely_signed(
    control: Control, merchant: Merchant, refunded: str, lie: dict[str, Any], path: list[str]
) -> None:
    control.advance(2)
    expected = merchant.open(control.deliver(outRefundNo=refunded, copies=0)["sent"]["body"].encode())
    owner = expected[path[0]] if len(path) > 1 else expected
    [owner[path[-1]]] = lie.values()
    sent = control.deliver(outRefundNo=refunded, overrides=lie)["sent"]
    assert merchant.verifies(sent["headers"], sent["body"].encode())
    assert merchant.open(sent["body"].encode()) == expected


def test_a_refund_notice_has_no_payer_and_no_appid_to_lie_about(
    control: Control, backend: Backend, refunded: str
) -> None:
    control.advance(2)
    for name in ("payer_openid", "appid", "trade_state", "currency"):
        answer = control.call("POST", "notifications/deliver", outRefundNo=refunded, overrides={name: "x"})
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert len(backend.received) == 1
