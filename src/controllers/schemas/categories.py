"""Shapes of categories."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Flag, Id, Integer, Text, address_or_none
from src.services.categories.editing import NewCategory

MAX_POSITION = 1_000_000


class _CategoryFields(RequestSchema):
    parent_id = Id(allow_none=True, metadata={"description": "null for the top."})
    icon = address_or_none(metadata={"example": "/media/demo/tea.svg", "description": "Empty for none."})
    position = Integer(
        maximum=MAX_POSITION, metadata={"example": 10, "description": "Among its siblings, the lowest first."}
    )
    visible = Flag(metadata={"example": True})


class CategoryIn(_CategoryFields):
    name = Text(required=True, min_length=1, max_length=50, metadata={"example": "乌龙茶"})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> NewCategory:
        return NewCategory(**data)


class CategoryEditIn(_CategoryFields):
    """Only the given fields change. A new parentId moves all that is below as well."""

    name = Text(min_length=1, max_length=50, metadata={"example": "乌龙茶"})

    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one field.")


class CategoryOut(ResponseSchema):
    id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "茶饮"})
    icon = fields.String(required=True, metadata={"example": "/media/demo/tea.svg"})
    position = Integer(required=True, metadata={"example": 10})
    parent_id = Id(required=True, allow_none=True)
    visible = fields.Boolean(required=True, metadata={"example": True})


class BranchOut(ResponseSchema):
    """A category with what is below it."""

    id = Id(required=True, attribute="category.id")
    name = fields.String(required=True, attribute="category.name", metadata={"example": "茶饮"})
    icon = fields.String(required=True, attribute="category.icon", metadata={"example": "/media/demo/tea.svg"})
    position = Integer(required=True, attribute="category.position", metadata={"example": 10})
    children = fields.List(
        fields.Nested("BranchOut"),
        required=True,
        metadata={"example": [], "description": "At most three levels below the first."},
    )


class StoreBranchOut(BranchOut):
    visible = fields.Boolean(required=True, attribute="category.visible", metadata={"example": True})
    parent_id = Id(required=True, allow_none=True, attribute="category.parent_id")
    children = fields.List(fields.Nested("StoreBranchOut"), required=True, metadata={"example": []})


class CategoriesOut(ResponseSchema):
    list = fields.List(fields.Nested(BranchOut), required=True)


class StoreCategoriesOut(ResponseSchema):
    list = fields.List(fields.Nested(StoreBranchOut), required=True)
