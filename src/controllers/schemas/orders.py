"""Shapes of orders and payments."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import BoundedList, Id, Integer, Moment, Text, Token
from src.controllers.schemas.refunds import RefundSummaryOut
from src.controllers.schemas.shipments import OrderParcelOut, ParcelOut
from src.controllers.schemas.users import PHONE
from src.services.orders.checkout import MAX_LINES, MAX_QUANTITY, PlaceOrder, WantedItem
from src.utils.order_states import OrderStatus

ORDER_NO = "^[0-9]{14}[0-9A-Z]{13}$"


class AddressIn(RequestSchema):
    name = Text(required=True, min_length=1, max_length=30, metadata={"example": "林小满"})
    phone = Token(
        required=True,
        validate=validate.Regexp(PHONE, error="Not a mainland mobile number."),
        metadata={"example": "13800138000"},
    )
    province = Text(required=True, min_length=1, max_length=30, metadata={"example": "浙江省"})
    city = Text(required=True, min_length=1, max_length=30, metadata={"example": "杭州市"})
    district = Text(required=True, min_length=1, max_length=30, metadata={"example": "西湖区"})
    detail = Text(required=True, min_length=1, max_length=200, metadata={"example": "龙井路 1 号"})


class OrderItemIn(RequestSchema):
    product_id = Id(required=True)
    sku_id = Id(metadata={"description": "May be left out if the product has a single SKU."})
    quantity = Integer(required=True, minimum=1, maximum=MAX_QUANTITY, metadata={"example": 2})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> WantedItem:
        return WantedItem(**data)


class OrderIn(RequestSchema):
    items = BoundedList(fields.Nested(OrderItemIn), required=True, min_length=1, max_length=MAX_LINES)
    address = fields.Nested(AddressIn, required=True)
    note = Text(max_length=200, load_default="", metadata={"example": "请放门口"})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> PlaceOrder:
        return PlaceOrder(**data)


class QuoteIn(RequestSchema):
    items = BoundedList(fields.Nested(OrderItemIn), required=True, min_length=1, max_length=MAX_LINES)
    address = fields.Nested(
        AddressIn, load_default=None, metadata={"description": "Without it nobody knows the freight."}
    )


class OrderQuery(PageQuery):
    status = fields.Enum(OrderStatus, by_value=fields.String)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {"status": None, **query}


class AddressOut(ResponseSchema):
    name = fields.String(required=True, metadata={"example": "林小满"})
    phone = fields.String(required=True, metadata={"example": "13800138000"})
    province = fields.String(required=True, metadata={"example": "浙江省"})
    city = fields.String(required=True, metadata={"example": "杭州市"})
    district = fields.String(required=True, metadata={"example": "西湖区"})
    detail = fields.String(required=True, metadata={"example": "龙井路 1 号"})


class OrderItemOut(ResponseSchema):
    id = Id(required=True, attribute="item_id", metadata={"description": "`orderItemId` of a refund."})
    product_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "高山乌龙茶"})
    specs = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"example": {"规格": "250g"}}
    )
    image = fields.String(required=True, metadata={"example": "/media/demo/puer.svg"})
    price = Integer(required=True, metadata={"description": "Fen, when the order was placed.", "example": 3900})
    quantity = Integer(minimum=1, maximum=MAX_QUANTITY, required=True, metadata={"example": 2})
    amount = Integer(
        required=True,
        metadata={"description": "Fen to be paid: price times quantity unless the store changed it.", "example": 7800},
    )
    refund_quantity = Integer(
        required=True, metadata={"description": "Units that went back, or are asked back.", "example": 0}
    )


class QuoteItemOut(OrderItemOut):
    class Meta(OrderItemOut.Meta):
        exclude = ("id", "refund_quantity")


class QuoteOut(ResponseSchema):
    items = fields.List(fields.Nested(QuoteItemOut), required=True)
    goods_amount = Integer(required=True, metadata={"description": "Fen.", "example": 7800})
    freight_amount = Integer(
        required=True, allow_none=True, metadata={"description": "Fen; null without an address.", "example": 800}
    )
    total_amount = Integer(
        required=True, metadata={"description": "Fen; of the goods alone without an address.", "example": 8600}
    )


class StatusChangeOut(ResponseSchema):
    status = fields.Enum(OrderStatus, by_value=fields.String, required=True, attribute="target")
    at = Moment(required=True)
    reason = fields.String(
        required=True,
        metadata={
            "example": "",
            "description": "Of a cancellation: `user`, `expired`, `refunded`; `late_payment` if that undid it.",
        },
    )


class OrderOut(ResponseSchema):
    id = Id(required=True)
    order_no = fields.String(required=True, metadata={"example": "202611201000009T3K8XWQ2ZB7M", "pattern": ORDER_NO})
    status = fields.Enum(OrderStatus, by_value=fields.String, required=True)
    items = fields.List(fields.Nested(OrderItemOut), required=True)
    goods_amount = Integer(
        required=True, metadata={"description": "Fen of all `items`, as they are to be paid.", "example": 7800}
    )
    freight_amount = Integer(required=True, metadata={"description": "Fen for sending it.", "example": 800})
    total_amount = Integer(required=True, metadata={"description": "Fen: goods and freight.", "example": 8600})
    listed_amount = Integer(
        required=True,
        metadata={"description": "Fen before the store changed the price, freight and all.", "example": 8600},
    )
    refunded_amount = Integer(required=True, metadata={"description": "Fen that WeChat has paid back.", "example": 0})
    refunding_amount = Integer(
        required=True, metadata={"description": "Fen that are asked back or on their way.", "example": 0}
    )
    address = fields.Nested(AddressOut, required=True)
    note = fields.String(required=True, metadata={"example": "请放门口"})
    shipment = fields.Nested(
        ParcelOut,
        required=True,
        allow_none=True,
        metadata={"description": "The first one of `parcels`, for clients that know no others."},
    )
    parcels = fields.List(
        fields.Nested(OrderParcelOut), required=True, attribute="shipped_parcels", metadata={"example": []}
    )
    history = fields.List(fields.Nested(StatusChangeOut), required=True)
    allowed_actions = fields.List(
        fields.String(metadata={"enum": ["pay", "cancel", "confirm", "refund"]}),
        required=True,
        metadata={"description": "What the shopper may do now.", "example": ["pay", "cancel"]},
    )
    expires_at = Moment(required=True, metadata={"example": "2026-11-20T02:30:00.000+00:00"})
    created_at = Moment(required=True)
    paid_at = Moment(required=True, allow_none=True)
    shipped_at = Moment(required=True, allow_none=True)
    completed_at = Moment(required=True, allow_none=True)
    cancelled_at = Moment(required=True, allow_none=True)


class _WithRefunds(ResponseSchema):
    """Beside the order itself, its refunds."""

    refunds = fields.List(fields.Nested(RefundSummaryOut), required=True, metadata={"description": "The oldest first."})

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return getattr(obj if attr == "refunds" else obj.order, attr, default)


class OrderDetailOut(_WithRefunds, OrderOut):
    pass


class PaymentOut(ResponseSchema):
    """The arguments of `wx.requestPayment`. `paid` is true when there is nothing to pay; the others are null then."""

    paid = fields.Boolean(
        required=True,
        metadata={"example": False, "description": "True only for an order of zero fen, which needs no payment."},
    )
    time_stamp = fields.String(required=True, allow_none=True, metadata={"example": "1795250000"})
    nonce_str = fields.String(required=True, allow_none=True, metadata={"example": "593BEC0C930BF1AFEB40B4A08C8FB242"})
    package = fields.String(required=True, allow_none=True, metadata={"example": "prepay_id=wx201410272009395522657a"})
    sign_type = fields.String(required=True, allow_none=True, metadata={"example": "RSA"})
    pay_sign = fields.String(
        required=True, allow_none=True, metadata={"example": "oR9d8PuhnIc+YZ8cBHFCwfgpaK9gd7vaRvkYD7rthRAZ"}
    )


OrderPageOut = page_of(OrderOut)
