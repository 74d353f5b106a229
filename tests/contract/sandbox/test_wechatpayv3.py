"""A client written by others against the sandbox: what both agree on, neither has made up.

The client has no option for another host, so its gateway is replaced after it has been made.
"""

import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from wechatpayv3 import WeChatPay, WeChatPayType

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant, MiniProgram

MERCHANT_CARD = "MERCHANT_BANK_CARD"


class Foreign:
    """The foreign client with the purchases and answers of one test."""

    def __init__(self, url: str, credentials: dict[str, str], notify_url: str, **keys: str) -> None:
        self.pay = WeChatPay(
            wechatpay_type=WeChatPayType.MINIPROG,
            mchid=credentials["mchid"],
            private_key=credentials["merchantPrivateKey"],
            cert_serial_no=credentials["merchantSerial"],
            appid=credentials["appid"],
            apiv3_key=credentials["apiV3Key"],
            notify_url=notify_url,
            timeout=10,
            **keys,
        )
        self.pay._core._gate_way = url
        self.appid = credentials["appid"]

    def prepay(self, number: str, openid: str, **changes: Any) -> tuple[int, Any]:
        order = {"description": "青花瓷茶杯", "amount": {"total": 100, "currency": "CNY"}, **changes}
        return answered(self.pay.pay(out_trade_no=number, payer={"openid": openid}, **order))

    def buy(self, control: Control, user: str, number: str, openid: str) -> None:
        """Pay with the five fields as this client signs them."""
        _, answer = self.prepay(number, openid)
        timestamp, package = str(int(time.time())), f"prepay_id={answer['prepay_id']}"
        signature = self.pay.sign([self.appid, timestamp, "nonce", package])
        fields = {"timeStamp": timestamp, "nonceStr": "nonce", "package": package, "paySign": signature}
        assert control.pay(user, {**fields, "signType": "RSA", "appid": self.appid}) == "requestPayment:ok"

    def refund(self, number: str, refund_number: str, fen: int) -> tuple[int, Any]:
        amount = {"refund": fen, "total": 100, "currency": "CNY"}
        return answered(self.pay.refund(out_refund_no=refund_number, out_trade_no=number, amount=amount))

    def query(self, number: str) -> Any:
        return answered(self.pay.query(out_trade_no=number))[1]


def answered(answer: tuple[int, str]) -> tuple[int, Any]:
    """Return status and document; the client has verified the signature of every 2xx."""
    status, body = answer
    return status, json.loads(body) if body else None


@pytest.fixture
def foreign(sandbox: RunningSandbox, backend: Backend) -> Foreign:
    credentials = sandbox.credentials
    keys = {
        "public_key": credentials["wechatpayPublicKey"],
        "public_key_id": credentials["wechatpayPublicKeyId"],
    }
    return Foreign(sandbox.url, credentials, backend.notify_url, **keys)


@pytest.fixture
def bought(foreign: Foreign, control: Control, user: str, openid: str) -> str:
    foreign.buy(control, user, "bought01", openid)
    return "bought01"


def test_a_wrong_key_is_refused(foreign: Foreign, openid: str, control: Control) -> None:
    foreign.pay._core._cert_serial_no = "0" * 40
    status, answer = foreign.prepay("refused01", openid)
    assert (status, answer["code"], control.ledger()["orders"]) == (401, "SIGN_ERROR", [])


def test_prepay_query_close(foreign: Foreign, openid: str, control: Control) -> None:
    status, answer = foreign.prepay("closed001", openid, attach="店铺1")
    assert (status, list(answer)) == (200, ["prepay_id"])
    assert foreign.query("closed001")["trade_state"] == "NOTPAY"
    assert answered(foreign.pay.close(out_trade_no="closed001"))[0] == 204
    assert foreign.query("closed001")["trade_state"] == "CLOSED"
    assert control.order("closed001")["state"] == "CLOSED"


def test_a_signed_payment_and_its_notification(
    foreign: Foreign, control: Control, backend: Backend, bought: str
) -> None:
    control.advance(0)
    [(headers, body)] = backend.received
    told = foreign.pay.callback(headers, body)
    assert told["event_type"] == "TRANSACTION.SUCCESS"
    assert told["resource"] == foreign.query(bought)
    transaction_id = told["resource"]["transaction_id"]
    assert answered(foreign.pay.query(transaction_id=transaction_id))[1] == told["resource"]


