"""Payment orders of WeChat Pay: from prepay to paid or closed."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.clock import beijing_day, rfc3339
from ecosystem.sandbox.users import User

PREPAY_LIFETIME_S = 2 * 3600
SWEEP_AFTER_S = 7 * 24 * 3600
STATE_TEXT = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "转入退款", "CLOSED": "订单已关闭"}


@dataclass
class Order:
    """One out_trade_no of one merchant, with the parameters of its first prepay."""

    account: Account
    params: Mapping[str, Any]
    payer: User
    created_at: float
    expires_at: float
    prepays: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    transaction_id: str | None = None
    paid_at: float = 0.0
    refunded: bool = False

    @property
    def out_trade_no(self) -> str:
        return str(self.params["out_trade_no"])

    @property
    def total(self) -> int:
        """The amount in fen."""
        return int(self.params["amount"]["total"])

    def trade_state(self, now: float) -> str:
        """NOTPAY outlasts time_expire: it ends at payment, close or the sweep after seven days.

        REFUND begins when the first refund is accepted, however little of the amount it takes back.
        """
        if self.transaction_id:
            return "REFUND" if self.refunded else "SUCCESS"
        if self.closed or now >= self.created_at + SWEEP_AFTER_S:
            return "CLOSED"
        return "NOTPAY"

    def issue_prepay(self, now: float) -> str:
        prepay_id = f"wx{beijing_day(now)}{_digits(4)}{secrets.token_hex(11)}"
        self.prepays[prepay_id] = now + PREPAY_LIFETIME_S
        return prepay_id

    def mark_paid(self, now: float) -> None:
        self.transaction_id = f"4200{_digits(6)}{beijing_day(now)}{_digits(10)}"
        self.paid_at = now

    def transaction(self, now: float) -> dict[str, Any]:
        """Return the order as a query or a notification shows it."""
        state = self.trade_state(now)
        shown: dict[str, Any] = {
            "mchid": self.account.mchid,
            "appid": self.account.appid,
            "out_trade_no": self.out_trade_no,
            "trade_state": state,
            "trade_state_desc": STATE_TEXT[state],
            "attach": self.params.get("attach", ""),
        }
        if self.transaction_id:
            shown |= self._payment()
        return shown

    def _payment(self) -> dict[str, Any]:
        return {
            "transaction_id": self.transaction_id,
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": rfc3339(self.paid_at),
            "payer": {"openid": self.params["payer"]["openid"]},
            "amount": {
                "total": self.total,
                "payer_total": self.total,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }


class Orders:
    """Every order of every merchant."""

    def __init__(self) -> None:
        self._orders: dict[tuple[str, str], Order] = {}

    def add(self, order: Order) -> None:
        self._orders[order.account.mchid, order.out_trade_no] = order

    def find(self, mchid: str, out_trade_no: str) -> Order | None:
        return self._orders.get((mchid, out_trade_no))

    def find_by_transaction(self, mchid: str, transaction_id: str) -> Order | None:
        paid = (order for order in self._orders.values() if order.transaction_id == transaction_id)
        return next((order for order in paid if order.account.mchid == mchid), None)

    def find_by_prepay(self, prepay_id: str) -> Order | None:
        return next((order for order in self._orders.values() if prepay_id in order.prepays), None)

    def all(self) -> list[Order]:
        return list(self._orders.values())


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))
