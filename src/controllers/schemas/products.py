"""Shapes of products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import (
    BoundedList,
    Id,
    Integer,
    Moment,
    QueryBoolean,
    QueryInteger,
    Text,
    Token,
    picture,
)
from src.services.catalog import ProductFilter, ProductSort, ProductStatus
from src.services.product_editing import CreateProduct, EditProduct, SkuInput
from src.utils.search_tokens import normalise

MAX_PRICE_FEN = 100_000_000
MAX_STOCK = 1_000_000_000
MAX_SKUS = 100
_LISTED = [ProductStatus.ON_SALE.value, ProductStatus.OFF_SALE.value]
# Specs are stored under their names, which MongoDB and JavaScript must not take for something else.
_SPEC_NAME = validate.Regexp(r"\A(?!__)[^$.]+\Z", error="No $, no dot, and no __ at the start.")


class ProductQuery(PageQuery):
    category = Text(max_length=50, metadata={"example": "茶饮"})
    keyword = Text(max_length=50, metadata={"example": "乌龙"})
    min_price = QueryInteger(maximum=MAX_PRICE_FEN, metadata={"description": "Fen.", "example": 1000})
    max_price = QueryInteger(maximum=MAX_PRICE_FEN, metadata={"description": "Fen."})
    in_stock = QueryBoolean(metadata={"example": True})
    sort = fields.Enum(ProductSort, by_value=fields.String, load_default=ProductSort.NEWEST)

    @pre_load
    def blank_text_filters_nothing(self, data: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """An empty search box is sent as it is."""
        return {name: value for name, value in data.items() if value or name not in ("keyword", "category")}

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
        filters = super().build(data)
        return {"page": filters.pop("page"), "wanted": ProductFilter(**filters)}


class MerchantProductQuery(ProductQuery):
    status = Token(validate=validate.OneOf(_LISTED), metadata={"enum": _LISTED})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        status = data.pop("status", None)
        statuses = tuple(ProductStatus(value) for value in ([status] if status else _LISTED))
        query: dict[str, Any] = super().build({**data, "statuses": statuses})
        return query


class NewSkuIn(RequestSchema):
    specs = fields.Dict(
        keys=Text(min_length=1, max_length=20, validate=_SPEC_NAME),
        values=Text(min_length=1, max_length=40),
        required=True,
        validate=validate.Length(min=1, max=5),
        metadata={"example": {"规格": "250g"}},
    )
    price = Integer(required=True, maximum=MAX_PRICE_FEN, metadata={"description": "Fen.", "example": 3900})
    stock = Integer(maximum=MAX_STOCK, load_default=0)
    image = picture(load_default="")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> SkuInput:
        return SkuInput(**data)


class EditedSkuIn(NewSkuIn):
    id = Id(metadata={"description": "Names an existing SKU; its stock is changed elsewhere."})

    @validates_schema
    def stock_is_for_new_ones(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "id" in data and data["stock"]:
            raise ValidationError("The stock of an existing SKU changes at /api/merchant/skus/{id}/stock.", "stock")


class _ProductFields(RequestSchema):
    description = Text(max_length=5_000)
    category = Text(max_length=50, metadata={"example": "茶饮"})
    images = BoundedList(picture(), max_length=9)
    original_price = Integer(
        maximum=MAX_PRICE_FEN, allow_none=True, metadata={"description": "Fen; what it cost before.", "example": 4900}
    )
    status = Token(validate=validate.OneOf(_LISTED), metadata={"enum": _LISTED})
    price = Integer(
        maximum=MAX_PRICE_FEN, metadata={"description": "Fen; for a product without specs.", "example": 3900}
    )


class ProductIn(_ProductFields):
    """Either `price` and `stock` (a product without specs), or `skus`."""

    name = Text(required=True, min_length=1, max_length=100, metadata={"example": "高山乌龙茶"})
    stock = Integer(maximum=MAX_STOCK, metadata={"description": "For a product without specs.", "example": 20})
    skus = BoundedList(fields.Nested(NewSkuIn), min_length=1, max_length=MAX_SKUS)

    @validates_schema
    def has_one_way_of_pricing(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "skus" in data and ("price" in data or "stock" in data):
            raise ValidationError("Give skus, or price and stock, not both.", "skus")
        if "skus" not in data and "price" not in data:
            raise ValidationError("Missing data for required field.", "price")
        _check_specs(data.get("skus", []))

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> CreateProduct:
        price, stock = data.pop("price", 0), data.pop("stock", 0)
        data.setdefault("skus", [SkuInput(price=price, stock=stock)])
        if "status" in data:
            data["status"] = ProductStatus(data["status"])
        return CreateProduct(**data)


class ProductEditIn(_ProductFields):
    """Only the given fields change. `skus` is the whole new list; what it leaves out is retired."""

    name = Text(min_length=1, max_length=100)
    skus = BoundedList(fields.Nested(EditedSkuIn), min_length=1, max_length=MAX_SKUS)

    @validates_schema
    def is_one_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one field.")
        if "skus" in data and "price" in data:
            raise ValidationError("Give skus or price, not both.", "price")
        ids = [sku.id for sku in data.get("skus", []) if sku.id]
        if len(set(ids)) != len(ids):
            raise ValidationError("A SKU is named twice.", "skus")
        _check_specs(data.get("skus", []))

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> EditProduct:
        price, skus = data.pop("price", None), data.pop("skus", None)
        return EditProduct(values=data, price=price, skus=skus)


class StockChangeIn(RequestSchema):
    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["delta"] == 0:
            raise ValidationError("Must not be 0.", "delta")

    delta = Integer(required=True, minimum=-MAX_STOCK, maximum=MAX_STOCK, metadata={"example": 20})
    reason = Text(required=True, min_length=1, max_length=200, metadata={"example": "到货"})
    expected = Integer(maximum=MAX_STOCK, load_default=None, metadata={"description": "Refuse if available differs."})


class SkuOut(ResponseSchema):
    id = Id(required=True, attribute="sku.id")
    specs = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        attribute="sku.specs",
        metadata={"example": {"规格": "250g"}},
    )
    price = Integer(required=True, attribute="sku.price", metadata={"description": "Fen.", "example": 3900})
    stock = Integer(required=True, metadata={"description": "What can be bought now.", "example": 20})
    image = fields.String(required=True, attribute="sku.image", metadata={"example": "/media/demo/puer.svg"})


class ProductListItemOut(ResponseSchema):
    id = Id(required=True, attribute="product.id")
    name = fields.String(required=True, attribute="product.name", metadata={"example": "高山乌龙茶"})
    price = Integer(required=True, attribute="product.price", metadata={"description": "Lowest, fen.", "example": 3900})
    original_price = Integer(
        required=True, allow_none=True, attribute="product.original_price", metadata={"example": 4900}
    )
    images = fields.List(
        fields.String(), required=True, attribute="product.images", metadata={"example": ["/media/demo/puer.svg"]}
    )
    category = fields.String(required=True, attribute="product.category", metadata={"example": "茶饮"})
    stock = Integer(
        required=True, metadata={"description": "What can be bought now, all SKUs together.", "example": 20}
    )
    sales = Integer(required=True, attribute="product.sales", metadata={"example": 128})
    status = fields.Enum(ProductStatus, by_value=fields.String, required=True, attribute="product.status")
    skus = fields.List(fields.Nested(SkuOut), required=True)
    created_at = Moment(required=True, attribute="product.created_at")
    updated_at = Moment(required=True, attribute="product.updated_at")


class ProductOut(ProductListItemOut):
    description = fields.String(
        required=True, attribute="product.description", metadata={"example": "海拔一千二百米的春茶。"}
    )


class StockOut(ResponseSchema):
    sku_id = Id(required=True, attribute="id")
    available = Integer(required=True, metadata={"example": 20})
    reserved = Integer(required=True, metadata={"description": "In unpaid orders.", "example": 2})
    sold = Integer(required=True, metadata={"example": 128})


ProductPageOut = page_of(ProductListItemOut)


def _check_specs(skus: list[SkuInput]) -> None:
    seen = [tuple(sorted(sku.specs.items())) for sku in skus]
    if len(set(seen)) != len(seen):
        raise ValidationError("Two SKUs have the same specs.", "skus")
    if len({tuple(sorted(sku.specs)) for sku in skus}) > 1:
        raise ValidationError("All SKUs of a product have the same spec names.", "skus")
