"""WeChat Pay APIv3 (api.mch.weixin.qq.com) for JSAPI payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.signing import Merchant

_BEIJING = timezone(timedelta(hours=8))
_BEYOND_BMP = 0xFFFF


class TradeState(StrEnum):
    """States of a JSAPI transaction; REFUND is a paid one of which something went back."""

    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    NOTPAY = "NOTPAY"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"

    @property
    def is_paid(self) -> bool:
        return self in (TradeState.SUCCESS, TradeState.REFUND)


@dataclass(frozen=True)
class PrepayRequest:
    """What a JSAPI order needs. The same number must always come with the same values. `total_fen` >= 1."""

    appid: str
    out_trade_no: str
    description: str
    total_fen: int
    openid: str
    notify_url: str
    time_expire: datetime


@dataclass(frozen=True)
class Transaction:
    """WeChat's view of a payment, from a query or a notification. `total_fen` is the order amount."""

    mchid: str
    appid: str
    out_trade_no: str
    state: TradeState
    transaction_id: str | None
    openid: str | None
    total_fen: int | None
    currency: str | None
    success_time: datetime | None

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Transaction:
        """Raises ValueError if the document lacks what every transaction has, or a paid one's facts."""
        amount, payer = document.get("amount") or {}, document.get("payer") or {}
        try:
            transaction = cls(
                mchid=str(document["mchid"]),
                appid=str(document["appid"]),
                out_trade_no=str(document["out_trade_no"]),
                state=TradeState(document["trade_state"]),
                transaction_id=document.get("transaction_id"),
                openid=payer.get("openid"),
                total_fen=amount.get("total"),
                currency=amount.get("currency"),
                success_time=moment(document.get("success_time")),
            )
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError("not a transaction") from error
        if transaction.state.is_paid and not (transaction.transaction_id and type(transaction.total_fen) is int):
            raise ValueError("a paid transaction without an id or a whole amount")
        return transaction


def moment(value: str | None) -> datetime | None:
    """Returns one of WeChat Pay's times in UTC. Raises ValueError if it names no offset."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without offset")
    return moment.astimezone(UTC)


class PayClient:
    """Payments of one merchant each."""

    def __init__(self, calls: PayCalls) -> None:
        self._calls = calls

    def prepay(self, merchant: Merchant, order: PrepayRequest) -> str:
        """Returns the prepay_id, valid for two hours. Repeating it with the same values is safe.

        Raises:
            PayError: refused. OutcomeUnknown: no believable answer; the order may exist at WeChat.
        Source: WeChat Pay APIv3, JSAPI prepay.
        """
        body = {
            "appid": order.appid,
            "mchid": merchant.mchid,
            "description": order.description,
            "out_trade_no": order.out_trade_no,
            "time_expire": order.time_expire.astimezone(_BEIJING).isoformat(timespec="seconds"),
            "notify_url": order.notify_url,
            "amount": {"total": order.total_fen, "currency": "CNY"},
            "payer": {"openid": order.openid},
        }
        answer = self._calls.call(merchant, "POST", "/v3/pay/transactions/jsapi", body)
        prepay_id = answer.get("prepay_id")
        if not isinstance(prepay_id, str):
            raise OutcomeUnknown("no prepay_id")
        return prepay_id

    def query(self, merchant: Merchant, out_trade_no: str) -> Transaction:
        """Returns the transaction as WeChat knows it now.

        Raises:
            PayError: refused, `ORDERNOTEXIST` if WeChat has no such order. OutcomeUnknown: no believable answer.
        Source: WeChat Pay APIv3, query by out_trade_no.
        """
        query = urlencode({"mchid": merchant.mchid})
        answer = self._calls.call(merchant, "GET", f"/v3/pay/transactions/out-trade-no/{out_trade_no}?{query}")
        try:
            return Transaction.parse(answer)
        except ValueError as error:
            raise OutcomeUnknown(str(error)) from None

    def close(self, merchant: Merchant, out_trade_no: str) -> None:
        """Makes the order unpayable. Repeatable.

        Raises:
            PayError: refused, for instance because it is paid. OutcomeUnknown: no believable answer.
        Source: WeChat Pay APIv3, close an order.
        """
        path = f"/v3/pay/transactions/out-trade-no/{out_trade_no}/close"
        self._calls.call(merchant, "POST", path, {"mchid": merchant.mchid})


def plain_description(text: str, *, limit: int = 127) -> str:
    """Returns `text` as WeChat Pay takes it: no characters of four bytes, at most `limit` characters."""
    return "".join(c for c in text if ord(c) <= _BEYOND_BMP)[:limit]
