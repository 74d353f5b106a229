"""The socket side: sizes, framing, many callers at once, the end."""

import http.client
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.client import Control, Merchant


def exchange(url: str, headers: dict[str, str], body: bytes = b"") -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("POST", "/cgi-bin/stable_token", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(1024 * 1024 + 1)}, 413),
        ({"Content-Length": "-1"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_bodies_without_a_sound_length_are_refused(
    sandbox: RunningSandbox, control: Control, headers: dict[str, str], status: int
) -> None:
    assert exchange(sandbox.url, headers) == status
    assert control.ledger()["calls"] == {}


def test_a_connection_serves_many_requests(sandbox: RunningSandbox) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    connection.connect()
    kept = connection.sock
    for _ in range(3):
        connection.request("GET", "/v3/unknown")
        assert (connection.getresponse().read(), connection.sock) == (b"", kept)
    connection.close()


def test_after_stop_nobody_is_answered() -> None:
    with running_sandbox() as sandbox, requests.Session() as session:
        assert session.get(f"{sandbox.url}/v3/unknown", timeout=5).status_code == 404
        sandbox.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{sandbox.url}/v3/unknown", timeout=5)


def test_an_order_paid_by_many_taps_is_paid_once(control: Control, merchant: Merchant, user: str, openid: str) -> None:
    order = merchant.order(openid)
    fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
    with ThreadPoolExecutor(8) as taps:
        answers = list(taps.map(lambda _: control.pay(user, fields), range(8)))
    assert sorted(answers) == ["requestPayment:fail 该订单已支付"] * 7 + ["requestPayment:ok"]
    assert len(control.ledger()["notifications"]) == 1


def test_refunds_at_once_never_exceed_the_order(control: Control, merchant: Merchant, pay: Callable[..., str]) -> None:
    together = threading.Barrier(8)

    def refund(application: dict[str, Any]) -> int:
        together.wait(5)
        return merchant.refund(application).status_code

    number = pay()
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(refund, [merchant.refund_of(number, 60) for _ in range(8)]))
    assert (answers.count(200), [each["amount"] for each in control.ledger()["refunds"]]) == (1, [60])


def test_one_refund_applied_for_by_many_is_one(control: Control, merchant: Merchant, pay: Callable[..., str]) -> None:
    application = merchant.refund_of(pay(), 60)
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: merchant.refund(application).json()["refund_id"], range(8)))
    assert answers == [control.refund(application["out_refund_no"])["refundId"]] * 8


def test_paying_and_closing_at_once_has_one_winner(
    control: Control, merchant: Merchant, user: str, openid: str
) -> None:
    together = threading.Barrier(2)

    def close(number: str) -> int:
        together.wait(5)
        return merchant.close(number).status_code

    def pay(fields: dict[str, Any]) -> str:
        together.wait(5)
        return control.pay(user, fields)

    for _ in range(10):
        order = merchant.order(openid)
        fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
        with ThreadPoolExecutor(2) as both:
            closing, paying = both.submit(close, order["out_trade_no"]), both.submit(pay, fields)
        outcome = (control.order(order["out_trade_no"])["state"], closing.result(), paying.result())
        assert outcome in {
            ("SUCCESS", 400, "requestPayment:ok"),
            ("CLOSED", 204, "requestPayment:fail 该订单已关闭"),
        }
