"""Shapes of pictures and of the permissions to send them."""

from __future__ import annotations

from marshmallow import fields, validate

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Id, Integer, Moment, Token
from src.services.media.picture_types import CONTENT_TYPES
from src.services.media.pictures import MAX_SIDE
from src.services.media.uploaders import LARGEST
from src.utils.media_kinds import Purpose

_STEM = "/media/66f0a1b2c3d4e5f60718293a/9f/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08-0718293b"
_UPLOAD_URL = "https://shop.example/api/uploads/local"


class VariantsOut(ResponseSchema):
    """Each of them is a WebP."""

    thumbnail = fields.String(
        required=True, metadata={"example": f"{_STEM}-thumbnail.webp", "description": "Within 200 × 200."}
    )
    list = fields.String(required=True, metadata={"example": f"{_STEM}-list.webp", "description": "Within 480 × 480."})
    detail = fields.String(
        required=True, metadata={"example": f"{_STEM}-detail.webp", "description": "At most 1080 wide."}
    )


class MediaFileOut(ResponseSchema):
    id = Id(required=True)
    url = fields.String(
        required=True, metadata={"example": f"{_STEM}.jpg", "description": "Where a picture is asked for, give this."}
    )
    content_type = fields.String(required=True, metadata={"example": "image/jpeg"})
    width = Integer(minimum=1, maximum=MAX_SIDE, required=True, metadata={"example": 1080})
    height = Integer(minimum=1, maximum=MAX_SIDE, required=True, metadata={"example": 1440})
    size = Integer(minimum=1, required=True, attribute="bytes", metadata={"example": 183_220, "description": "Bytes."})
    variants = fields.Nested(VariantsOut, required=True)
    variants_ready = fields.Boolean(
        required=True,
        metadata={"example": False, "description": "Until then the variants' addresses answer 404: show `url`."},
    )


class MediaFilesOut(ResponseSchema):
    files = fields.List(
        fields.Nested(MediaFileOut), required=True, metadata={"description": "In the order in which they were sent."}
    )


class PermitIn(RequestSchema):
    content_type = Token(required=True, validate=validate.OneOf(CONTENT_TYPES), metadata={"example": "image/jpeg"})
    size = Integer(
        minimum=1, required=True, metadata={"example": LARGEST, "description": "Bytes that the file may have."}
    )
    purpose = Token(
        validate=validate.OneOf([purpose.value for purpose in Purpose]),
        metadata={"description": "`product` for staff; `avatar`, the default, or `refund` for shoppers."},
    )


class FormOut(ResponseSchema):
    url = fields.String(required=True, metadata={"example": _UPLOAD_URL})
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        attribute="fields",
        data_key="fields",
        metadata={"example": {"key": ".incoming/…", "Content-Type": "image/jpeg", "policy": "…", "signature": "…"}},
    )


class PermitOut(ResponseSchema):
    upload_id = Id(required=True)
    form = fields.Nested(FormOut, required=True)
    expires_at = Moment(required=True, metadata={"description": "When the form is over."})


class ConfirmIn(RequestSchema):
    upload_id = Id(required=True)
