"""Faults on command, at each endpoint."""

import http.client
import json
import time
from typing import Any

import pytest
import requests

from ecosystem.sandbox.faults import Fault, answer_with
from ecosystem.sandbox.messages import Response
from tests.contract.sandbox.client import Control, Merchant, MiniProgram


@pytest.fixture
def number(merchant: Merchant, openid: str) -> str:
    """An open order."""
    order = merchant.order(openid)
    merchant.prepay(order)
    return str(order["out_trade_no"])


@pytest.mark.parametrize(
    "body",
    [
        {"endpoint": "nowhere", "kind": "latency"},
        {"endpoint": "query", "kind": "odd"},
        {"endpoint": "query", "kind": "errcode"},
        {"endpoint": "code2session", "kind": "forged"},
        {"endpoint": "query", "kind": "latency", "times": 0},
        {"endpoint": "query", "kind": "latency", "seconds": -1},
        {"endpoint": "query", "kind": "latency", "typo": 1},
        {"kind": "latency"},
    ],
)
def test_a_fault_there_is_not_is_refused(control: Control, body: dict[str, Any]) -> None:
    answer = control.call("POST", "faults", **body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert control.ledger()["faults"] == []


def test_a_fault_strikes_as_often_as_asked(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("query", "system_error", times=2)
    assert [merchant.query(number).status_code for _ in range(3)] == [500, 500, 200]
    assert control.ledger()["faults"] == []


def test_times_null_strikes_until_removed(control: Control, merchant: Merchant, number: str) -> None:
    fault = control.fault("query", "system_error", times=None)
    assert [merchant.query(number).status_code for _ in range(5)] == [500] * 5
    assert control.call("DELETE", f"faults/{fault['id']}").status_code == 204
    assert control.call("DELETE", f"faults/{fault['id']}").status_code == 404
    assert merchant.query(number).status_code == 200


def test_faults_are_met_in_order_and_cleared_together(control: Control, merchant: Merchant, number: str) -> None:
    for kind in ("too_many_requests", "bad_gateway", "system_error"):
        control.fault("query", kind)
    assert [merchant.query(number).status_code for _ in range(2)] == [429, 502]
    control.call("DELETE", "faults")
    assert merchant.query(number).status_code == 200


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("too_many_requests", (429, "FREQUENCY_LIMITED")),
        ("system_error", (500, "SYSTEM_ERROR")),
        ("bad_gateway", (502, "SERVICE_UNAVAILABLE")),
    ],
)
def test_refusals_leave_pay_orders_alone(
    control: Control, merchant: Merchant, number: str, kind: str, refusal: tuple[int, str]
) -> None:
    control.fault("close", kind)
    answer = merchant.close(number)
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert control.order(number)["state"] == "NOTPAY"


