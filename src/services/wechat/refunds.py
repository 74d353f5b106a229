"""Refunds of WeChat Pay APIv3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat.pay import moment
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.signing import Merchant

# So many refunds of one payment, and this time between two of them. Source: WeChat Pay APIv3, refund application.
MAX_REFUNDS_OF_A_PAYMENT = 50
REFUND_SPACING = timedelta(minutes=1)


class RefundState(StrEnum):
    """PROCESSING: accepted. CLOSED: failed, a new number may be sent. ABNORMAL: the payer's account takes nothing."""

    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    ABNORMAL = "ABNORMAL"


@dataclass(frozen=True)
class RefundOrder:
    """What a refund needs. The same number must always come with the same values. Amounts in fen, >= 1.

    `total_fen` is the amount of the whole payment.
    """

    transaction_id: str
    out_refund_no: str
    refund_fen: int
    total_fen: int
    reason: str
    notify_url: str


@dataclass(frozen=True)
class WeChatRefund:
    """WeChat's view of a refund, from an answer or a notification."""

    out_refund_no: str
    refund_id: str
    transaction_id: str
    state: RefundState
    refund_fen: int
    total_fen: int
    created_at: datetime | None
    succeeded_at: datetime | None

    @classmethod
    def parse(cls, document: dict[str, Any]) -> WeChatRefund:
        """Reads an answer (`status`) as well as a notification's resource (`refund_status`).

        Raises:
            ValueError: it lacks what every refund has.
        """
        try:
            amount = document["amount"]
            state = document["status"] if "status" in document else document["refund_status"]
            refund = cls(
                out_refund_no=str(document["out_refund_no"]),
                refund_id=str(document["refund_id"]),
                transaction_id=str(document["transaction_id"]),
                state=RefundState(state),
                refund_fen=amount["refund"],
                total_fen=amount["total"],
                created_at=moment(document.get("create_time")),
                succeeded_at=moment(document.get("success_time")),
            )
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError("not a refund") from error
        if type(refund.refund_fen) is not int or type(refund.total_fen) is not int:
            raise ValueError("a refund without whole amounts")
        return refund


class RefundClient:
    """Refunds of one merchant each."""

    def __init__(self, calls: PayCalls) -> None:
        self._calls = calls

    def send(self, merchant: Merchant, order: RefundOrder) -> WeChatRefund:
        """Asks WeChat to pay back; returns the refund as accepted. Repeating it with the same values is safe.

        Raises:
            PayError: refused, NOTENOUGH if the merchant's balance is too low. OutcomeUnknown: no believable answer;
                the refund may exist: query it before sending the same number again.
        Source: WeChat Pay APIv3, refund application.
        """
        body = {
            "transaction_id": order.transaction_id,
            "out_refund_no": order.out_refund_no,
            "notify_url": order.notify_url,
            "amount": {"refund": order.refund_fen, "total": order.total_fen, "currency": "CNY"},
            **({"reason": order.reason} if order.reason else {}),
        }
        return _parsed(self._calls.call(merchant, "POST", "/v3/refund/domestic/refunds", body))

    def query(self, merchant: Merchant, out_refund_no: str) -> WeChatRefund:
        """Returns the refund as WeChat knows it now.

        Raises:
            PayError: refused, `RESOURCENOTEXISTS` if WeChat has no such refund. OutcomeUnknown: no believable answer.
        Source: WeChat Pay APIv3, query a refund.
        """
        return _parsed(self._calls.call(merchant, "GET", f"/v3/refund/domestic/refunds/{out_refund_no}"))


def _parsed(document: dict[str, Any]) -> WeChatRefund:
    try:
        return WeChatRefund.parse(document)
    except ValueError as error:
        raise OutcomeUnknown(str(error)) from None
