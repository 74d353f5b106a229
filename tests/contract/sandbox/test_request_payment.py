"""wx.requestPayment on the phone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.sandbox.client import Control, Merchant, MiniProgram

BAD_SIGNATURE = "requestPayment:fail 支付验证签名失败"


def opened(merchant: Merchant, openid: str, **changes: Any) -> tuple[str, str]:
    """Return out_trade_no and prepay_id of a new order."""
    order = merchant.order(openid, **changes)
    return order["out_trade_no"], merchant.prepay(order).json()["prepay_id"]


@pytest.mark.parametrize(
    "wrong",
    [
        ({"timeStamp": 1554208460}, "parameter error: parameter.timeStamp should be String instead of int;"),
        ({"nonceStr": None}, "parameter error: parameter.nonceStr should be String instead of NoneType;"),
        ({"timeStamp": "soon"}, "parameter error: timeStamp or nonceStr"),
        ({"nonceStr": "x" * 33}, "parameter error: timeStamp or nonceStr"),
        ({"signType": "MD5"}, "parameter error: signType or package"),
        ({"package": "wx20141027"}, "parameter error: signType or package"),
        ({"package": "prepay_id=wx20141027"}, "支付验证签名失败"),
        ({"paySign": "YmFk"}, "支付验证签名失败"),
        ({"timeStamp": "1554208460"}, "支付验证签名失败"),
    ],
)
def test_wrong_fields_pay_nothing(
    merchant: Merchant, control: Control, user: str, openid: str, wrong: tuple[dict[str, Any], str]
) -> None:
    changes, reason = wrong
    number, prepay_id = opened(merchant, openid)
    fields = merchant.payment_fields(prepay_id, **changes)
    assert control.pay(user, fields) == f"requestPayment:fail {reason}"
    assert control.order(number)["state"] == "NOTPAY"


def test_the_app_variant_that_signs_the_bare_prepay_id_is_refused(
    merchant: Merchant, control: Control, user: str, openid: str
) -> None:
    _, prepay_id = opened(merchant, openid)
    fields = merchant.payment_fields(prepay_id)
    signed = (merchant.credentials["appid"], fields["timeStamp"], fields["nonceStr"], prepay_id)
    assert control.pay(user, {**fields, "paySign": merchant.sign(*signed)}) == BAD_SIGNATURE


def test_a_prepay_id_nobody_issued_is_refused(merchant: Merchant, control: Control, user: str) -> None:
    assert control.pay(user, merchant.payment_fields("wx0")) == f"{BAD_SIGNATURE}：prepay_id无效"


def test_another_user_cannot_pay(merchant: Merchant, control: Control, openid: str) -> None:
    number, prepay_id = opened(merchant, openid)
    stranger = control.user()
    assert control.pay(stranger, merchant.payment_fields(prepay_id)) == "requestPayment:fail 下单账号与支付账号不一致"
    assert control.order(number)["state"] == "NOTPAY"


def test_another_app_cannot_pay(
    merchant: Merchant, control: Control, user: str, openid: str, other: dict[str, str]
) -> None:
    number, prepay_id = opened(merchant, openid)
    there = Merchant(merchant.url, other)
    assert control.pay(user, {**merchant.payment_fields(prepay_id), "appid": other["appid"]}) == BAD_SIGNATURE
    theirs = {**there.payment_fields(prepay_id), "appid": other["appid"]}
    assert control.pay(user, theirs) == f"{BAD_SIGNATURE}：prepay_id无效"
    assert control.order(number)["state"] == "NOTPAY"


def test_a_prepay_id_lives_two_hours(merchant: Merchant, control: Control, user: str, openid: str) -> None:
    _, early = opened(merchant, openid)
    _, late = opened(merchant, openid)
    control.advance(7195)
    assert control.pay(user, merchant.payment_fields(early)) == "requestPayment:ok"
    control.advance(5)
    assert control.pay(user, merchant.payment_fields(late)) == "requestPayment:fail 该订单已过期，请重新下单"


def test_time_expire_ends_payability_but_not_the_order(
    merchant: Merchant, control: Control, user: str, openid: str
) -> None:
    in_half_an_hour = (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds")
    number, prepay_id = opened(merchant, openid, time_expire=in_half_an_hour)
    control.advance(1800)
    assert control.pay(user, merchant.payment_fields(prepay_id)) == "requestPayment:fail 该订单已过期，请重新下单"
    assert merchant.query(number).json()["trade_state"] == "NOTPAY"


def test_a_closed_order_cannot_be_paid(merchant: Merchant, control: Control, user: str, openid: str) -> None:
    number, prepay_id = opened(merchant, openid)
    merchant.close(number)
    assert control.pay(user, merchant.payment_fields(prepay_id)) == "requestPayment:fail 该订单已关闭"
    assert control.ledger()["captured"][merchant.mchid] == 0


def test_a_paid_order_cannot_be_paid_again(merchant: Merchant, control: Control, user: str, openid: str) -> None:
    _, prepay_id = opened(merchant, openid)
    answers = [control.pay(user, merchant.payment_fields(prepay_id)) for _ in range(2)]
    assert answers == ["requestPayment:ok", "requestPayment:fail 该订单已支付"]
    assert control.ledger()["captured"][merchant.mchid] == 100


def test_cancelling_leaves_the_order_open(merchant: Merchant, control: Control, user: str, openid: str) -> None:
    number, prepay_id = opened(merchant, openid)
    fields = merchant.payment_fields(prepay_id)
    assert control.pay(user, fields, "cancel") == "requestPayment:fail cancel"
    assert control.order(number)["state"] == "NOTPAY"
    assert control.ledger()["notifications"] == []
    assert control.pay(user, fields) == "requestPayment:ok"


def test_each_app_pays_its_own_merchant(
    merchant: Merchant, control: Control, program: MiniProgram, user: str, other: dict[str, str]
) -> None:
    there = Merchant(merchant.url, other)
    openid = MiniProgram(program.url, other).openid(control, user)
    _, prepay_id = opened(there, openid)
    fields = {**there.payment_fields(prepay_id), "appid": other["appid"]}
    assert control.pay(user, fields) == "requestPayment:ok"
    assert control.ledger()["captured"] == {merchant.mchid: 0, other["mchid"]: 100}