def test_any_error_can_be_answered(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("close", "error", status=403, code="RULE_LIMIT", message="业务规则限制")
    answer = merchant.close(number)
    assert (answer.status_code, answer.json()) == (403, {"code": "RULE_LIMIT", "message": "业务规则限制"})


def test_a_system_error_may_come_after_the_effect(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("close", "system_error_after")
    assert merchant.close(number).status_code == 500
    assert control.order(number)["state"] == "CLOSED"


@pytest.mark.parametrize(("kind", "state"), [("reset_before", "NOTPAY"), ("reset_after", "CLOSED")])
def test_a_reset_connection_tells_nothing_of_the_effect(
    control: Control, merchant: Merchant, number: str, kind: str, state: str
) -> None:
    control.fault("close", kind)
    with pytest.raises(requests.ConnectionError):
        merchant.close(number)
    assert control.order(number)["state"] == state


@pytest.mark.parametrize(
    ("kind", "course"),
    [
        ("latency", ["waits 6.0", "takes effect"]),
        ("slow_answer", ["takes effect", "waits 6.0"]),
        ("reset_after", ["waits 6.0", "takes effect"]),
        ("reset_before", ["waits 6.0"]),
    ],
)
def test_seconds_pass_before_the_effect_or_after_it(kind: str, course: list[str]) -> None:
    happened: list[str] = []

    def effect() -> Response:
        happened.append("takes effect")
        return Response(204)

    answer_with(Fault("1", "close", kind, seconds=6.0), effect, lambda seconds: happened.append(f"waits {seconds}"))
    assert happened == course


def test_latency_is_real_time(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("close", "latency", seconds=0.2)
    started = time.monotonic()
    assert merchant.close(number).status_code == 204
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("kind", ["forged", "signtest"])
def test_a_wrong_signature_is_under_the_right_answer(
    control: Control, merchant: Merchant, number: str, kind: str
) -> None:
    control.fault("query", kind)
    answer = merchant.query(number)
    assert (answer.status_code, answer.json()["trade_state"]) == (200, "NOTPAY")
    assert not merchant.verifies(answer.headers, answer.content)


def test_an_unsigned_answer(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("query", "unsigned")
    answer = merchant.query(number)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("Wechatpay")]


@pytest.mark.parametrize(("kind", "skew"), [("stale", -301), ("future", 360)])
def test_an_answer_signed_at_the_wrong_time(
    control: Control, merchant: Merchant, number: str, kind: str, skew: int
) -> None:
    control.fault("query", kind)
    answer = merchant.query(number)
    assert merchant.verifies(answer.headers, answer.content)
    assert abs(int(answer.headers["Wechatpay-Timestamp"]) - time.time() - skew) <= 2


def test_an_answer_under_an_unknown_serial(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("query", "unknown_serial")
    answer = merchant.query(number)
    assert answer.headers["Wechatpay-Serial"] != merchant.credentials["wechatpayPublicKeyId"]


def test_garbage_is_rightly_signed(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("close", "garbage")
    answer = merchant.close(number)
    assert answer.status_code == 200
    assert merchant.verifies(answer.headers, answer.content)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
    assert control.order(number)["state"] == "CLOSED"


def test_html_is_what_a_proxy_would_say(control: Control, merchant: Merchant, number: str) -> None:
    control.fault("query", "html")
    answer = merchant.query(number)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert "Wechatpay-Signature" not in answer.headers


@pytest.mark.parametrize("errcode", [-1, 45011, 40226])
def test_any_errcode_can_be_answered_and_the_code_stays_good(
    control: Control, program: MiniProgram, user: str, errcode: int
) -> None:
    code = control.login_code(user)
    control.fault("code2session", "errcode", errcode=errcode)
    answer = program.login(code)
    assert (answer.status_code, answer.json()["errcode"]) == (200, errcode)
    assert "openid" in program.login(code).json()


@pytest.mark.parametrize(("kind", "status", "errcode"), [("too_many_requests", 429, 45011), ("system_error", 500, -1)])
def test_the_other_host_fails_in_its_own_words(
    control: Control, program: MiniProgram, kind: str, status: int, errcode: int
) -> None:
    control.fault("code2session", kind)
    answer = program.login("any")
    assert (answer.status_code, answer.json()["errcode"]) == (status, errcode)


def test_a_login_whose_answer_is_lost_has_used_its_code(control: Control, program: MiniProgram, user: str) -> None:
    code = control.login_code(user)
    control.fault("code2session", "reset_after")
    with pytest.raises(requests.ConnectionError):
        program.login(code)
    assert program.login(code).json()["errcode"] == 40163


@pytest.mark.parametrize(("kind", "status"), [("garbage", 200), ("html", 200), ("bad_gateway", 502)])
def test_what_is_no_json_at_login(control: Control, program: MiniProgram, user: str, kind: str, status: int) -> None:
    control.fault("code2session", kind)
    answer = program.login(control.login_code(user))
    assert answer.status_code == status
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_tokens_and_phone_numbers_have_faults_too(control: Control, program: MiniProgram, user: str) -> None:
    token = program.token()["access_token"]
    control.fault("phone_number", "errcode", errcode=40001)
    control.fault("stable_token", "errcode", errcode=40164, errmsg="invalid ip")
    assert program.phone(token, code=control.phone_code(user))["errcode"] == 40001
    refusal = program.token()
    assert (refusal["errcode"], refusal["errmsg"].partition(" rid:")[0]) == (40164, "invalid ip")


def test_a_kept_connection_survives_other_calls_faults(control: Control, merchant: Merchant, number: str) -> None:
    connection = http.client.HTTPConnection(merchant.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/v3/unknown")
    assert (connection.getresponse().read(), connection.sock is not None) == (b"", True)
    control.fault("query", "reset_before")
    with pytest.raises(requests.ConnectionError):
        merchant.query(number)
    connection.request("GET", "/v3/unknown")
    assert connection.getresponse().status == 404
    connection.close()
