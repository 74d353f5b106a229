"""The client side of wx.requestPayment: what WeChat checks on the phone before it takes money."""

from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox import crypto
from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.events import payment_made
from ecosystem.sandbox.notices import Notice
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.shipping_pushes import await_shipping
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import User

PARAMETERS = ("timeStamp", "nonceStr", "package", "signType", "paySign")
PREPAY_PREFIX = "prepay_id="


class PaymentError(Exception):
    """The payment does not take place; the text is what follows requestPayment:fail."""


def request_payment(state: State, account: Account, user: User, fields: Mapping[str, Any]) -> Order:
    """Return the order that `user` may pay now with these five fields.

    Source: mini-program client API, wx.requestPayment; WeChat Pay APIv3, "mini-program invoke payment".

    Raises:
        PaymentError: The fields, the order or the payer do not allow it; nothing has changed.
    """
    _check_types(fields)
    _check_signature(account, fields)
    order = state.orders.find_by_prepay(fields["package"].removeprefix(PREPAY_PREFIX))
    if order is None or order.account.appid != account.appid:
        raise PaymentError("支付验证签名失败：prepay_id无效")
    if order.payer != user:
        raise PaymentError("下单账号与支付账号不一致")
    _check_payable(order, fields["package"].removeprefix(PREPAY_PREFIX), state.clock.now())
    return order


def take_money(state: State, order: Order) -> Notice:
    """Return the notification on its way to the merchant; the order is paid."""
    order.mark_paid(state.clock.now())
    await_shipping(state, order)
    return state.announce(payment_made(order, order.paid_at))


def _check_types(fields: Mapping[str, Any]) -> None:
    for name in PARAMETERS:
        if not isinstance(fields.get(name), str):
            given = type(fields.get(name)).__name__
            raise PaymentError(f"parameter error: parameter.{name} should be String instead of {given};")
    if not fields["timeStamp"].isdecimal() or not 1 <= len(fields["nonceStr"]) <= 32:
        raise PaymentError("parameter error: timeStamp or nonceStr")
    if fields["signType"] != "RSA" or not fields["package"].startswith(PREPAY_PREFIX):
        raise PaymentError("parameter error: signType or package")


def _check_signature(account: Account, fields: Mapping[str, Any]) -> None:
    signed = crypto.message(account.appid, fields["timeStamp"], fields["nonceStr"], fields["package"])
    if not crypto.verifies(account.merchant_key, signed, fields["paySign"]):
        raise PaymentError("支付验证签名失败")


def _check_payable(order: Order, prepay_id: str, now: float) -> None:
    trade_state = order.trade_state(now)
    if trade_state in ("SUCCESS", "REFUND"):
        raise PaymentError("该订单已支付")
    if trade_state == "CLOSED":
        raise PaymentError("该订单已关闭")
    if now >= order.expires_at or now >= order.prepays[prepay_id]:
        raise PaymentError("该订单已过期，请重新下单")
