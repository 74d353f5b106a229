"""Shapes of lists of products: what they are narrowed by, sorted by, and continued with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from src.controllers.schemas.base import PageQuery, PaginationOut, RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Id, Integer, QueryBoolean, QueryInteger, Text, Token
from src.controllers.schemas.products import LISTED, MAX_PRICE_FEN, ProductListItemOut, StoreProductListItemOut
from src.services.catalogue.catalog import ProductFilter, ProductSort, ProductStatus
from src.services.search.lists import MOST_COMPARED, MOST_READ, MOST_RELEVANT
from src.utils.object_ids import is_object_id
from src.utils.pages import MAX_DEPTH
from src.utils.search_tokens import normalise

MAX_SPECS = 5
# Names are keys of what is stored: nothing that MongoDB would take for an operator or a path.
_NAME = re.compile(r"(?!__)[^$.]{1,20}")
_VALUE = re.compile(r".{1,40}")
# A backslash takes from these what they mean; before anything else it is one itself.
_PAIR = re.compile(r"((?:\\[\\:;]|[^\\:;]|\\(?![\\:;]))+):((?:\\[\\:;]|[^\\;]|\\(?![\\:;]))+)(?:;(?=.)|\Z)")
_ESCAPED = re.compile(r"\\([\\:;])")
_TEXTS = ("keyword", "category", "tag", "spec")


class Specs(fields.Field[tuple[tuple[str, str], ...]]):
    """`name:value`, or several with `;` between them. A backslash before `:`, `;` or a backslash has it be a text's."""

    _text = Text(min_length=3, max_length=600)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[tuple[str, str], ...]:
        text = self._text.deserialize(value, attr, data)
        pairs = _pairs(text)
        if not pairs or not all(_NAME.fullmatch(name) and _VALUE.fullmatch(of_name) for name, of_name in pairs):
            raise ValidationError("Not name:value.")
        if len(pairs) > MAX_SPECS or len(dict(pairs)) != len(pairs):
            raise ValidationError(f"At most {MAX_SPECS} specs, each once.")
        return tuple(pairs)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Returns the pairs that the text consists of, none if it does not."""
    pairs, at = [], 0
    while at < len(text):
        match = _PAIR.match(text, at)
        if match is None:
            return []
        pairs.append((_ESCAPED.sub(r"\1", match[1]), _ESCAPED.sub(r"\1", match[2])))
        at = match.end()
    return pairs


class ProductFilterQuery(RequestSchema):
    """What narrows a list. All that is given must be true of a product."""

    category = Text(
        max_length=50,
        metadata={"example": "茶饮", "description": "An id or an exact name; the categories below are included."},
    )
    brand = Id(metadata={"example": "66f0a1b2c3d4e5f607182940"})
    tag = Text(max_length=20, metadata={"example": "新品"})
    keyword = Text(
        max_length=50,
        metadata={
            "example": "乌龙",
            "description": "Any part of the name, the brand, a tag, the category or the first 100 characters of the "
            "description, or of the name in pinyin, in full (wulong) or by initials (wl). One character is looked for "
            "in names only, pinyin from two letters on. Several words may be apart, what has them together comes "
            "first; Latin beside Chinese is a word of its own where nothing has it as it is written.",
        },
    )
    min_price = QueryInteger(maximum=MAX_PRICE_FEN, metadata={"description": "Fen.", "example": 1000})
    max_price = QueryInteger(maximum=MAX_PRICE_FEN, metadata={"description": "Fen."})
    in_stock = QueryBoolean(metadata={"example": True})
    spec = Specs(
        metadata={
            "example": "规格:250g",
            "description": "name:value of one SKU; several with ; between them. A : in a name, a ; and a backslash are "
            "written with a backslash before them.",
        }
    )

    @pre_load
    def blank_text_filters_nothing(self, data: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """An empty search box is sent as it is."""
        return {name: value for name, value in data.items() if value or name not in _TEXTS}

    @validates_schema
    def prices_are_a_range(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("min_price", 0) > data.get("max_price", MAX_PRICE_FEN):
            raise ValidationError("minPrice is above maxPrice.", "minPrice")

    @validates_schema
    def keyword_is_not_blank(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "keyword" in data and not normalise(data["keyword"]):
            raise ValidationError("Nothing to search for.", "keyword")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Returns the filter as `wanted`."""
        category, specs = data.pop("category", None), data.pop("spec", ())
        if is_object_id(category):
            category = ObjectId(category)
        return {"wanted": ProductFilter(category=category, specs=specs, **data)}


class ProductQuery(ProductFilterQuery, PageQuery):
    cursor = Token(
        validate=validate.Length(min=1, max=200),
        metadata={
            "description": "nextCursor of an answer: the page that follows it, however deep. Instead of page; all "
            "else must stay the same."
        },
    )
    sort = fields.Enum(
        ProductSort,
        by_value=fields.String,
        metadata={
            "description": "relevance with a keyword, otherwise newest. By relevance a list ends after "
            f"{MOST_RELEVANT}. Where thousands of products fit each of several filters, a list ends once {MOST_READ} "
            f"of them have been compared, by relevance {MOST_COMPARED} for each way to fit."
        },
    )

    @pre_load
    def has_one_position(self, data: Mapping[str, Any], **kwargs: Any) -> Mapping[str, Any]:
        if "cursor" in data and "page" in data:
            raise ValidationError("Give page or cursor, not both.", "cursor")
        return data

    @validates_schema
    def relevance_needs_a_keyword(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("sort") is ProductSort.RELEVANCE and "keyword" not in data:
            raise ValidationError("Only with a keyword.", "sort")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Returns the part of the list as `page` and `cursor`, beside `wanted`."""
        data.setdefault("sort", ProductSort.RELEVANCE if "keyword" in data else ProductSort.NEWEST)
        paged = PageQuery.build(self, data)
        part = {"page": paged.pop("page"), "cursor": paged.pop("cursor", None)}
        return {**part, **ProductFilterQuery.build(self, paged)}


class MerchantProductQuery(ProductQuery):
    """A keyword may also be the code or the barcode of a SKU."""

    status = Token(validate=validate.OneOf(LISTED), metadata={"enum": LISTED})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        status = data.pop("status", None)
        statuses = tuple(ProductStatus(value) for value in ([status] if status else LISTED))
        query: dict[str, Any] = super().build({**data, "statuses": statuses, "by_code": True})
        return query


class ProductPaginationOut(PaginationOut):
    page = Integer(minimum=1, required=True, metadata={"example": 1})
    total = Integer(
        required=True,
        metadata={
            "example": 1,
            "description": f"Counted up to {MAX_DEPTH}, as far as pages go, by relevance up to {MOST_RELEVANT}. Of a "
            "large store and several filters that many products fit, a floor: there may be more. With a cursor as it "
            "was at the first page.",
        },
    )
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"example": None, "description": "null after the last page."}
    )


class ProductPageOut(ResponseSchema):
    list = fields.List(fields.Nested(ProductListItemOut), required=True, attribute="items")
    pagination = fields.Nested(ProductPaginationOut, required=True)


class StoreProductPageOut(ResponseSchema):
    list = fields.List(fields.Nested(StoreProductListItemOut), required=True, attribute="items")
    pagination = fields.Nested(ProductPaginationOut, required=True)
