"""Products as merchants write them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import (
    BoundedList,
    Id,
    Integer,
    MomentIn,
    RichText,
    Text,
    Token,
    address_or_none,
    picture,
)
from src.controllers.schemas.products import LISTED, MAX_PRICE_FEN, MAX_STOCK
from src.controllers.schemas.sku_forms import (
    MAX_SKUS,
    MAX_SPEC_NAMES,
    EditedSkuIn,
    NewSkuIn,
    SpecNameIn,
    check_original_price,
    check_skus,
    check_spec_names,
    sku_barcode,
    sku_code,
    sku_weight,
)
from src.services.catalogue.catalog import ProductStatus
from src.services.catalogue.product_inputs import (
    AttributeInput,
    CreateProduct,
    EditProduct,
    PurchaseLimitInput,
    SkuInput,
)

MAX_DESCRIPTION = 20_000
MAX_TAGS = 10
MAX_ATTRIBUTES = 30
MAX_LIMIT = 100_000
_ONLY_SKU = ("price", "code", "barcode", "weight_g")


class AttributeIn(RequestSchema):
    name = Text(required=True, min_length=1, max_length=20, metadata={"example": "产地"})
    value = Text(required=True, min_length=1, max_length=200, metadata={"example": "福建安溪"})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> AttributeInput:
        return AttributeInput(**data)


class PurchaseLimitIn(RequestSchema):
    """Units of all SKUs together; what is not given is not limited."""

    per_order = Integer(minimum=1, maximum=MAX_LIMIT, allow_none=True, metadata={"example": 2})
    per_user = Integer(
        minimum=1,
        maximum=MAX_LIMIT,
        allow_none=True,
        metadata={"example": 5, "description": "In all orders that are not cancelled."},
    )

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> PurchaseLimitInput:
        return PurchaseLimitInput(**data)


class _ProductFields(RequestSchema):
    description = RichText(
        max_length=MAX_DESCRIPTION,
        metadata={"example": "<p>海拔一千二百米的春茶。</p>", "description": "HTML; only an allow-list of it is kept."},
    )
    category = Text(
        max_length=50,
        metadata={"example": "茶饮", "description": "A name; the category is made if there is none. Empty for none."},
    )
    category_id = Id(allow_none=True, metadata={"description": "Instead of category."})
    brand_id = Id(allow_none=True)
    tags = BoundedList(Text(min_length=1, max_length=20, metadata={"example": "新品"}), max_length=MAX_TAGS)
    images = BoundedList(picture(), max_length=9)
    video = address_or_none(metadata={"example": "/media/demo/tea.mp4", "description": "Empty for none."})
    attributes = BoundedList(fields.Nested(AttributeIn), max_length=MAX_ATTRIBUTES)
    freight_class = Text(max_length=30, metadata={"example": "standard"})
    purchase_limit = fields.Nested(PurchaseLimitIn, allow_none=True)
    original_price = Integer(
        maximum=MAX_PRICE_FEN,
        allow_none=True,
        metadata={
            "description": "Fen; what it cost before, not below the price. A price that rises above it takes it away.",
            "example": 4900,
        },
    )
    status = Token(validate=validate.OneOf(LISTED), metadata={"enum": LISTED})
    publish_at = MomentIn(
        allow_none=True, metadata={"description": "When a product that is not on sale goes on sale by itself."}
    )
    spec_names = BoundedList(
        fields.Nested(SpecNameIn),
        max_length=MAX_SPEC_NAMES,
        metadata={"description": "The matrix, in order. Without it the SKUs make one; not each place needs a SKU."},
    )
    price = Integer(
        maximum=MAX_PRICE_FEN, metadata={"description": "Fen; for a product without specs.", "example": 3900}
    )
    code = sku_code()
    barcode = sku_barcode()
    weight_g = sku_weight()

    @validates_schema
    def names_one_category(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "category" in data and "category_id" in data:
            raise ValidationError("Give category or categoryId, not both.", "categoryId")

    @validates_schema
    def is_consistent(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("publish_at") and data.get("status") == ProductStatus.ON_SALE.value:
            raise ValidationError("The product would be on sale at once.", "publishAt")
        if len(set(data.get("tags", []))) != len(data.get("tags", [])):
            raise ValidationError("A tag is there twice.", "tags")
        if "skus" in data:
            for name in ("code", "barcode", "weight_g"):
                if name in data:
                    raise ValidationError("Give it in skus.", {"weight_g": "weight"}.get(name, name))
        prices = [data["price"]] if "price" in data else [sku.price for sku in data.get("skus", [])]
        check_original_price(data, min(prices, default=0))
        check_skus(data.get("skus", []))
        check_spec_names(data.get("spec_names", []))


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

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> CreateProduct:
        only = {name: data.pop(name) for name in (*_ONLY_SKU, "stock") if name in data}
        if "skus" not in data:
            data["skus"] = [SkuInput(**only)]
        unsaid = ProductStatus.DRAFT if data.get("publish_at") else ProductStatus.ON_SALE
        data["status"] = ProductStatus(data.get("status", unsaid))
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

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> EditProduct:
        only = {name: data.pop(name) for name in _ONLY_SKU if name in data}
        skus, spec_names = data.pop("skus", None), data.pop("spec_names", None)
        return EditProduct(values=data, only_sku=only, skus=skus, spec_names=spec_names)
