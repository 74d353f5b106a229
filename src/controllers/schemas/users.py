"""Shapes of profiles."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Id, Moment, Text, Token, picture

PHONE = r"\A1[3-9][0-9]{9}\Z"


class ProfileIn(RequestSchema):
    """Only the given fields change."""

    nickname = Text(min_length=1, max_length=32, metadata={"example": "小满"})
    avatar = picture(metadata={"example": "https://example.com/avatar.png"})
    phone = Token(
        validate=validate.Regexp(PHONE, error="Not a mainland mobile number."), metadata={"example": "13800138000"}
    )

    @validates_schema
    def has_something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one field.")


class PhoneIn(RequestSchema):
    code = Token(required=True, validate=validate.Length(min=1, max=128), metadata={"example": "e31968a7f94cc5ee"})


class UserOut(ResponseSchema):
    id = Id(required=True)
    nickname = fields.String(required=True, metadata={"example": "小满"})
    pending_nickname = fields.String(
        required=True,
        metadata={"example": "", "description": "Shown to its owner only; empty unless staff are to decide."},
    )
    avatar = fields.String(required=True, metadata={"example": "https://example.com/avatar.png"})
    phone = fields.String(required=True, metadata={"example": "13800138000", "description": "Empty if unknown."})
    phone_verified = fields.Function(
        lambda user: user.phone_verified_at is not None,
        required=True,
        metadata={"type": "boolean", "example": True, "description": "WeChat vouches for it."},
    )
    created_at = Moment(required=True)
