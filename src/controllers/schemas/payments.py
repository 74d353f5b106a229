"""Shapes of payments as staff see them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from src.controllers.schemas.base import PageQuery, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Integer, Moment, QueryBoolean
from src.services.payments.settlement import PaymentStatus


class PaymentQuery(PageQuery):
    status = fields.Enum(PaymentStatus, by_value=fields.String)
    held = QueryBoolean(load_default=False, metadata={"description": "Only payments whose money staff must decide on."})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {"status": None, **query}


class HeldMoneyOut(ResponseSchema):
    transaction_id = fields.String(required=True, metadata={"example": "4200002611202611200000000001"})
    amount = Integer(required=True, attribute="amount_fen", metadata={"description": "Fen that came.", "example": 1})
    succeeded_at = Moment(required=True)


class MerchantPaymentOut(ResponseSchema):
    id = Id(required=True)
    order_id = Id(required=True)
    out_trade_no = fields.String(
        required=True, metadata={"example": "202611201000009T3K8XWQ2ZB7M", "description": "商户订单号 at WeChat Pay."}
    )
    transaction_id = fields.String(
        required=True, allow_none=True, metadata={"example": "4200002611202611200000000001", "description": "WeChat's."}
    )
    status = fields.Enum(PaymentStatus, by_value=fields.String, required=True)
    amount = Integer(
        required=True, attribute="amount_fen", metadata={"description": "Fen that were asked for.", "example": 7800}
    )
    received_amount = Integer(
        required=True,
        allow_none=True,
        attribute="captured_fen",
        metadata={"description": "Fen that came; null before.", "example": 7800},
    )
    succeeded_at = Moment(required=True, allow_none=True)
    mismatches = fields.List(
        fields.String(),
        required=True,
        metadata={
            "example": [],
            "description": "What differed from what was asked for: amount, currency, openid, mchid, appid.",
        },
    )
    held = fields.Boolean(required=True, metadata={"example": False, "description": "`heldMoney` waits for staff."})
    held_money = fields.Nested(HeldMoneyOut, required=True, allow_none=True)
    created_at = Moment(required=True)


MerchantPaymentPageOut = page_of(MerchantPaymentOut)
