"""Shapes of parcels and of what WeChat knows about them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, missing, post_load, validate, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import BoundedList, Id, Integer, Moment, Text, Token
from src.services.orders.checkout import MAX_LINES, MAX_QUANTITY
from src.services.orders.shipping import ParcelInput, ParcelItem, UploadStatus
from src.services.wechat.shipping import MAX_PARCELS

_REASON = "Why it has not worked: `busy`, `no_answer`, `payment_not_visible_yet`, `resend_used_up`, `wechat_<number>`…"
_MISSING = "Missing data for required field."


def _company(**kwargs: Any) -> Text:
    described = "WeChat's delivery id; the name of a company that WeChat does not know is taken too."
    return Text(min_length=1, max_length=40, metadata={"example": "SF", "description": described}, **kwargs)


def tracking_number(**kwargs: Any) -> Token:
    """Returns the field of a parcel's number."""
    shape = validate.Regexp(r"\A[0-9A-Za-z-]{4,40}\Z", error="4 to 40 letters, digits or hyphens.")
    return Token(validate=shape, metadata={"example": "SF1234567890"}, **kwargs)


class ParcelIn(RequestSchema):
    company = _company(required=True)
    tracking_no = tracking_number(required=True)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> ParcelInput:
        return ParcelInput(**data)


class ParcelItemIn(RequestSchema):
    order_item_id = Id(required=True)
    quantity = Integer(required=True, minimum=1, maximum=MAX_QUANTITY, metadata={"example": 1})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> ParcelItem:
        return ParcelItem(**data)


class OrderParcelIn(ParcelIn):
    items = BoundedList(
        fields.Nested(ParcelItemIn),
        min_length=1,
        max_length=MAX_LINES,
        load_default=(),
        metadata={"description": "What is in it. Either all parcels name it or none, and then these take the rest."},
    )

    @validates_schema
    def has_each_line_once(self, data: dict[str, Any], **kwargs: Any) -> None:
        lines = [item.order_item_id for item in data.get("items", ())]
        if len(set(lines)) < len(lines):
            raise ValidationError("A line is given more than once.", "items")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> ParcelInput:
        return ParcelInput(**{**data, "items": tuple(data["items"])})


class ShipmentIn(RequestSchema):
    """One parcel as `company` and `trackingNo`, or all of them as `parcels`."""

    company = _company()
    tracking_no = tracking_number()
    parcels = BoundedList(fields.Nested(OrderParcelIn), min_length=1, max_length=MAX_PARCELS)

    @validates_schema
    def is_one_or_the_other(self, data: dict[str, Any], **kwargs: Any) -> None:
        single = {"company", "tracking_no"} & data.keys()
        if "parcels" in data and single:
            raise ValidationError("Either this or company and trackingNo.", "parcels")
        if "parcels" not in data and len(single) < 2:
            names = {"company": "company", "tracking_no": "trackingNo"}
            raise ValidationError({names[name]: [_MISSING] for name in names.keys() - single})

    @validates_schema
    def has_each_parcel_once(self, data: dict[str, Any], **kwargs: Any) -> None:
        parcels = {(parcel.company, parcel.tracking_no) for parcel in data.get("parcels", [])}
        if len(parcels) < len(data.get("parcels", [])):
            raise ValidationError("A parcel is given more than once.", "parcels")

    @validates_schema
    def all_parcels_name_their_items_or_none(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len({bool(parcel.items) for parcel in data.get("parcels", [])}) > 1:
            raise ValidationError("Either all parcels name their items or none does.", "parcels")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> list[ParcelInput]:
        return data["parcels"] if "parcels" in data else [ParcelInput(**data)]


class SendingIn(ShipmentIn):
    """As a shipment, or no parcel: nothing is left to send."""

    parcels = BoundedList(fields.Nested(OrderParcelIn), max_length=MAX_PARCELS)


class ParcelOut(ResponseSchema):
    company = fields.String(required=True, metadata={"example": "SF"})
    tracking_no = fields.String(required=True, metadata={"example": "SF1234567890"})


class ParcelItemOut(ResponseSchema):
    order_item_id = Id(required=True)
    quantity = Integer(required=True, minimum=1, metadata={"example": 1})


class OrderParcelOut(ParcelOut):
    items = fields.List(
        fields.Nested(ParcelItemOut), metadata={"description": "What is in it; absent if nobody said so."}
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Returns nothing for what is not known, so that the answer leaves it out."""
        return super().get_attribute(obj, attr, default) or missing


class WeChatShippingOut(ResponseSchema):
    """How far WeChat has been told; null for an order that is not shipped."""

    status = fields.Enum(UploadStatus, by_value=fields.String, required=True)
    reason = fields.String(required=True, metadata={"example": "", "description": _REASON})
    uploads = Integer(
        required=True, metadata={"example": 0, "description": "Taken by WeChat or possibly so; it takes two in all."}
    )
    uploaded_at = Moment(required=True, allow_none=True)
    settled_at = Moment(
        required=True, allow_none=True, metadata={"description": "When WeChat paid the money out to the merchant."}
    )


class DeliveryCompanyOut(ResponseSchema):
    id = fields.String(required=True, metadata={"example": "SF", "description": "`company` of a parcel."})
    name = fields.String(required=True, metadata={"example": "顺丰速运"})


class DeliveryCompaniesOut(ResponseSchema):
    companies = fields.List(fields.Nested(DeliveryCompanyOut), required=True)