@pytest.mark.parametrize("flaw", ["forged", "signtest", "garbled"])
def test_flawed_notifications_are_worth_nothing(foreign: Foreign, control: Control, bought: str, flaw: str) -> None:
    sent = control.deliver(copies=0, flaw=flaw)["sent"]
    assert foreign.pay.callback(sent["headers"], sent["body"]) is None


def test_an_unsigned_notification_is_no_notification(foreign: Foreign, control: Control, bought: str) -> None:
    sent = control.deliver(copies=0, flaw="unsigned")["sent"]
    with pytest.raises(Exception, match="does not support this algorithm"):
        foreign.pay.callback(sent["headers"], sent["body"])


def test_a_refund_and_its_notification(foreign: Foreign, control: Control, backend: Backend, bought: str) -> None:
    status, accepted = foreign.refund(bought, "refund01", 40)
    assert (status, accepted["status"]) == (200, "PROCESSING")
    control.advance(2)
    _, shown = answered(foreign.pay.query_refund("refund01"))
    assert (shown["status"], shown["amount"]["refund"]) == ("SUCCESS", 40)
    told = foreign.pay.callback(*backend.received[-1])
    assert (told["event_type"], told["resource"]["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
    assert told["resource"]["refund_id"] == shown["refund_id"]
    assert foreign.query(bought)["trade_state"] == "REFUND"


def test_refusals_of_refunds(foreign: Foreign, control: Control, bought: str) -> None:
    assert foreign.refund(bought, "refund01", 101)[1]["code"] == "INVALID_REQUEST"
    assert answered(foreign.pay.query_refund("refund01"))[0] == 404
    assert foreign.refund(bought, "refund01", 40)[0] == 200
    assert [foreign.refund(bought, "refund02", 40)[0], control.ledger()["refunds"][0]["amount"]] == [429, 40]


def test_an_abnormal_refund_goes_to_the_merchants_account(foreign: Foreign, control: Control, bought: str) -> None:
    foreign.refund(bought, "refund01", 40)
    control.post("refunds/refund01/settle", outcome="ABNORMAL")
    refund_id = control.refund("refund01")["refundId"]
    secret = {"bank_type": "ICBC_DEBIT", "bank_account": "6222020000000000000", "real_name": "小明"}
    status, answer = answered(foreign.pay.abnormal_refund(refund_id, "refund01", MERCHANT_CARD, **secret))
    assert (status, answer["status"]) == (200, "PROCESSING")
    control.advance(2)
    assert control.refund("refund01")["status"] == "SUCCESS"


@pytest.mark.parametrize("packed", [True, False])
def test_the_bill(foreign: Foreign, control: Control, bought: str, packed: bool) -> None:
    day = control.order(bought)["paidAt"][:10]
    control.post("bills", date=day)
    if packed:
        _, bill = answered(foreign.pay.trade_bill(day))
    else:
        _, bill = answered(foreign.pay._core.request(f"/v3/bill/tradebill?bill_date={day}"))
    status, content = foreign.pay.download_bill(bill["download_url"])
    unpacked = gzip.decompress(content) if packed else content
    assert (status, hashlib.sha1(unpacked).hexdigest()) == (200, bill["hash_value"])
    assert f",`{bought},`" in unpacked.decode("utf-8-sig")


@pytest.fixture
def certified(tmp_path: Path, backend: Backend) -> Iterator[tuple[Control, Foreign, Merchant]]:
    """A merchant of a sandbox of its own who has platform certificates only, and knows the first of them."""
    with running_sandbox() as sandbox:
        merchant = Merchant(sandbox.url, sandbox.state.accounts.add("certificates").credentials())
        for serial, certificate in merchant.certificates().items():
            (tmp_path / f"{serial}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        client = Foreign(sandbox.url, merchant.credentials, backend.notify_url, cert_dir=str(tmp_path))
        yield Control(sandbox.url), client, merchant


def test_platform_certificates_and_their_renewal(
    certified: tuple[Control, Foreign, Merchant], backend: Backend, tmp_path: Path
) -> None:
    control, client, merchant = certified
    user = control.user()
    openid = MiniProgram(merchant.url, merchant.credentials).openid(control, user)
    client.buy(control, user, "first001", openid)
    control.post("keys", appid=client.appid, renewCertificate=True)
    client.buy(control, user, "second01", openid)
    control.advance(0)
    told = [client.pay.callback(*received)["resource"]["out_trade_no"] for received in backend.received]
    assert sorted(told) == ["first001", "second01"]
    assert {file.stem for file in tmp_path.glob("*.pem")} == set(merchant.certificates())
