"""The standby host of WeChat Pay: the same orders behind another address."""

import socket
from collections.abc import Callable

import pytest
import requests

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]


@pytest.fixture
def standby(sandbox: RunningSandbox) -> Merchant:
    """The merchant at the standby host."""
    return Merchant(sandbox.standby_url, sandbox.credentials)


def test_both_hosts_know_the_same(merchant: Merchant, standby: Merchant, control: Control, openid: str) -> None:
    order = merchant.order(openid)
    assert standby.prepay(order).status_code == 200
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "NOTPAY"
    assert standby.close(order["out_trade_no"]).status_code == 204
    assert control.order(order["out_trade_no"])["state"] == "CLOSED"


def test_a_fault_of_the_primary_host_spares_the_standby(
    merchant: Merchant, standby: Merchant, control: Control, pay: Pay
) -> None:
    number = pay()
    control.fault("query", "bad_gateway", host="primary", times=None)
    assert [each.query(number).status_code for each in (merchant, standby, merchant)] == [502, 200, 502]


def test_a_fault_of_the_standby_spares_the_primary_host(
    merchant: Merchant, standby: Merchant, control: Control, pay: Pay
) -> None:
    number = pay()
    control.fault("query", "bad_gateway", host="standby")
    assert [each.query(number).status_code for each in (merchant, standby, standby)] == [200, 502, 200]


def test_a_fault_of_no_host_is_one_of_both(merchant: Merchant, standby: Merchant, control: Control, pay: Pay) -> None:
    number = pay()
    control.fault("query", "bad_gateway", times=2)
    assert [each.query(number).status_code for each in (merchant, standby, merchant)] == [502, 502, 200]
    assert control.call("POST", "faults", endpoint="query", kind="latency", host="third").status_code == 400


def test_a_bill_is_fetched_where_it_was_asked_for(standby: Merchant, control: Control, pay: Pay) -> None:
    day = control.order(pay())["paidAt"][:10]
    control.post("bills", date=day)
    answer = standby.call("GET", f"/v3/bill/tradebill?bill_date={day}").json()
    assert answer["download_url"].startswith(f"{standby.url}/")


def test_stop_ends_both() -> None:
    with running_sandbox() as sandbox:
        sandbox.stop()
        for url in (sandbox.url, sandbox.standby_url):
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{url}/v3/unknown", timeout=5)


def test_one_port_that_is_taken_leaves_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        with (
            pytest.raises(OSError, match=f"port {taken.getsockname()[1]}"),
            running_sandbox(port=port, standby_port=taken.getsockname()[1]),
        ):
            raise AssertionError
        with socket.create_server(("127.0.0.1", port)):
            pass
