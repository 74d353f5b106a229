"""What all schemas share."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validates_schema

from src.controllers.schemas.fields import Integer, QueryInteger
from src.utils.api_names import camel_case
from src.utils.pages import MAX_DEPTH, MAX_SIZE, PageRequest


class CamelCaseSchema(Schema):
    """camelCase outside, snake_case inside."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if field_obj.data_key is None:
            field_obj.data_key = camel_case(field_name)


class RequestSchema(CamelCaseSchema):
    """A body or a query: what it does not name is refused."""

    class Meta:
        unknown = RAISE


class ResponseSchema(CamelCaseSchema):
    """A part of an answer. Clients must expect more fields later, so the document does not forbid them."""

    class Meta:
        unknown = EXCLUDE


class NoArguments(RequestSchema):
    """A body that must be absent or `{}`."""


class PageQuery(RequestSchema):
    """`page` and `size` of a list."""

    page = QueryInteger(
        minimum=1,
        maximum=MAX_DEPTH,
        load_default=1,
        metadata={"example": 1, "description": f"page × size is at most {MAX_DEPTH}."},
    )
    size = QueryInteger(minimum=1, maximum=MAX_SIZE, load_default=10, metadata={"example": 10})

    @validates_schema
    def is_not_too_deep(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["page"] * data["size"] > MAX_DEPTH:
            raise ValidationError(f"page × size is at most {MAX_DEPTH}; narrow the filters.", "page")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Returns `page` as a PageRequest beside the list's own filters."""
        page = PageRequest(data.pop("page"), data.pop("size"))
        return {"page": page, **data}


class PaginationOut(ResponseSchema):
    page = Integer(minimum=1, maximum=MAX_DEPTH, required=True, metadata={"example": 1})
    size = Integer(minimum=1, maximum=MAX_SIZE, required=True, metadata={"example": 10})
    total = Integer(required=True, metadata={"example": 1})
    total_pages = Integer(required=True, metadata={"example": 1})


def page_of(item: type[Schema]) -> type[Schema]:
    """Returns the schema of one page of `item`."""
    members = {
        "list": fields.List(fields.Nested(item), required=True, attribute="items"),
        "pagination": fields.Nested(PaginationOut, required=True),
    }
    return type(f"{item.__name__.removesuffix('Out')}PageOut", (ResponseSchema,), members)
