"""Shapes of reconciliations."""

from __future__ import annotations

from marshmallow import fields

from src.controllers.schemas.base import ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Integer, Moment
from src.utils.difference_kinds import DifferenceKind, MoneyKind


class TotalsOut(ResponseSchema):
    payments = Integer(required=True, metadata={"example": 12})
    paid_amount = Integer(required=True, attribute="paid_fen", metadata={"description": "Fen.", "example": 46800})
    refunds = Integer(required=True, metadata={"example": 1})
    refunded_amount = Integer(
        required=True, attribute="refunded_fen", metadata={"description": "Fen.", "example": 3900}
    )


class DifferenceOut(ResponseSchema):
    kind = fields.Enum(
        DifferenceKind,
        by_value=fields.String,
        required=True,
        metadata={
            "description": "missing_here: WeChat has it and the books do not. missing_there: the other way round."
        },
    )
    money = fields.Enum(MoneyKind, by_value=fields.String, required=True)
    number = fields.String(
        required=True,
        metadata={
            "description": "Merchant's number at WeChat Pay: out_trade_no or out_refund_no.",
            "example": "202611201000009T3K8XWQ2ZB7M",
        },
    )
    our_amount = Integer(
        required=True, allow_none=True, attribute="our_fen", metadata={"description": "Fen.", "example": None}
    )
    wechat_amount = Integer(
        required=True, allow_none=True, attribute="wechat_fen", metadata={"description": "Fen.", "example": 3900}
    )


class ReconciliationOut(ResponseSchema):
    id = Id(required=True)
    date = fields.String(
        required=True,
        attribute="day",
        metadata={"description": "The day in Beijing.", "example": "2026-11-20", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    )
    differs = fields.Boolean(required=True, metadata={"example": True})
    missing_here = Integer(required=True, metadata={"example": 1})
    missing_there = Integer(required=True, metadata={"example": 0})
    amounts_differ = Integer(required=True, metadata={"example": 0})
    ours = fields.Nested(TotalsOut, required=True)
    wechat = fields.Nested(TotalsOut, required=True)
    finished_at = Moment(required=True)


class ReconciliationDetailOut(ReconciliationOut):
    differences = fields.List(
        fields.Nested(DifferenceOut),
        required=True,
        metadata={"description": "The first 200; the three counters count all."},
    )


ReconciliationPageOut = page_of(ReconciliationOut)
