"""Refunds of WeChat Pay: from accepted to succeeded, closed or abnormal.

Source: WeChat Pay APIv3, "apply for refund", "refund notification".
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecosystem.sandbox.clock import beijing_day, rfc3339
from ecosystem.sandbox.orders import Order

OUTCOMES = ("SUCCESS", "CLOSED", "ABNORMAL")
REACHABLE = {"PROCESSING": OUTCOMES, "ABNORMAL": ("SUCCESS",), "SUCCESS": (), "CLOSED": ()}


@dataclass
class Refund:
    """One out_refund_no; `ends_at` is when it ends by itself, None when it does not."""

    order: Order
    params: Mapping[str, Any]
    created_at: float
    refund_id: str = ""
    status: str = "PROCESSING"
    success_at: float | None = None
    ends_at: float | None = None

    def __post_init__(self) -> None:
        self.refund_id = f"5030{_digits(4)}{beijing_day(self.created_at)}{_digits(13)}"

    @property
    def out_refund_no(self) -> str:
        return str(self.params["out_refund_no"])

    @property
    def amount(self) -> int:
        """What goes back, in fen."""
        return int(self.params["amount"]["refund"])

    def end(self, outcome: str, now: float) -> None:
        """Set the outcome; ValueError when this refund cannot come to it any more."""
        if outcome not in REACHABLE[self.status]:
            raise ValueError(f"a refund that is {self.status} does not become {outcome}")
        self.status = outcome
        self.ends_at = None
        if outcome == "SUCCESS":
            self.success_at = now

    def shown(self) -> dict[str, Any]:
        """Return the refund as an application or a query shows it."""
        document = {
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "transaction_id": self.order.transaction_id,
            "out_trade_no": self.order.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": rfc3339(self.created_at),
            "status": self.status,
            "funds_account": self.params.get("funds_account", "UNSETTLED"),
            "amount": self._amounts(),
            "promotion_detail": [],
        }
        return document | self._success_time()

    def notification(self) -> dict[str, Any]:
        """Return the plaintext of its notification: refund_status instead of status, and no appid."""
        total, refund = self.order.total, self.amount
        document = {
            "mchid": self.order.account.mchid,
            "transaction_id": self.order.transaction_id,
            "out_trade_no": self.order.out_trade_no,
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "refund_status": self.status,
            "user_received_account": "支付用户零钱",
            "amount": {"total": total, "refund": refund, "payer_total": total, "payer_refund": refund},
        }
        return document | self._success_time()

    def _success_time(self) -> dict[str, str]:
        return {} if self.success_at is None else {"success_time": rfc3339(self.success_at)}

    def _amounts(self) -> dict[str, Any]:
        total, refund = self.order.total, self.amount
        return {
            "total": total,
            "refund": refund,
            "from": self.params["amount"].get("from", []),
            "payer_total": total,
            "payer_refund": refund,
            "settlement_refund": refund,
            "settlement_total": total,
            "discount_refund": 0,
            "currency": "CNY",
            "refund_fee": 0,
        }


@dataclass(frozen=True)
class Plan:
    """How a refund ends by itself, and how many seconds after it was accepted; None for never."""

    outcome: str = "SUCCESS"
    after_s: float | None = 2.0


@dataclass
class Plans:
    """The plan of every coming refund; one for a number goes before the one for all."""

    for_all: Plan = field(default_factory=Plan)
    by_number: dict[str, Plan] = field(default_factory=dict)

    def of(self, out_refund_no: str) -> Plan:
        return self.by_number.get(out_refund_no, self.for_all)


class Refunds:
    """Every refund of every merchant."""

    def __init__(self) -> None:
        self._refunds: dict[tuple[str, str], Refund] = {}

    def add(self, refund: Refund) -> None:
        self._refunds[refund.order.account.mchid, refund.out_refund_no] = refund

    def find(self, mchid: str, out_refund_no: str) -> Refund | None:
        return self._refunds.get((mchid, out_refund_no))

    def find_by_id(self, mchid: str, refund_id: str) -> Refund | None:
        ours = (refund for refund in self._refunds.values() if refund.order.account.mchid == mchid)
        return next((refund for refund in ours if refund.refund_id == refund_id), None)

    def of(self, order: Order) -> list[Refund]:
        return [refund for refund in self._refunds.values() if refund.order is order]

    def all(self) -> list[Refund]:
        return list(self._refunds.values())


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))
