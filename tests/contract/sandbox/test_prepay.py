"""POST /v3/pay/transactions/jsapi."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.sandbox.client import PREPAY, Control, Merchant

DAY = 24 * 3600


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def lifetime(order: Any) -> float:
    created, expires = (datetime.fromisoformat(order[name]) for name in ("createdAt", "expiresAt"))
    return (expires - created).total_seconds()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"surprise": 1}, "/surprise"),
        ({"amount": {"total": 100, "surprise": 1}}, "/amount/surprise"),
        ({"payer": {"openid": "o", "sub_openid": "o"}}, "/payer/sub_openid"),
        ({"description": ""}, "/description"),
        ({"description": "茶" * 128}, "/description"),
        ({"description": "茶🍵"}, "/description"),
        ({"attach": "\ud83c"}, "/attach"),
        ({"attach": None}, "/attach"),
        ({"attach": "x" * 129}, "/attach"),
        ({"out_trade_no": "short"}, "/out_trade_no"),
        ({"out_trade_no": "x" * 33}, "/out_trade_no"),
        ({"out_trade_no": "number 1"}, "/out_trade_no"),
        ({"out_trade_no": "number1\n"}, "/out_trade_no"),
        ({"out_trade_no": 123456789}, "/out_trade_no"),
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": -1}}, "/amount/total"),
        ({"amount": {"total": 1.0}}, "/amount/total"),
        ({"amount": {"total": "1"}}, "/amount/total"),
        ({"amount": {"total": True}}, "/amount/total"),
        ({"amount": {"total": 2**63}}, "/amount/total"),
        ({"amount": {"currency": "CNY"}}, "/amount/total"),
        ({"amount": {"total": 1, "currency": "USD"}}, "/amount/currency"),
        ({"amount": [1]}, "/amount"),
        ({"payer": {}}, "/payer/openid"),
        ({"notify_url": "http://shop.example.com/notify"}, "/notify_url"),
        ({"notify_url": "https://shop.example.com/notify?order=1"}, "/notify_url"),
        ({"notify_url": "https:///notify"}, "/notify_url"),
        ({"notify_url": "ftp://127.0.0.1/notify"}, "/notify_url"),
        ({"notify_url": "http://["}, "/notify_url"),
        ({"notify_url": "https://shop.example.com:99999/notify"}, "/notify_url"),
        ({"notify_url": "https://shop.example.com/" + "x" * 255}, "/notify_url"),
        ({"time_expire": "2026-01-05 10:00:00"}, "/time_expire"),
        ({"time_expire": "2026-01-05T10:00:00"}, "/time_expire"),
        ({"time_expire": "2026-13-05T10:00:00+08:00"}, "/time_expire"),
        (
            {"detail": {"goods_detail": [{"merchant_goods_id": "1", "quantity": 1}]}},
            "/detail/goods_detail/0/unit_price",
        ),
        ({"settle_info": {"profit_sharing": 1}}, "/settle_info/profit_sharing"),
        ({"payer": {"openid": "o" * 28}}, "/payer/openid"),
    ],
)
def test_a_wrong_parameter_is_named(
    merchant: Merchant, control: Control, openid: str, changes: dict[str, Any], field: str
) -> None:
    response = merchant.call("POST", PREPAY, json.dumps(merchant.order(openid, **changes)))
    assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")
    assert response.json()["detail"]["field"] == field
    assert response.json()["detail"]["location"] == "body"
    assert "Wechatpay-Signature" not in response.headers
    assert control.ledger()["orders"] == []


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"amount":{"total":NaN}}', "[" * 100000])
def test_a_body_that_is_no_json_object_is_refused(merchant: Merchant, body: str) -> None:
    response = merchant.call("POST", PREPAY, body)
    assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")


def test_the_body_names_the_merchant_who_signed(
    merchant: Merchant, control: Control, openid: str, other: dict[str, str]
) -> None:
    response = merchant.prepay(merchant.order(openid, mchid=other["mchid"]))
    assert (response.status_code, response.json()["detail"]["field"]) == (400, "/mchid")
    assert control.ledger()["orders"] == []


def test_the_app_must_be_bound_to_the_merchant(merchant: Merchant, openid: str, other: dict[str, str]) -> None:
    response = merchant.prepay(merchant.order(openid, appid=other["appid"]))
    assert (response.status_code, response.json()["code"]) == (400, "APPID_MCHID_NOT_MATCH")


def test_a_new_order_gets_a_signed_prepay_id(merchant: Merchant, control: Control, openid: str) -> None:
    order = merchant.order(openid)
    response = merchant.prepay(order)
    assert response.status_code == 200
    assert response.json().keys() == {"prepay_id"}
    assert re.fullmatch(r"wx[0-9a-f]{34}", response.json()["prepay_id"])
    assert merchant.verifies(response.headers, response.content)
    assert response.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert abs(int(response.headers["Wechatpay-Timestamp"]) - time.time()) < 5
    assert re.fullmatch(r"[0-9A-F]+-0", response.headers["Request-ID"])
    kept = control.order(order["out_trade_no"])
    assert (kept["state"], kept["total"], kept["openid"]) == ("NOTPAY", 100, openid)


def test_http_is_allowed_on_this_machine_and_https_anywhere(merchant: Merchant, openid: str) -> None:
    urls = ["http://localhost:8000/n", "http://127.0.0.1/n", "http://[::1]/n", "https://shop.example.com/n"]
    statuses = [merchant.prepay(merchant.order(openid, notify_url=url)).status_code for url in urls]
    assert statuses == [200, 200, 200, 200]


def test_every_documented_field_is_taken(merchant: Merchant, openid: str) -> None:
    goods = {"merchant_goods_id": "1", "goods_name": "茶杯", "quantity": 2, "unit_price": 50}
    full = {
        "attach": "店铺1",
        "goods_tag": "tea",
        "support_fapiao": False,
        "detail": {"cost_price": 100, "invoice_id": "1", "goods_detail": [goods]},
        "scene_info": {"payer_client_ip": "10.0.0.1", "device_id": "1", "store_info": {"id": "1"}},
        "settle_info": {"profit_sharing": False},
    }
    assert merchant.prepay(merchant.order(openid, **full)).status_code == 200


def test_the_same_parameters_get_another_prepay_id_while_unpaid(
    merchant: Merchant, control: Control, user: str, openid: str
) -> None:
    order = merchant.order(openid)
    first, second = (merchant.prepay(order).json()["prepay_id"] for _ in range(2))
    assert first != second
    assert control.pay(user, merchant.payment_fields(first)) == "requestPayment:ok"


@pytest.mark.parametrize("changes", [{"amount": {"total": 99, "currency": "CNY"}}, {"description": "别的"}])
def test_other_parameters_under_the_same_number_are_refused(
    merchant: Merchant, control: Control, openid: str, changes: dict[str, Any]
) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    response = merchant.prepay({**order, **changes})
    assert (response.status_code, response.json()["code"]) == (403, "OUT_TRADE_NO_USED")
    assert control.order(order["out_trade_no"])["total"] == 100


def test_a_number_may_be_used_by_each_merchant(
    merchant: Merchant, control: Control, openid: str, user: str, other: dict[str, str]
) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    second = Merchant(merchant.url, other)
    there = next(each for each in control.ledger()["users"] if each["user"] == user)["openids"][other["appid"]]
    theirs = second.order(there, out_trade_no=order["out_trade_no"], amount={"total": 5})
    assert second.prepay(theirs).status_code == 200
    assert merchant.query(order["out_trade_no"]).json()["mchid"] == merchant.mchid


def test_a_paid_order_is_not_opened_again(merchant: Merchant, control: Control, user: str, openid: str) -> None:
    order = merchant.order(openid)
    control.pay(user, merchant.payment_fields(merchant.prepay(order).json()["prepay_id"]))
    response = merchant.prepay(order)
    assert (response.status_code, response.json()["code"]) == (400, "ORDERPAID")


def test_a_closed_order_is_not_opened_again(merchant: Merchant, openid: str) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    merchant.close(order["out_trade_no"])
    response = merchant.prepay(order)
    assert (response.status_code, response.json()["code"]) == (400, "ORDER_CLOSED")


def test_time_expire_is_kept_between_a_minute_and_seven_days(merchant: Merchant, control: Control, openid: str) -> None:
    kept = {}
    for name, asked in {"past000": -60, "half000": 1800, "far0000": 30 * DAY}.items():
        merchant.prepay(merchant.order(openid, out_trade_no=name, time_expire=in_seconds(asked)))
        kept[name] = lifetime(control.order(name))
    merchant.prepay(merchant.order(openid, out_trade_no="none000"))
    assert (kept["past000"], kept["far0000"], lifetime(control.order("none000"))) == (60, 7 * DAY, 7 * DAY)
    assert 1798 <= kept["half000"] <= 1800


def test_time_expire_is_fixed_by_the_first_call(merchant: Merchant, control: Control, openid: str) -> None:
    order = merchant.order(openid, time_expire=in_seconds(1800))
    merchant.prepay(order)
    assert merchant.prepay({**order, "time_expire": in_seconds(3600)}).status_code == 200
    assert lifetime(control.order(order["out_trade_no"])) <= 1800
    control.advance(1801)
    response = merchant.prepay(order)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_REQUEST")
