"""Shapes of orders and payments."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Integer, Moment, Text, Token
from src.controllers.schemas.users import PHONE
from src.services.checkout import MAX_QUANTITY, PlaceOrder, WantedItem
from src.utils.order_states import OrderStatus

MAX_LINES = 50


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
    quantity = Integer(required=True, minimum=1, maximum=MAX_QUANTITY)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> WantedItem:
        return WantedItem(**data)


class OrderIn(RequestSchema):
    items = fields.List(fields.Nested(OrderItemIn), required=True, validate=validate.Length(min=1, max=MAX_LINES))
    address = fields.Nested(AddressIn, required=True)
    note = Text(max_length=200, load_default="")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> PlaceOrder:
        return PlaceOrder(**data)


class OrderQuery(PageQuery):
    status = fields.Enum(OrderStatus, by_value=True, load_default=None)


class ShipmentIn(RequestSchema):
    company = Text(required=True, min_length=1, max_length=40, metadata={"example": "SF"})
    tracking_no = Token(
        required=True,
        validate=validate.Regexp(r"\A[0-9A-Za-z-]{4,40}\Z", error="4 to 40 letters, digits or hyphens."),
        metadata={"example": "SF1234567890"},
    )


class AddressOut(ResponseSchema):
    name = fields.String(required=True)
    phone = fields.String(required=True)
    province = fields.String(required=True)
    city = fields.String(required=True)
    district = fields.String(required=True)
    detail = fields.String(required=True)


class OrderItemOut(ResponseSchema):
    product_id = Id(required=True)
    sku_id = Id(required=True)
    name = fields.String(required=True)
    specs = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    image = fields.String(required=True)
    price = fields.Integer(required=True, metadata={"description": "Fen, when the order was placed."})
    quantity = fields.Integer(required=True)
    amount = fields.Integer(required=True, metadata={"description": "Fen."})


class ShipmentOut(ResponseSchema):
    company = fields.String(required=True)
    tracking_no = fields.String(required=True)


class StatusChangeOut(ResponseSchema):
    status = fields.Enum(OrderStatus, by_value=True, required=True, attribute="target")
    at = Moment(required=True)
    reason = fields.String(required=True)


class OrderOut(ResponseSchema):
    id = Id(required=True)
    order_no = fields.String(required=True)
    status = fields.Enum(OrderStatus, by_value=True, required=True)
    items = fields.List(fields.Nested(OrderItemOut), required=True)
    total_amount = fields.Integer(required=True, metadata={"description": "Fen."})
    address = fields.Nested(AddressOut, required=True)
    note = fields.String(required=True)
    shipment = fields.Nested(ShipmentOut, required=True, allow_none=True)
    history = fields.List(fields.Nested(StatusChangeOut), required=True)
    allowed_actions = fields.List(fields.String(), required=True, metadata={"example": ["pay", "cancel"]})
    expires_at = Moment(required=True)
    created_at = Moment(required=True)
    paid_at = Moment(required=True, allow_none=True)
    shipped_at = Moment(required=True, allow_none=True)
    completed_at = Moment(required=True, allow_none=True)
    cancelled_at = Moment(required=True, allow_none=True)


class MerchantOrderOut(OrderOut):
    user_id = Id(required=True)
    allowed_actions = fields.List(fields.String(), required=True, attribute="staff_actions")


class PaymentOut(ResponseSchema):
    """The arguments of `wx.requestPayment`. `paid` is true when there is nothing to pay; the others are null then."""

    paid = fields.Boolean(required=True)
    time_stamp = fields.String(required=True, allow_none=True, metadata={"example": "1795250000"})
    nonce_str = fields.String(required=True, allow_none=True)
    package = fields.String(required=True, allow_none=True, metadata={"example": "prepay_id=wx201410272009395522657a"})
    sign_type = fields.String(required=True, allow_none=True, metadata={"example": "RSA"})
    pay_sign = fields.String(required=True, allow_none=True)


OrderPageOut = page_of(OrderOut)
MerchantOrderPageOut = page_of(MerchantOrderOut)
