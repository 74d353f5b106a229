"""The Authorization header: shape, then time, then serial, then signature."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest
import requests

from ecosystem.sandbox.server import RunningSandbox
from tests.contract.sandbox.client import PREPAY, Control, Merchant

QUERY = "/v3/pay/transactions/out-trade-no/unknown1"
STALE = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
SHAPE = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
SERIAL = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
SIGNATURE = "签名错误，请检查后再试"


def refused(merchant: Merchant, authorization: str, target: str = QUERY) -> str:
    """Return the message of the 401 that this header gets."""
    response = merchant.call("GET", target, Authorization=authorization)
    assert response.status_code == 401
    assert response.json()["code"] == "SIGN_ERROR"
    assert not [name for name in response.headers if name.startswith("Wechatpay")]
    return str(response.json()["message"])


def now(offset: int = 0) -> str:
    return str(int(time.time()) + offset)


def test_no_authorization_at_all_gets_no_request_id(sandbox: RunningSandbox) -> None:
    response = requests.get(sandbox.url + QUERY, timeout=5)
    assert (response.status_code, response.json()["message"]) == (401, SHAPE)
    assert "Request-ID" not in response.headers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header: "",
        lambda header: header.replace("RSA2048", "SM3"),
        lambda header: header.replace(",", ", "),
        lambda header: header.replace('"', "'"),
        lambda header: header + ',extra="1"',
        lambda header: header + ',mchid="1"',
        lambda header: header.replace("nonce_str", "nonce"),
        lambda header: header.split(",", 1)[0],
    ],
)
def test_the_shape_is_looked_at_first(merchant: Merchant, spoil: "object") -> None:
    assert callable(spoil)
    assert refused(merchant, spoil(merchant.authorization("GET", QUERY, "", timestamp="1"))) == SHAPE


def test_a_timestamp_that_is_no_number_is_a_wrong_shape(merchant: Merchant) -> None:
    assert refused(merchant, merchant.authorization("GET", QUERY, "", timestamp="soon")) == SHAPE


@pytest.mark.parametrize("offset", [-302, 302])
def test_then_the_timestamp(merchant: Merchant, offset: int) -> None:
    spoilt = {"timestamp": now(offset), "serial_no": "0" * 40, "signature": "bad"}
    assert refused(merchant, merchant.authorization("GET", QUERY, "", **spoilt)) == STALE


@pytest.mark.parametrize("offset", [-298, 298])
def test_five_minutes_are_tolerated(merchant: Merchant, offset: int) -> None:
    target = f"{QUERY}?mchid={merchant.mchid}"
    header = merchant.authorization("GET", target, "", timestamp=now(offset))
    assert merchant.call("GET", target, Authorization=header).status_code == 404


def test_then_the_serial_number(merchant: Merchant, other: dict[str, str]) -> None:
    unknown = merchant.authorization("GET", QUERY, "", serial_no="0" * 40, signature="bad")
    foreign = merchant.authorization("GET", QUERY, "", mchid=other["mchid"], signature="bad")
    nobody = merchant.authorization("GET", QUERY, "", mchid="1", signature="bad")
    assert [refused(merchant, header) for header in (unknown, foreign, nobody)] == [SERIAL] * 3


def test_then_the_signature(merchant: Merchant, other: dict[str, str]) -> None:
    of_another = Merchant(merchant.url, other).sign("GET", QUERY, now(), "n", "")
    headers = [merchant.authorization("GET", QUERY, "", signature=bad) for bad in ("bad", "YmFk", of_another)]
    assert [refused(merchant, header) for header in headers] == [SIGNATURE] * 3


def test_the_signature_covers_the_query_as_sent(merchant: Merchant) -> None:
    header = merchant.authorization("GET", QUERY, "")
    assert refused(merchant, header, f"{QUERY}?mchid={merchant.mchid}") == SIGNATURE


def test_the_signature_covers_the_path_before_decoding(merchant: Merchant) -> None:
    """A `|` that the HTTP library encodes after signing is refused, as WeChat refuses it."""
    target = f"/v3/pay/transactions/out-trade-no/a|b123?mchid={merchant.mchid}"
    assert refused(merchant, merchant.authorization("GET", target, ""), target) == SIGNATURE
    encoded = target.replace("|", "%7C")
    header = merchant.authorization("GET", encoded, "")
    assert merchant.call("GET", encoded, Authorization=header).status_code == 404


def test_the_signature_covers_the_body_byte_by_byte(merchant: Merchant, control: Control, openid: str) -> None:
    order = merchant.order(openid)
    signed = merchant.authorization("POST", PREPAY, json.dumps(order))
    sent = json.dumps(order, separators=(",", ":"))
    response = merchant.call("POST", PREPAY, sent, Authorization=signed)
    assert (response.status_code, response.json()["message"]) == (401, SIGNATURE)
    assert control.ledger()["orders"] == []


def test_a_request_without_user_agent_is_refused(sandbox: RunningSandbox, merchant: Merchant) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    connection.request("GET", QUERY, headers={"Authorization": merchant.authorization("GET", QUERY, "")})
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["code"]) == (400, "PARAM_ERROR")
    connection.close()


def test_unknown_paths_and_wrong_methods_have_empty_bodies(merchant: Merchant) -> None:
    answers = [merchant.call("GET", "/v3/pay/transactions/native"), merchant.call("GET", PREPAY)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(404, b""), (405, b"")]


def test_signatures_are_dated_by_the_clock_of_headers(merchant: Merchant, control: Control) -> None:
    target = f"{QUERY}?mchid={merchant.mchid}"
    control.advance(3600)
    assert merchant.call("GET", target).status_code == 404
    control.advance(3600, headers=True)
    assert refused(merchant, merchant.authorization("GET", target, ""), target) == STALE
    moved = merchant.authorization("GET", target, "", timestamp=now(3600))
    assert merchant.call("GET", target, Authorization=moved).status_code == 404
