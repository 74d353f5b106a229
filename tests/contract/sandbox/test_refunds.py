"""Applying for refunds: what is accepted, what is refused, what an order shows of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.sandbox.client import Control, Merchant

Pay = Callable[..., str]


def total(refund: int, whole: int = 100, **more: Any) -> dict[str, Any]:
    return {"amount": {"refund": refund, "total": whole, "currency": "CNY", **more}}


def refusal(merchant: Merchant, application: dict[str, Any]) -> tuple[int, str]:
    answer = merchant.refund(application)
    assert "Wechatpay-Signature" not in answer.headers
    return answer.status_code, answer.json()["code"]


def test_without_authorization_nothing_is_refunded(control: Control, merchant: Merchant, pay: Pay) -> None:
    answer = merchant.call("POST", "/v3/refund/domestic/refunds", "{}", Authorization="")
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert control.ledger()["refunds"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": {"refund": 1, "total": 100}}, "/amount/currency"),
        (total(0), "/amount/refund"),
        (total(1, discount=1), "/amount/discount"),
        ({"amount": {"refund": 1, "total": 100, "currency": "USD"}}, "/amount/currency"),
        ({"out_refund_no": "r" * 65}, "/out_refund_no"),
        ({"out_refund_no": "r/1"}, "/out_refund_no"),
        ({"reason": "字" * 81}, "/reason"),
        ({"reason": "😀"}, "/reason"),
        ({"notify_url": "https://shop.example/refunds?a=1"}, "/notify_url"),
        ({"notify_url": "http://shop.example/refunds"}, "/notify_url"),
        ({"funds_account": "SAVINGS"}, "/funds_account"),
        ({"goods_detail": [{"merchant_goods_id": "1"}]}, "/goods_detail/0/unit_price"),
        ({"mchid": "1900000001"}, "/mchid"),
        ({"transaction_id": "4200"}, "/transaction_id"),
    ],
)
def test_what_the_application_may_not_hold(
    control: Control, merchant: Merchant, pay: Pay, changes: dict[str, Any], field: str
) -> None:
    answer = merchant.refund(merchant.refund_of(pay(), 1, **changes))
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")
    assert answer.json()["detail"]["field"] == field
    assert control.ledger()["refunds"] == []


def test_one_of_both_order_numbers_is_needed(control: Control, merchant: Merchant, pay: Pay) -> None:
    application = merchant.refund_of(pay(), 1)
    del application["out_trade_no"]
    assert refusal(merchant, application) == (400, "PARAM_ERROR")
    assert control.ledger()["refunds"] == []


def test_unknown_foreign_and_unpaid_orders_are_not_refunded(
    control: Control, merchant: Merchant, pay: Pay, openid: str, other: dict[str, str]
) -> None:
    unpaid = merchant.order(openid)
    merchant.prepay(unpaid)
    assert refusal(merchant, merchant.refund_of("unknown1", 1)) == (404, "RESOURCE_NOT_EXISTS")
    assert refusal(Merchant(merchant.url, other), merchant.refund_of(pay(), 1)) == (404, "RESOURCE_NOT_EXISTS")
    assert refusal(merchant, merchant.refund_of(unpaid["out_trade_no"], 1)) == (400, "INVALID_REQUEST")
    assert control.ledger()["refunds"] == []


@pytest.mark.parametrize("amount", [total(101), total(1, 99), total(1, 101)])
def test_amounts_that_do_not_fit_the_order(
    control: Control, merchant: Merchant, pay: Pay, amount: dict[str, Any]
) -> None:
    number = pay()
    assert refusal(merchant, merchant.refund_of(number, 1, **amount)) == (400, "INVALID_REQUEST")
    assert (control.ledger()["refunds"], control.order(number)["state"]) == ([], "SUCCESS")


def test_an_accepted_refund_is_under_way(control: Control, merchant: Merchant, pay: Pay) -> None:
    number = pay()
    transaction_id = control.order(number)["transactionId"]
    application = merchant.refund_of(number, 40, reason="杯子碎了")
    answer = merchant.refund(application)
    assert answer.status_code == 200
    assert merchant.verifies(answer.headers, answer.content)
    shown = answer.json()
    assert re.fullmatch(r"5030\d{25}", shown.pop("refund_id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", shown.pop("create_time"))
    assert shown == {
        "out_refund_no": application["out_refund_no"],
        "transaction_id": transaction_id,
        "out_trade_no": number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "status": "PROCESSING",
        "funds_account": "UNSETTLED",
        "amount": {
            "total": 100,
            "refund": 40,
            "from": [],
            "payer_total": 100,
            "payer_refund": 40,
            "settlement_refund": 40,
            "settlement_total": 100,
            "discount_refund": 0,
            "currency": "CNY",
            "refund_fee": 0,
        },
        "promotion_detail": [],
    }


def test_a_transaction_id_names_the_order_as_well(control: Control, merchant: Merchant, pay: Pay) -> None:
    number = pay()
    application = merchant.refund_of(number, 100, transaction_id=control.order(number)["transactionId"])
    del application["out_trade_no"]
    assert merchant.refund(application).json()["out_trade_no"] == number


def test_the_order_is_in_refund_from_the_first_acceptance(control: Control, merchant: Merchant, pay: Pay) -> None:
    control.post("refunds/plan", afterSeconds=None)
    number = pay()
    merchant.refund(merchant.refund_of(number, 1))
    shown = merchant.query(number).json()
    assert (shown["trade_state"], shown["trade_state_desc"], shown["amount"]["total"]) == ("REFUND", "转入退款", 100)
    assert merchant.close(number).json()["code"] == "ORDERPAID"
    assert control.ledger()["captured"][merchant.mchid] == 100


def test_an_order_in_refund_is_not_paid_again(
    control: Control, merchant: Merchant, user: str, openid: str, sandbox: Any
) -> None:
    order = merchant.order(openid)
    fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
    control.pay(user, fields)
    merchant.refund(merchant.refund_of(order["out_trade_no"], 1))
    assert control.pay(user, fields) == "requestPayment:fail 该订单已支付"


def test_the_same_application_is_the_same_refund(control: Control, merchant: Merchant, pay: Pay) -> None:
    application = merchant.refund_of(pay(), 40)
    first, second = merchant.refund(application).json(), merchant.refund(application).json()
    assert second == first
    control.advance(3)
    third = merchant.refund(application).json()
    assert (third["refund_id"], third["status"]) == (first["refund_id"], "SUCCESS")
    assert [each["amount"] for each in control.ledger()["refunds"]] == [40]


@pytest.mark.parametrize("change", [total(41), {"reason": "另一个原因"}, {"notify_url": "https://a.example/b"}])
def test_another_application_under_the_same_number_is_refused(
    control: Control, merchant: Merchant, pay: Pay, change: dict[str, Any]
) -> None:
    application = merchant.refund_of(pay(), 40)
    merchant.refund(application)
    assert refusal(merchant, {**application, **change}) == (400, "INVALID_REQUEST")
    assert [each["amount"] for each in control.ledger()["refunds"]] == [40]


def test_refunds_under_way_count_against_the_total(control: Control, merchant: Merchant, pay: Pay) -> None:
    control.post("refunds/plan", afterSeconds=None)
    number = pay()
    merchant.refund(merchant.refund_of(number, 60))
    control.advance(60)
    assert refusal(merchant, merchant.refund_of(number, 41)) == (400, "INVALID_REQUEST")
    assert merchant.refund(merchant.refund_of(number, 40)).status_code == 200
    assert [each["amount"] for each in control.ledger()["refunds"]] == [60, 40]


def test_a_closed_refund_leaves_its_amount_refundable(control: Control, merchant: Merchant, pay: Pay) -> None:
    control.post("refunds/plan", outcome="CLOSED", afterSeconds=1)
    number = pay()
    merchant.refund(merchant.refund_of(number, 100))
    control.advance(60)
    assert merchant.refund(merchant.refund_of(number, 100)).status_code == 200


def test_new_numbers_of_an_order_keep_a_minute_apart(control: Control, merchant: Merchant, pay: Pay) -> None:
    number, neighbour = pay(), pay()
    first, second = merchant.refund_of(number, 10), merchant.refund_of(number, 10)
    merchant.refund(first)
    control.advance(50)
    assert refusal(merchant, second) == (429, "FREQUENCY_LIMITED")
    assert merchant.refund(first).status_code == 200
    assert merchant.refund(merchant.refund_of(neighbour, 10)).status_code == 200
    control.advance(10)
    assert merchant.refund(second).status_code == 200


def test_the_51st_refund_of_an_order_is_refused(control: Control, merchant: Merchant, pay: Pay) -> None:
    number = pay()
    control.post("notifications/suspend")
    for _ in range(50):
        assert merchant.refund(merchant.refund_of(number, 1)).status_code == 200
        control.advance(60)
    assert refusal(merchant, merchant.refund_of(number, 1)) == (400, "INVALID_REQUEST")
    assert control.ledger()["refunded"][merchant.mchid] == 50


def test_a_year_after_the_payment_it_is_too_late(control: Control, merchant: Merchant, pay: Pay) -> None:
    number = pay()
    control.advance(365 * 24 * 3600 + 1)
    assert refusal(merchant, merchant.refund_of(number, 1)) == (400, "INVALID_REQUEST")


def test_a_query_shows_the_refund_of_this_merchant_only(
    control: Control, merchant: Merchant, pay: Pay, other: dict[str, str]
) -> None:
    application = merchant.refund_of(pay(), 40)
    accepted = merchant.refund(application).json()
    number = application["out_refund_no"]
    answer = merchant.query_refund(number)
    assert merchant.verifies(answer.headers, answer.content)
    assert answer.json() == accepted
    for unknown in (merchant.query_refund("unknown1"), Merchant(merchant.url, other).query_refund(number)):
        assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
