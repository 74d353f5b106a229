"""What WeChat Pay tells a merchant by notification: a payment was made, a refund has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.refunds import Refund

PAYMENT_OVERRIDES = {
    "amount_total": ("amount", "total"),
    "currency": ("amount", "currency"),
    "payer_openid": ("payer", "openid"),
    "mchid": ("mchid",),
    "appid": ("appid",),
    "out_trade_no": ("out_trade_no",),
    "transaction_id": ("transaction_id",),
    "trade_state": ("trade_state",),
    "success_time": ("success_time",),
}
REFUND_OVERRIDES = {
    "amount_refund": ("amount", "refund"),
    "amount_total": ("amount", "total"),
    "refund_status": ("refund_status",),
    "out_refund_no": ("out_refund_no",),
    "refund_id": ("refund_id",),
    "out_trade_no": ("out_trade_no",),
    "transaction_id": ("transaction_id",),
    "mchid": ("mchid",),
    "success_time": ("success_time",),
}
REFUND_SUMMARY = {"SUCCESS": "退款成功", "CLOSED": "退款关闭", "ABNORMAL": "退款异常"}


@dataclass(frozen=True)
class Subject:
    """Whose event it is: a payment's by out_trade_no, or a refund's by out_refund_no."""

    kind: str
    number: str


@dataclass(frozen=True)
class Event:
    """One event; `document` is how things stood when it happened, whatever has changed since."""

    subject: Subject
    account: Account
    out_trade_no: str
    notify_url: str
    type: str
    summary: str
    original_type: str
    document: Mapping[str, Any]
    overridable: Mapping[str, tuple[str, ...]]
    fault_endpoint: str


def payment_made(order: Order, now: float) -> Event:
    return Event(
        subject=Subject("payment", order.out_trade_no),
        account=order.account,
        out_trade_no=order.out_trade_no,
        notify_url=order.params["notify_url"],
        type="TRANSACTION.SUCCESS",
        summary="支付成功",
        original_type="transaction",
        document=order.transaction(now),
        overridable=PAYMENT_OVERRIDES,
        fault_endpoint="notification",
    )


def refund_ended(refund: Refund, notify_url: str) -> Event:
    return Event(
        subject=Subject("refund", refund.out_refund_no),
        account=refund.order.account,
        out_trade_no=refund.order.out_trade_no,
        notify_url=notify_url,
        type=f"REFUND.{refund.status}",
        summary=REFUND_SUMMARY[refund.status],
        original_type="refund",
        document=refund.notification(),
        overridable=REFUND_OVERRIDES,
        fault_endpoint="refund_notification",
    )
