"""Shapes of changes of many products at once."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import BoundedList, Id, Integer
from src.controllers.schemas.products import MAX_PRICE_FEN

MAX_PRODUCTS = 50
MAX_PERCENT = 1_000


class BatchIn(RequestSchema):
    ids = BoundedList(Id(), required=True, min_length=1, max_length=MAX_PRODUCTS)

    @validates_schema
    def ids_differ(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(set(data["ids"])) != len(data["ids"]):
            raise ValidationError("A product is named twice.", "ids")


class PriceBatchIn(BatchIn):
    price = Integer(maximum=MAX_PRICE_FEN, metadata={"description": "Fen; of each SKU.", "example": 3900})
    percent = Integer(
        maximum=MAX_PERCENT, metadata={"description": "Of each SKU's own price, rounded down to the fen."}
    )

    @validates_schema
    def has_one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("price" in data) == ("percent" in data):
            raise ValidationError("Give price or percent.", "price")


class CategoryBatchIn(BatchIn):
    category_id = Id(required=True, allow_none=True, metadata={"description": "null for none."})


class BatchOut(ResponseSchema):
    batch_id = Id(required=True, attribute="id", metadata={"description": "Under which the audit log has it."})
    changed = Integer(
        required=True,
        maximum=MAX_PRODUCTS,
        metadata={"example": 2, "description": "Products that were so before are not counted."},
    )
