"""Shapes of refunds and of payments as staff see them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import BoundedList, Flag, Id, Integer, Moment, Text, Token
from src.controllers.schemas.shipments import ParcelOut
from src.services.orders.checkout import MAX_QUANTITY
from src.services.refunds.decisions import ApproveRefund
from src.services.refunds.pictures import Verdict
from src.services.refunds.refunds import RefundKind
from src.services.refunds.requests import RequestRefund, WantedRefund
from src.utils.refund_states import RefundStatus

MAX_LINES = 50
MAX_IMAGES = 9
REFUND_NO = "^R[0-9]{14}[0-9A-Z]{13}$"
_PROBLEM = (
    "Why the money is not back yet: empty, a code of WeChat Pay's (`NOTENOUGH`: the merchant's balance is too low), "
    "`TOO_MANY_REFUNDS`, `MISMATCH` or `CLOSED`. ecosystem/RUNBOOK.md says what to do about each."
)


class RefundItemIn(RequestSchema):
    order_item_id = Id(required=True)
    quantity = Integer(required=True, minimum=1, maximum=MAX_QUANTITY, metadata={"example": 1})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> WantedRefund:
        return WantedRefund(**data)


class RefundIn(RequestSchema):
    items = BoundedList(fields.Nested(RefundItemIn), required=True, min_length=1, max_length=MAX_LINES)
    reason = Text(required=True, min_length=1, max_length=200, metadata={"example": "不想要了"})
    images = BoundedList(
        Token(
            validate=validate.Regexp(r"\A(https://|/media/)[!-~]{1,480}\Z", error="An https:// or /media/ address."),
            metadata={"example": "/media/refunds/1.jpg"},
        ),
        max_length=MAX_IMAGES,
        load_default=(),
    )

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> RequestRefund:
        return RequestRefund(**data)


class RefundApprovalIn(RequestSchema):
    amount = Integer(
        minimum=1,
        metadata={
            "example": 3900,
            "description": "Fen; at most what was asked for, which is the default and, for unshipped goods, the rule.",
        },
    )
    return_goods = Flag(
        metadata={"example": True, "description": "The goods must come back first; by default shipped goods must."}
    )
    restock = Flag(
        load_default=False,
        metadata={"description": "Shipped goods that need not come back: whether they can be sold again."},
    )

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> ApproveRefund:
        return ApproveRefund(**data)


class RefundRejectionIn(RequestSchema):
    reason = Text(required=True, min_length=1, max_length=200, metadata={"example": "商品已使用"})


class RefundReceiptIn(RequestSchema):
    restock = Flag(required=True, metadata={"example": False, "description": "Whether the goods can be sold again."})


class RefundOutsideIn(RequestSchema):
    note = Text(required=True, min_length=1, max_length=200, metadata={"example": "已通过银行转账退回"})


class RefundQuery(PageQuery):
    status = fields.Enum(RefundStatus, by_value=fields.String)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {"status": None, **query}


class RefundItemOut(ResponseSchema):
    order_item_id = Id(required=True, attribute="item_id")
    product_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "高山乌龙茶"})
    quantity = Integer(minimum=1, required=True, metadata={"example": 1})
    amount = Integer(required=True, metadata={"description": "Fen.", "example": 3900})


class RefundChangeOut(ResponseSchema):
    status = fields.Enum(RefundStatus, by_value=fields.String, required=True, attribute="target")
    at = Moment(required=True)


class RefundSummaryOut(ResponseSchema):
    """A refund as its order shows it."""

    id = Id(required=True)
    refund_no = fields.String(required=True, metadata={"example": "R202611201000009T3K8XWQ2ZB7M", "pattern": REFUND_NO})
    kind = fields.Enum(RefundKind, by_value=fields.String, required=True)
    status = fields.Enum(RefundStatus, by_value=fields.String, required=True)
    amount = Integer(required=True, attribute="amount_fen", metadata={"description": "Fen.", "example": 3900})
    created_at = Moment(required=True)
    succeeded_at = Moment(required=True, allow_none=True, metadata={"description": "When WeChat paid it back."})


class RefundOut(RefundSummaryOut):
    order_id = Id(required=True)
    order_no = fields.String(required=True, metadata={"example": "202611201000009T3K8XWQ2ZB7M"})
    asked_amount = Integer(
        required=True, attribute="asked_fen", metadata={"description": "Fen that were asked for.", "example": 3900}
    )
    freight_amount = Integer(
        required=True,
        attribute="freight_fen",
        metadata={
            "description": "Fen of both amounts that are freight. It goes back if all of an unsent order does.",
            "example": 0,
        },
    )
    items = fields.List(
        fields.Nested(RefundItemOut), required=True, metadata={"description": "Empty for money that no order took."}
    )
    reason = fields.String(required=True, metadata={"example": "不想要了"})
    images = fields.List(fields.String(), required=True, metadata={"example": []})
    reject_reason = fields.String(required=True, metadata={"example": ""})
    parcel = fields.Nested(ParcelOut, required=True, allow_none=True)
    history = fields.List(fields.Nested(RefundChangeOut), required=True)
    allowed_actions = fields.List(
        fields.String(metadata={"enum": ["withdraw", "return"]}),
        required=True,
        metadata={"description": "What the shopper may do now.", "example": ["withdraw"]},
    )


class ImageCheckOut(ResponseSchema):
    """What WeChat thinks of one of a refund's `images`."""

    url = fields.String(required=True, metadata={"example": "https://shop.example.com/refunds/1.jpg"})
    verdict = fields.Enum(
        Verdict,
        by_value=fields.String,
        required=True,
        metadata={
            "example": "pass",
            "description": "`unknown`: WeChat has not answered, cannot have the picture, or it was half a year ago.",
        },
    )


class MerchantRefundOut(RefundOut):
    user_id = Id(required=True)
    reason = fields.String(
        required=True,
        attribute="public_reason",
        metadata={"example": "不想要了", "description": "Empty while the text waits for a moderator."},
    )
    restocked = fields.Boolean(
        required=True, metadata={"example": False, "description": "The goods are for sale again."}
    )
    out_refund_no = fields.String(
        required=True,
        metadata={"example": "R202611201000009T3K8XWQ2ZB7M", "description": "商户退款单号 at WeChat Pay."},
    )
    problem = fields.String(required=True, metadata={"example": "", "description": _PROBLEM})
    allowed_actions = fields.List(
        fields.String(metadata={"enum": ["approve", "reject", "receive", "retry", "settle_outside"]}),
        required=True,
        attribute="staff_actions",
        metadata={"description": "What the store's staff may do now.", "example": ["approve", "reject"]},
    )
    image_checks = fields.List(
        fields.Nested(ImageCheckOut), required=True, metadata={"description": "In the order of `images`."}
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return getattr(obj if attr == "image_checks" else obj.refund, attr, default)


class RefundsOut(ResponseSchema):
    refunds = fields.List(fields.Nested(RefundOut), required=True)


MerchantRefundPageOut = page_of(MerchantRefundOut)
