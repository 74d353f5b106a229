"""Shapes of searching: facets, completions, hot words, histories."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Id, Integer, Moment, Text
from src.utils.search_tokens import normalise

_COUNT = {"example": 12}


class CategoryFacetOut(ResponseSchema):
    id = Id(
        required=True, allow_none=True, metadata={"description": "null where a product names a category without one."}
    )
    name = fields.String(required=True, metadata={"example": "茶饮"})
    count = Integer(required=True, metadata=_COUNT)


class BrandFacetOut(ResponseSchema):
    id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "小满"})
    count = Integer(required=True, metadata=_COUNT)


class TagFacetOut(ResponseSchema):
    name = fields.String(required=True, metadata={"example": "新品"})
    count = Integer(required=True, metadata=_COUNT)


class SpecValueFacetOut(ResponseSchema):
    name = fields.String(required=True, metadata={"example": "250g"})
    count = Integer(required=True, metadata=_COUNT)


class SpecFacetOut(ResponseSchema):
    name = fields.String(required=True, metadata={"example": "规格"})
    values = fields.List(fields.Nested(SpecValueFacetOut), required=True)


class PriceFacetOut(ResponseSchema):
    min_price = Integer(required=True, metadata={"description": "Fen.", "example": 5000})
    max_price = Integer(
        required=True, allow_none=True, metadata={"description": "Fen, included; null: no end.", "example": 9999}
    )
    count = Integer(required=True, metadata=_COUNT)


class FacetsOut(ResponseSchema):
    """The values that products of the list have, the most frequent first, at most 50 of each kind."""

    categories = fields.List(fields.Nested(CategoryFacetOut), required=True)
    brands = fields.List(fields.Nested(BrandFacetOut), required=True)
    tags = fields.List(fields.Nested(TagFacetOut), required=True)
    specs = fields.List(
        fields.Nested(SpecFacetOut),
        required=True,
        metadata={"description": "Values of the SKUs; a product counts once for each of its values."},
    )
    prices = fields.List(fields.Nested(PriceFacetOut), required=True)
    in_stock = Integer(required=True, metadata=_COUNT)
    counted = Integer(required=True, metadata={"description": "How many of its products were counted.", "example": 20})
    is_complete = fields.Boolean(
        required=True, metadata={"description": "Whether these are all products of the list.", "example": True}
    )


class SuggestQuery(RequestSchema):
    q = Text(required=True, min_length=1, max_length=50, metadata={"example": "wul"})

    @validates_schema
    def is_not_blank(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "q" in data and not normalise(data["q"]):
            raise ValidationError("Nothing to search for.", "q")


class WordsOut(ResponseSchema):
    list = fields.List(fields.String(), required=True, metadata={"example": ["高山乌龙茶"]})


class SearchedWordOut(ResponseSchema):
    keyword = fields.String(required=True, attribute="text", metadata={"example": "乌龙"})
    searched_at = Moment(required=True)


class SearchHistoryOut(ResponseSchema):
    list = fields.List(fields.Nested(SearchedWordOut), required=True)
