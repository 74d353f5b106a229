"""What our books say of money, by the numbers under which WeChat knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.payments import Payment
from src.models.refunds import Refund
from src.utils.refund_states import RefundStatus

# Money of a refund in another state has not left us, as far as we know.
_ON_ITS_WAY = frozenset({RefundStatus.PROCESSING, RefundStatus.ABNORMAL, RefundStatus.SUCCEEDED})
_PAYMENT_FIELDS = (
    *("store_id", "mchid", "out_trade_no", "transaction_id"),
    *("amount_fen", "received_fen", "succeeded_at", "held_money"),
)
_REFUND_FIELDS = ("store_id", "payment_id", "out_refund_no", "former_nos", "amount_fen", "status")
Raw = dict[str, Any]


@dataclass(frozen=True)
class RecordedMoney:
    """One payment or refund; `amount_fen` is None where, as far as we know, no money moved under that number.

    `transaction_id` is WeChat's number of a payment, if it is recorded.
    """

    store_id: ObjectId
    number: str
    amount_fen: int | None
    transaction_id: str | None = None


def payments_by_number(out_trade_nos: Sequence[str]) -> dict[str, RecordedMoney]:
    found = Payment.collection().find({"out_trade_no": {"$in": list(out_trade_nos)}}, _PAYMENT_FIELDS)
    return {raw["out_trade_no"]: _payment(raw) for raw in found}


def payments_received(store_id: ObjectId, mchid: str, start: datetime, end: datetime) -> Iterator[RecordedMoney]:
    """Yields what came to that merchant number from `start` until before `end`, money that staff hold included."""
    within = {"$gte": start, "$lt": end}
    received = {"store_id": store_id, "succeeded_at": within}
    held = {"store_id": store_id, "held": True, "held_money.succeeded_at": within}
    for query in (received, held):
        for raw in Payment.collection().find(query, _PAYMENT_FIELDS):
            money = _payment(raw)
            if raw["mchid"] == mchid and money.amount_fen:
                yield money


def refunds_by_number(out_refund_nos: Sequence[str]) -> dict[str, RecordedMoney]:
    """Returns refunds by the numbers they have, and without an amount by those that WeChat has closed."""
    wanted = list(out_refund_nos)
    # The last condition is the index's own: without it MongoDB would not use the index.
    former = Refund.collection().find(
        {"former_nos": {"$in": wanted}, "former_nos.0": {"$exists": True}}, _REFUND_FIELDS
    )
    closed = {number: RecordedMoney(raw["store_id"], number, None) for raw in former for number in raw["former_nos"]}
    present = Refund.collection().find({"out_refund_no": {"$in": wanted}}, _REFUND_FIELDS)
    return closed | {raw["out_refund_no"]: _refund(raw) for raw in present}


def refunds_accepted(store_id: ObjectId, mchid: str, start: datetime, end: datetime) -> Iterator[RecordedMoney]:
    """Yields what that merchant number pays back and WeChat accepted from `start` until before `end`."""
    accepted = {"store_id": store_id, "accepted_at": {"$gte": start, "$lt": end}}
    found = list(Refund.collection().find(accepted, _REFUND_FIELDS))
    ours = _payments_of(mchid, {raw["payment_id"] for raw in found})
    for raw in found:
        money = _refund(raw)
        if raw["payment_id"] in ours and money.amount_fen:
            yield money


def _payments_of(mchid: str, payment_ids: Iterable[ObjectId]) -> set[ObjectId]:
    found = Payment.collection().find({"_id": {"$in": list(payment_ids)}}, ("mchid",))
    return {raw["_id"] for raw in found if raw["mchid"] == mchid}


def _payment(raw: Raw) -> RecordedMoney:
    amount = raw.get("received_fen")
    if amount is None and "succeeded_at" in raw:  # from before `received_fen` was recorded
        amount = raw["amount_fen"]
    if amount is None:
        amount = raw.get("held_money", {}).get("amount_fen")
    transaction_id = raw.get("transaction_id") or raw.get("held_money", {}).get("transaction_id")
    return RecordedMoney(raw["store_id"], raw["out_trade_no"], amount, transaction_id)


def _refund(raw: Raw) -> RecordedMoney:
    amount = raw["amount_fen"] if RefundStatus(raw["status"]) in _ON_ITS_WAY else None
    return RecordedMoney(raw["store_id"], raw["out_refund_no"], amount)
