"""A payment that is notified before its prepay has been answered."""

import threading

import pytest

from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant


def test_only_prepay_can_be_overtaken(control: Control) -> None:
    for endpoint in ("query", "close", "refund", "code2session"):
        assert control.call("POST", "faults", endpoint=endpoint, kind="notified_first").status_code == 400


def test_the_notification_comes_before_the_answer(
    control: Control, merchant: Merchant, backend: Backend, openid: str
) -> None:
    control.fault("prepay", "notified_first")
    order = merchant.order(openid, notify_url=backend.notify_url)
    answer = merchant.prepay(order)
    assert (answer.status_code, len(backend.received)) == (200, 1)
    assert merchant.verifies(answer.headers, answer.content)
    assert merchant.open(backend.received[0][1])["out_trade_no"] == order["out_trade_no"]
    assert control.notice(order["out_trade_no"])["status"] == "acknowledged"
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "SUCCESS"
    assert control.ledger()["captured"][merchant.mchid] == 100


def test_the_answer_waits_as_long_as_the_backend_takes(
    merchant: Merchant, control: Control, backend: Backend, openid: str
) -> None:
    backend.gate.clear()
    control.fault("prepay", "notified_first")
    order = merchant.order(openid, notify_url=backend.notify_url)
    asking = threading.Thread(target=merchant.prepay, args=(order,))
    asking.start()
    asking.join(0.3)
    assert asking.is_alive()
    backend.gate.set()
    asking.join(5)
    assert not asking.is_alive()


@pytest.mark.parametrize("number", [None, "silent01"])
def test_a_suspended_notification_overtakes_nobody(
    control: Control, merchant: Merchant, backend: Backend, openid: str, number: str | None
) -> None:
    control.post("notifications/suspend", **({"outTradeNo": number} if number else {}))
    control.fault("prepay", "notified_first")
    order = merchant.order(openid, notify_url=backend.notify_url, out_trade_no=number or "silent02")
    assert merchant.prepay(order).status_code == 200
    assert (backend.received, control.order(order["out_trade_no"])["state"]) == ([], "SUCCESS")


def test_a_refused_prepay_takes_no_money(control: Control, merchant: Merchant, backend: Backend, openid: str) -> None:
    control.fault("prepay", "notified_first")
    order = merchant.order(openid, notify_url=backend.notify_url, amount={"total": 0})
    assert merchant.prepay(order).status_code == 400
    assert (backend.received, control.ledger()["orders"]) == ([], [])
