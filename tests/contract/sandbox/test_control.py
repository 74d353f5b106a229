"""The rest of the control API: accounts, users, clock, ledger, reset."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.client import Control, Merchant, MiniProgram

CREDENTIALS = {
    "appid",
    "appSecret",
    "mchid",
    "merchantSerial",
    "merchantPrivateKey",
    "apiV3Key",
    "wechatpayPublicKeyId",
    "wechatpayPublicKey",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "unknown", 404),
        ("GET", "users", 405),
        ("POST", "ledger", 405),
        ("POST", "users/nobody/login-code", 404),
        ("POST", "users/nobody/phone-code", 404),
        ("POST", "users/nobody/request-payment", 404),
    ],
)
def test_what_is_not_there_is_said_in_one_line(control: Control, method: str, path: str, status: int) -> None:
    answer = control.call(method, path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"typo":1}', b'{"phone":1}', b"\xff"])
def test_wrong_bodies_are_refused(sandbox: RunningSandbox, control: Control, body: bytes) -> None:
    answer = requests.post(f"{sandbox.url}/__sandbox__/users", data=body, timeout=5)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert control.ledger()["users"] == []


def test_an_unknown_app_is_not_found(control: Control, user: str) -> None:
    answer = control.call("POST", f"users/{user}/login-code", appid="wx0")
    assert (answer.status_code, answer.json()) == (404, {"error": "no app wx0"})


@pytest.mark.parametrize("seconds", [-1, "1", None, True])
def test_time_only_goes_forward(control: Control, seconds: Any) -> None:
    assert control.call("POST", "clock/advance", seconds=seconds).status_code == 400
    assert control.call("GET", "clock").json()["aheadSeconds"] == 0


def test_the_clock_is_ahead_by_what_was_advanced(control: Control) -> None:
    control.advance(90)
    clock = control.advance(10)
    assert clock.keys() == {"now", "unix", "aheadSeconds"}
    assert clock["aheadSeconds"] == pytest.approx(100, abs=0.5)


def test_a_user_named_again_is_the_same_user(control: Control, program: MiniProgram) -> None:
    assert control.user(user="xiaoming") == "xiaoming"
    openid = program.openid(control, "xiaoming")
    control.post("reset")
    assert control.user(user="xiaoming", phone="13912345678") == "xiaoming"
    assert program.openid(control, "xiaoming") == openid
    assert [user["phone"] for user in control.ledger()["users"]] == ["13912345678"]


def test_an_account_made_on_request_works_at_once(program: MiniProgram) -> None:
    with running_sandbox() as sandbox:
        control = Control(sandbox.url)
        made = control.call("POST", "accounts")
        assert (made.status_code, made.json().keys()) == (201, CREDENTIALS)
        second = Merchant(sandbox.url, made.json())
        assert len(made.json()["apiV3Key"]) == 32
        openid = MiniProgram(sandbox.url, made.json()).openid(control, control.user())
        response = second.prepay(second.order(openid))
        assert response.status_code == 200
        assert second.verifies(response.headers, response.content)


def test_the_ledger_counts_calls_and_keeps_them_without_secrets(
    control: Control, program: MiniProgram, merchant: Merchant, user: str
) -> None:
    token = program.token()["access_token"]
    program.phone(token, code=control.phone_code(user))
    openid = program.openid(control, user)
    order = merchant.order(openid)
    merchant.prepay(order)
    calls = control.ledger()["calls"]
    assert {name: log["count"] for name, log in calls.items()} == {
        "stable_token": 1,
        "phone_number": 1,
        "code2session": 1,
        "prepay": 1,
    }
    assert order["out_trade_no"] in calls["prepay"]["last"][0]["body"]
    assert program.secret not in str(calls)
    assert token not in str(calls)


def test_the_ledger_shows_what_must_not_leak(control: Control, program: MiniProgram, user: str) -> None:
    token = program.token()["access_token"]
    key = program.login(control.login_code(user)).json()["session_key"]
    ledger = control.ledger()
    assert ledger["apps"][0]["accessTokens"] == [token]
    assert ledger["users"][0]["sessionKeys"] == {program.appid: key}


def test_captured_is_the_sum_of_the_paid_orders(
    control: Control, merchant: Merchant, pay: Callable[..., str], openid: str
) -> None:
    merchant.prepay(merchant.order(openid))
    paid = [pay(), pay()]
    ledger = control.ledger()
    assert ledger["captured"][merchant.mchid] == 200
    assert [order["outTradeNo"] for order in ledger["orders"] if order["state"] == "SUCCESS"] == paid


def test_reset_forgets_everything_but_the_accounts(
    control: Control, merchant: Merchant, pay: Callable[..., str]
) -> None:
    pay()
    control.advance(3600)
    control.fault("query", "system_error")
    control.post("notifications/suspend")
    apps = [app["appid"] for app in control.ledger()["apps"]]
    control.post("reset")
    ledger = control.ledger()
    assert [app["appid"] for app in ledger["apps"]] == apps
    kept = {name: ledger[name] for name in ("users", "orders", "notifications", "calls", "faults")}
    assert kept == {"users": [], "orders": [], "notifications": [], "calls": {}, "faults": []}
    assert set(ledger["captured"].values()) == {0}
    assert control.call("GET", "clock").json()["aheadSeconds"] == 0
    assert merchant.query("unknown1").json()["code"] == "ORDER_NOT_EXIST"
