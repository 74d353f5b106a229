"""Downloading a bill: what arrives is what WeChat promised, or nothing is believed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from ecosystem.sandbox.server import RunningSandbox
from src.services.wechat.bill_rows import BillRow
from src.services.wechat.bills import BillClient, NoBillYet
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.signing import Merchant
from src.utils.beijing import beijing_day
from src.utils.clock import Clock
from tests.factories.pay_clients import calls_to, merchant_of, transport_to

DAY = date(2026, 1, 5)
PAID = [{"outTradeNo": f"T2026010500000{n}", "amount": 100 + n} for n in range(3)]


@pytest.fixture
def wechat(sandbox: RunningSandbox) -> RunningSandbox:
    """A fresh sandbox with a bill of three payments."""
    command(sandbox, "reset")
    command(sandbox, "bills", date=DAY.isoformat(), extra=PAID)
    return sandbox


@pytest.fixture
def bills(wechat: RunningSandbox) -> BillClient:
    return BillClient(calls_to(wechat.url, standby_url=wechat.standby_url))


@pytest.fixture
def merchant(wechat: RunningSandbox) -> Merchant:
    return merchant_of(wechat.credentials)


def command(sandbox: RunningSandbox, path: str, **body: Any) -> None:
    requests.post(f"{sandbox.url}/__sandbox__/{path}", json=body, timeout=10).raise_for_status()


def fetch(bills: BillClient, merchant: Merchant, day: date = DAY) -> list[BillRow]:
    with bills.trade_bill(merchant, day) as rows:
        return list(rows)


def numbers(rows: list[BillRow]) -> list[tuple[str, int]]:
    return [(row.number, row.amount_fen) for row in rows]


def test_the_rows_of_the_day(bills: BillClient, merchant: Merchant) -> None:
    assert numbers(fetch(bills, merchant)) == [(each["outTradeNo"], each["amount"]) for each in PAID]


def test_a_day_without_trade_is_an_empty_bill(bills: BillClient, merchant: Merchant) -> None:
    assert fetch(bills, merchant, beijing_day(Clock().now()) - timedelta(days=10)) == []


def test_a_bill_in_the_making(wechat: RunningSandbox, bills: BillClient, merchant: Merchant) -> None:
    command(wechat, "faults", endpoint="tradebill", kind="error", status=400, code="STATEMENT_CREATING")
    with pytest.raises(NoBillYet):
        fetch(bills, merchant)
    assert wechat.state.calls["billdownload"].count == 0


def test_a_day_that_wechat_refuses(bills: BillClient, merchant: Merchant) -> None:
    with pytest.raises(PayError) as refusal:
        fetch(bills, merchant, date(2020, 1, 1))
    assert refusal.value.code == "PARAMERROR"


@pytest.mark.parametrize("endpoint", ["tradebill", "billdownload"])
@pytest.mark.parametrize(
    "kind", ["system_error", "too_many_requests", "reset_before", "reset_after", "garbage", "html", "bad_gateway"]
)
def test_no_row_is_given_when_wechat_fails(
    wechat: RunningSandbox, bills: BillClient, merchant: Merchant, endpoint: str, kind: str
) -> None:
    command(wechat, "faults", endpoint=endpoint, kind=kind, times=None)
    with pytest.raises(OutcomeUnknown):
        fetch(bills, merchant)


@pytest.mark.parametrize("kind", ["unsigned", "forged", "signtest", "stale", "unknown_serial"])
def test_a_promise_that_is_not_wechats(
    wechat: RunningSandbox, bills: BillClient, merchant: Merchant, kind: str
) -> None:
    command(wechat, "faults", endpoint="tradebill", kind=kind)
    with pytest.raises(OutcomeUnknown, match="signature"):
        fetch(bills, merchant)
    assert wechat.state.calls["billdownload"].count == 0


@pytest.mark.parametrize("endpoint", ["tradebill", "billdownload"])
def test_the_standby_host_has_the_bill_too(
    wechat: RunningSandbox, bills: BillClient, merchant: Merchant, endpoint: str
) -> None:
    command(wechat, "faults", endpoint=endpoint, kind="bad_gateway", host="primary", times=None)
    assert len(fetch(bills, merchant)) == 3
    assert wechat.state.calls[endpoint].count == 2


def test_a_file_that_is_not_the_promised_one(wechat: RunningSandbox, bills: BillClient, merchant: Merchant) -> None:
    command(wechat, "faults", endpoint="billdownload", kind="garbage")
    with pytest.raises(OutcomeUnknown, match="promised"):
        fetch(bills, merchant)
    assert len(fetch(bills, merchant)) == 3


class Files(BaseHTTPRequestHandler):
    """Serves a file in ways that WeChat should not."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("Location", "/whole")
        if self.path != "/endless":
            self.send_header("Content-Length", "20")
        self.end_headers()
        if self.path == "/endless":
            self._pour()
        else:
            self.wfile.write(b"0123456789" * (1 if self.path == "/cut" else 2))

    def _pour(self) -> None:
        try:
            while True:
                self.wfile.write(bytes(65_536))
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def download(url: str, path: str, **limits: float) -> bytes:
    written = bytearray()
    bounds: dict[str, Any] = {"max_bytes": 10**6, "within_s": 10.0, **limits}
    transport_to(url).download(path, written.extend, headers={}, **bounds)
    return bytes(written)


def test_a_whole_file(files: str) -> None:
    assert download(files, "/whole") == b"0123456789" * 2


def test_a_file_that_is_cut_off(files: str) -> None:
    with pytest.raises(OutcomeUnknown):
        download(files, "/cut")


def test_a_file_without_end_is_given_up(files: str) -> None:
    with pytest.raises(OutcomeUnknown, match="too large"):
        download(files, "/endless")


def test_a_file_that_takes_too_long_is_given_up(files: str) -> None:
    with pytest.raises(OutcomeUnknown, match="too slow"):
        download(files, "/endless", max_bytes=10**12, within_s=0.2)


def test_nobody_sends_us_elsewhere(files: str) -> None:
    written = bytearray()
    answer = transport_to(files).download("/moved", written.extend, headers={}, max_bytes=99, within_s=9.0)
    assert (answer.status, written) == (302, b"")
