"""Shapes of products."""

from __future__ import annotations

from marshmallow import fields

from src.controllers.schemas.base import ResponseSchema
from src.controllers.schemas.fields import Id, Integer, Moment
from src.services.catalogue.catalog import ProductStatus

MAX_PRICE_FEN = 100_000_000
MAX_STOCK = 1_000_000_000
LISTED = [ProductStatus.DRAFT.value, ProductStatus.ON_SALE.value, ProductStatus.OFF_SALE.value]


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
    original_price = Integer(required=True, allow_none=True, attribute="sku.original_price", metadata={"example": 4900})
    weight = Integer(
        required=True, allow_none=True, attribute="sku.weight_g", metadata={"description": "Grams.", "example": 280}
    )
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
    category = fields.String(required=True, attribute="shown_category", metadata={"example": "茶饮"})
    category_id = Id(required=True, allow_none=True, attribute="shown_category_id")
    brand = fields.String(required=True, attribute="shown_brand", metadata={"example": "小满"})
    brand_id = Id(required=True, allow_none=True, attribute="shown_brand_id")
    tags = fields.List(fields.String(), required=True, attribute="product.tags", metadata={"example": ["新品"]})
    stock = Integer(
        required=True, metadata={"description": "What can be bought now, all SKUs together.", "example": 20}
    )
    sales = Integer(required=True, attribute="product.sales", metadata={"example": 128})
    status = fields.Enum(ProductStatus, by_value=fields.String, required=True, attribute="product.status")
    skus = fields.List(fields.Nested(SkuOut), required=True)
    created_at = Moment(required=True, attribute="product.created_at")
    updated_at = Moment(required=True, attribute="product.updated_at")


class SpecNameOut(ResponseSchema):
    name = fields.String(required=True, metadata={"example": "规格"})
    values = fields.List(fields.String(), required=True, metadata={"example": ["250g", "500g"]})


class AttributeOut(ResponseSchema):
    name = fields.String(required=True, metadata={"example": "产地"})
    value = fields.String(required=True, metadata={"example": "福建安溪"})


class PurchaseLimitOut(ResponseSchema):
    per_order = Integer(required=True, allow_none=True, metadata={"example": 2})
    per_user = Integer(required=True, allow_none=True, metadata={"example": 5})


class ProductOut(ProductListItemOut):
    description = fields.String(
        required=True,
        attribute="product.description",
        metadata={"example": "<p>海拔一千二百米的春茶。</p>", "description": "HTML of an allow-list."},
    )
    video = fields.String(required=True, attribute="product.video", metadata={"example": ""})
    spec_names = fields.List(fields.Nested(SpecNameOut), required=True, attribute="product.spec_names")
    attributes = fields.List(fields.Nested(AttributeOut), required=True, attribute="product.attributes")
    purchase_limit = fields.Nested(PurchaseLimitOut, required=True, allow_none=True, attribute="product.purchase_limit")


class StoreSkuOut(SkuOut):
    code = fields.String(required=True, attribute="sku.code", metadata={"example": "TEA-250"})
    barcode = fields.String(required=True, attribute="sku.barcode", metadata={"example": "6901234567892"})


class _LabelsOfStaff(ResponseSchema):
    """The category and the brand, hidden or not."""

    category = fields.String(required=True, attribute="product.category", metadata={"example": "茶饮"})
    category_id = Id(required=True, allow_none=True, attribute="product.category_id")
    brand = fields.String(required=True, attribute="product.brand", metadata={"example": "小满"})
    brand_id = Id(required=True, allow_none=True, attribute="product.brand_id")


class StoreProductListItemOut(_LabelsOfStaff, ProductListItemOut):
    """A product in a list of staff."""

    skus = fields.List(fields.Nested(StoreSkuOut), required=True)


class RetiredSkuOut(ResponseSchema):
    id = Id(required=True)
    specs = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"example": {"规格": "100g"}}
    )
    price = Integer(required=True, metadata={"description": "Fen.", "example": 1900})


class StoreProductOut(_LabelsOfStaff, ProductOut):
    """A product as staff see it."""

    skus = fields.List(fields.Nested(StoreSkuOut), required=True)
    retired_skus = fields.List(
        fields.Nested(RetiredSkuOut),
        required=True,
        attribute="product.retired_skus",
        metadata={"description": "An edit that names one of them brings it back."},
    )
    freight_class = fields.String(required=True, attribute="product.freight_class", metadata={"example": "standard"})
    publish_at = Moment(required=True, allow_none=True, attribute="product.publish_at")
    version = Integer(
        required=True, minimum=1, attribute="product.version", metadata={"example": 7, "description": "As in the ETag."}
    )
