"""Shapes of stock: what staff do with it, its counters and its moves."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Integer, Moment, QueryBoolean, Text
from src.controllers.schemas.periods import Period
from src.controllers.schemas.products import MAX_STOCK
from src.services.catalogue.catalog import ProductStatus
from src.services.stock.overview import MoveFilter, MoveKind
from src.utils.search_tokens import normalise

MAX_THRESHOLD = 100_000
_FILTERS = ("sku_id", "kind", "since", "until")


def _reason(**kwargs: Any) -> Text:
    return Text(required=True, min_length=1, max_length=200, metadata={"example": "盘点"}, **kwargs)


def _quantity() -> Integer:
    return Integer(required=True, minimum=1, maximum=MAX_STOCK, metadata={"example": 20})


def _expected() -> Integer:
    return Integer(maximum=MAX_STOCK, load_default=None, metadata={"description": "Refuse if available differs."})


class StockChangeIn(RequestSchema):
    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["delta"] == 0:
            raise ValidationError("Must not be 0.", "delta")

    delta = Integer(required=True, minimum=-MAX_STOCK, maximum=MAX_STOCK, metadata={"example": 20})
    reason = _reason()
    expected = _expected()


class StockCountIn(RequestSchema):
    available = Integer(required=True, maximum=MAX_STOCK, metadata={"example": 18})
    reason = _reason()
    expected = Integer(
        required=True,
        maximum=MAX_STOCK,
        metadata={"example": 20, "description": "What was available when it was counted; refused if it differs now."},
    )


class StockReceiptIn(RequestSchema):
    quantity = _quantity()
    reason = _reason()
    reference = Text(
        max_length=100, load_default="", metadata={"example": "PO-20261120-7", "description": "Of the delivery note."}
    )
    expected = _expected()


class StockWriteOffIn(RequestSchema):
    quantity = _quantity()
    reason = _reason()
    expected = _expected()


class StockThresholdIn(RequestSchema):
    threshold = Integer(
        required=True,
        allow_none=True,
        maximum=MAX_THRESHOLD,
        metadata={"example": 10, "description": "null for the shop's own, LOW_STOCK_THRESHOLD."},
    )


class StockOut(ResponseSchema):
    sku_id = Id(required=True, attribute="id")
    available = Integer(required=True, metadata={"example": 20})
    reserved = Integer(required=True, metadata={"description": "In unpaid orders.", "example": 2})
    sold = Integer(required=True, metadata={"example": 128})


class StockLevelOut(ResponseSchema):
    sku_id = Id(required=True, attribute="item.id")
    product_id = Id(required=True, attribute="product.id")
    name = fields.String(required=True, attribute="product.name", metadata={"example": "高山乌龙茶"})
    status = fields.Enum(ProductStatus, by_value=fields.String, required=True, attribute="product.status")
    specs = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        attribute="sku.specs",
        metadata={"example": {"规格": "250g"}},
    )
    code = fields.String(required=True, attribute="sku.code", metadata={"example": "TEA-250"})
    barcode = fields.String(required=True, attribute="sku.barcode", metadata={"example": "6901234567892"})
    available = Integer(required=True, attribute="item.available", metadata={"example": 3})
    reserved = Integer(
        required=True, attribute="item.reserved", metadata={"description": "In unpaid orders.", "example": 2}
    )
    sold = Integer(required=True, attribute="item.sold", metadata={"example": 128})
    threshold = Integer(required=True, attribute="low_at", metadata={"description": "That counts.", "example": 5})
    own_threshold = Integer(
        required=True,
        allow_none=True,
        attribute="item.low_at",
        metadata={"description": "null: the shop's counts.", "example": 5},
    )
    is_low = fields.Boolean(required=True, metadata={"example": True})
    updated_at = Moment(required=True, attribute="item.updated_at")


class StockQuery(PageQuery):
    low = QueryBoolean(load_default=False, metadata={"description": "Only SKUs at or below their threshold."})
    product_id = Id(metadata={"example": None})
    keyword = Text(
        max_length=50,
        metadata={"example": "乌龙", "description": "As of the list of products; of the 50 that fit best."},
    )

    @validates_schema
    def keyword_is_not_blank(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "keyword" in data and not normalise(data["keyword"]):
            raise ValidationError("Nothing to search for.", "keyword")


class MovesOfSkuQuery(PageQuery):
    """Pages only."""


class StockMoveQuery(Period, PageQuery):
    sku_id = Id()
    kind = fields.Enum(MoveKind, by_value=fields.String)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        wanted = {name: query[name] for name in _FILTERS if name in query}
        return {"page": query["page"], "wanted": MoveFilter(**wanted)}


class StockMoveOut(ResponseSchema):
    id = Id(required=True)
    at = Moment(required=True, attribute="created_at")
    sku_id = Id(required=True)
    product_id = Id(required=True)
    kind = fields.Enum(MoveKind, by_value=fields.String, required=True)
    available_delta = Integer(required=True, minimum=-MAX_STOCK, metadata={"example": -2})
    reserved_delta = Integer(required=True, minimum=-MAX_STOCK, metadata={"example": 2})
    sold_delta = Integer(required=True, minimum=-MAX_STOCK, metadata={"example": 0})
    available_after = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Right after this move; null for moves of earlier releases.", "example": 18},
    )
    order_id = Id(required=True, allow_none=True)
    refund_id = Id(required=True, allow_none=True)
    staff_id = Id(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True, metadata={"example": "盘点"})
    reference = fields.String(required=True, allow_none=True, metadata={"example": "PO-20261120-7"})


StockLevelPageOut = page_of(StockLevelOut)
StockMovePageOut = page_of(StockMoveOut)
