"""Shapes of brands."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Flag, Id, Text, address_or_none


class _BrandFields(RequestSchema):
    logo = address_or_none(metadata={"example": "/media/demo/logo.svg", "description": "Empty for none."})
    visible = Flag(metadata={"example": True})


class BrandIn(_BrandFields):
    name = Text(required=True, min_length=1, max_length=50, metadata={"example": "小满"})


class BrandEditIn(_BrandFields):
    """Only the given fields change."""

    name = Text(min_length=1, max_length=50, metadata={"example": "小满"})

    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one field.")


class BrandOut(ResponseSchema):
    id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "小满"})
    logo = fields.String(required=True, metadata={"example": "/media/demo/logo.svg"})


class StoreBrandOut(BrandOut):
    visible = fields.Boolean(required=True, metadata={"example": True})


class BrandsOut(ResponseSchema):
    list = fields.List(fields.Nested(BrandOut), required=True)


class StoreBrandsOut(ResponseSchema):
    list = fields.List(fields.Nested(StoreBrandOut), required=True)
