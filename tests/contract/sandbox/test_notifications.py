"""The payment notification: what it says, when it is sent, when it stops."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]
DOCUMENTED_DELAYS = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600]


def statuses(control: Control, number: str) -> list[Any]:
    return [attempt["status"] for attempt in control.notice(number)["attempts"]]


@pytest.mark.parametrize("refusal", [201, 302, 400, 401, 500, 503])
def test_only_200_and_204_acknowledge(control: Control, pay: Pay, backend: Backend, refusal: int) -> None:
    backend.answers = [refusal, 204]
    number = pay()
    control.advance(0)
    assert (control.notice(number)["status"], statuses(control, number)) == ("pending", [refusal])
    control.advance(15)
    assert (control.notice(number)["status"], statuses(control, number)) == ("acknowledged", [refusal, 204])


def test_redirects_are_not_followed(control: Control, pay: Pay, backend: Backend) -> None:
    backend.answers, backend.headers = [307], {"Location": backend.notify_url}
    pay()
    control.advance(0)
    assert len(backend.received) == 1


def test_an_answer_that_comes_too_late_is_none(control: Control, pay: Pay, backend: Backend) -> None:
    backend.gate.clear()
    number = pay()
    control.advance(0)
    [attempt] = control.notice(number)["attempts"]
    assert (attempt["status"], attempt["error"]) == (None, "timed out")
    backend.gate.set()
    control.advance(15)
    assert statuses(control, number) == [None, 200]


def test_a_backend_that_is_down_is_tried_again(control: Control, pay: Pay, backend: Backend) -> None:
    backend.stop()
    number = pay()
    control.advance(15)
    assert [attempt["error"] for attempt in control.notice(number)["attempts"]] == [
        "[Errno 111] Connection refused"
    ] * 2


def test_it_is_signed_and_sealed(control: Control, pay: Pay, backend: Backend, merchant: Merchant) -> None:
    number = pay()
    control.advance(0)
    [(headers, body)] = backend.received
    assert merchant.verifies(headers, body)
    assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert headers["Content-Type"] == "application/json"
    assert merchant.open(body) == merchant.query(number).json()


def test_its_envelope_is_the_documented_one(control: Control, pay: Pay, backend: Backend) -> None:
    number = pay()
    control.advance(0)
    envelope = json.loads(backend.received[0][1])
    resource = envelope.pop("resource")
    assert envelope.pop("create_time") == control.order(number)["paidAt"]
    assert envelope == {
        "id": control.notice(number)["id"],
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
    }
    assert resource.keys() == {"original_type", "algorithm", "ciphertext", "associated_data", "nonce"}
    assert (resource["original_type"], resource["algorithm"]) == ("transaction", "AEAD_AES_256_GCM")
    assert len(resource["nonce"]) == 12


def test_a_refused_notice_is_tried_again_15_times_within_a_day(
    control: Control, pay: Pay, backend: Backend, merchant: Merchant
) -> None:
    backend.default = 500
    number = pay()
    control.advance(0)
    for tried, delay in enumerate(DOCUMENTED_DELAYS, start=1):
        control.advance(delay - 2)
        assert len(backend.received) == tried
        control.advance(2)
        assert len(backend.received) == tried + 1
    control.advance(7 * 24 * 3600)
    assert len(backend.received) == 16
    assert (control.notice(number)["status"], control.notice(number)["nextAt"]) == ("given_up", None)
    assert len({json.loads(body)["id"] for _, body in backend.received}) == 1
    assert len({headers["Wechatpay-Nonce"] for headers, _ in backend.received}) == 16
    assert all(merchant.verifies(headers, body) for headers, body in backend.received)


def test_a_whole_day_at_once_tries_as_often(control: Control, pay: Pay, backend: Backend) -> None:
    backend.default = 500
    pay()
    control.advance(24 * 3600 + 240)
    assert len(backend.received) == 16


def test_headers_keep_to_the_wall_clock_unless_told_otherwise(control: Control, pay: Pay, backend: Backend) -> None:
    backend.answers = [500, 500, 500]
    pay()
    control.advance(15)
    control.advance(15, headers=True)
    control.advance(3600, headers=True)
    ages = [int(headers["Wechatpay-Timestamp"]) - time.time() for headers, _ in backend.received]
    assert [round(age / 15) for age in ages] == [0, 0, 1, 241]


def test_suspended_notices_wait_for_the_resume(control: Control, pay: Pay, backend: Backend) -> None:
    control.post("notifications/suspend")
    number = pay()
    control.advance(24 * 3600)
    assert backend.received == []
    assert control.notice(number)["held"] is True
    assert control.order(number)["state"] == "SUCCESS"
    control.post("notifications/resume")
    control.advance(0)
    assert statuses(control, number) == [200]


def test_one_order_can_be_suspended_alone(control: Control, pay: Pay) -> None:
    control.post("notifications/suspend", outTradeNo="silent01")
    silent, heard = pay(out_trade_no="silent01"), pay()
    control.advance(0)
    assert (statuses(control, silent), statuses(control, heard)) == ([], [200])
    control.post("notifications/resume", outTradeNo="silent01")
    control.advance(0)
    assert statuses(control, silent) == [200]


def test_a_lost_notice_comes_with_the_next_try(control: Control, pay: Pay, backend: Backend) -> None:
    control.fault("notification", "lost")
    number = pay()
    control.advance(15)
    assert [(each["status"], each["error"]) for each in control.notice(number)["attempts"]] == [
        (None, "lost on the way"),
        (200, None),
    ]
    assert len(backend.received) == 1


def test_a_probe_that_is_accepted_does_not_acknowledge(control: Control, pay: Pay, backend: Backend) -> None:
    control.fault("notification", "signtest")
    number = pay()
    control.advance(15)
    assert [each["flaw"] for each in control.notice(number)["attempts"]] == ["signtest", None]
    assert backend.received[0][0]["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
