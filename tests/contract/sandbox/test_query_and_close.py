"""Querying an order by either number, and closing it."""

import json
import re

from tests.contract.sandbox.client import Control, Merchant


def paid_order(merchant: Merchant, control: Control, user: str, openid: str) -> str:
    order = merchant.order(openid, attach="店铺1")
    fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
    assert control.pay(user, fields) == "requestPayment:ok"
    return str(order["out_trade_no"])


def test_a_query_without_or_with_a_foreign_mchid_is_refused(merchant: Merchant, other: dict[str, str]) -> None:
    target = "/v3/pay/transactions/out-trade-no/unknown1"
    for answer in (merchant.call("GET", target), merchant.call("GET", f"{target}?mchid={other['mchid']}")):
        assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
        assert (answer.json()["detail"]["field"], answer.json()["detail"]["location"]) == ("/mchid", "query")


def test_an_unknown_order_is_not_found(merchant: Merchant) -> None:
    by_transaction = merchant.call("GET", f"/v3/pay/transactions/id/4200?mchid={merchant.mchid}")
    for answer in (merchant.query("unknown1"), by_transaction, merchant.close("unknown1")):
        assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_NOT_EXIST")
        assert "Wechatpay-Signature" not in answer.headers


def test_another_merchants_order_is_not_found(
    merchant: Merchant, control: Control, user: str, openid: str, other: dict[str, str]
) -> None:
    number = paid_order(merchant, control, user, openid)
    second = Merchant(merchant.url, other)
    transaction_id = merchant.query(number).json()["transaction_id"]
    target = f"/v3/pay/transactions/id/{transaction_id}?mchid={second.mchid}"
    assert [second.query(number).status_code, second.call("GET", target).status_code] == [404, 404]


def test_an_unpaid_order_shows_no_payment(merchant: Merchant, openid: str) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    answer = merchant.query(order["out_trade_no"])
    assert merchant.verifies(answer.headers, answer.content)
    assert answer.json() == {
        "mchid": merchant.mchid,
        "appid": order["appid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": "NOTPAY",
        "trade_state_desc": "订单未支付",
        "attach": "",
    }


def test_a_paid_order_is_shown_in_full_under_both_numbers(
    merchant: Merchant, control: Control, user: str, openid: str
) -> None:
    number = paid_order(merchant, control, user, openid)
    shown = merchant.query(number).json()
    target = f"/v3/pay/transactions/id/{shown['transaction_id']}?mchid={merchant.mchid}"
    assert merchant.call("GET", target).json() == shown
    assert re.fullmatch(r"4200\d{24}", shown.pop("transaction_id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", shown.pop("success_time"))
    assert shown == {
        "mchid": merchant.mchid,
        "appid": merchant.credentials["appid"],
        "out_trade_no": number,
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "店铺1",
        "payer": {"openid": openid},
        "amount": {"total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"},
    }


def test_a_close_names_the_merchant_and_nothing_else(merchant: Merchant, openid: str, other: dict[str, str]) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    target = f"/v3/pay/transactions/out-trade-no/{order['out_trade_no']}/close"
    for body in ({}, {"mchid": other["mchid"]}, {"mchid": merchant.mchid, "reason": "x"}):
        assert merchant.call("POST", target, json.dumps(body)).json()["code"] == "PARAM_ERROR"
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "NOTPAY"


def test_a_paid_order_cannot_be_closed(merchant: Merchant, control: Control, user: str, openid: str) -> None:
    number = paid_order(merchant, control, user, openid)
    answer = merchant.close(number)
    assert (answer.status_code, answer.json()["code"]) == (400, "ORDERPAID")
    assert merchant.query(number).json()["trade_state"] == "SUCCESS"


def test_closing_is_answered_204_signed_over_nothing_and_repeatable(merchant: Merchant, openid: str) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    for _ in range(2):
        answer = merchant.close(order["out_trade_no"])
        assert (answer.status_code, answer.content) == (204, b"")
        assert merchant.verifies(answer.headers, b"")
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "CLOSED"


def test_an_order_left_unpaid_is_closed_after_seven_days(merchant: Merchant, control: Control, openid: str) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    control.advance(7 * 24 * 3600 - 5)
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "NOTPAY"
    control.advance(5)
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "CLOSED"
