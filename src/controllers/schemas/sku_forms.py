"""SKUs as merchants write them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import BoundedList, Id, Integer, Text, TokenOrNone, address_or_none
from src.controllers.schemas.products import MAX_PRICE_FEN, MAX_STOCK
from src.services.catalogue.product_inputs import SkuInput, SpecNameInput

MAX_SKUS = 100
MAX_SPEC_NAMES = 5
MAX_SPEC_VALUES = 50
MAX_WEIGHT_G = 1_000_000
# What an edit of a SKU may leave out.
_MAY_STAY = frozenset({"original_price", "code", "barcode", "weight_g", "image"})
# Specs are stored under their names, which MongoDB and JavaScript must not take for something else.
_SPEC_NAME = validate.Regexp(r"\A(?!__)[^$.]+\Z", error="No $, no dot, and no __ at the start.")


def sku_code() -> TokenOrNone:
    """Returns the field of a SKU code: what a merchant's other systems call the SKU."""
    described = {"example": "TEA-250", "description": "Unique in the store; empty for none."}
    return TokenOrNone(validate=validate.Regexp(r"\A[!-~]{0,64}\Z"), metadata=described)


def sku_barcode() -> TokenOrNone:
    described = {"example": "6901234567892", "description": "Unique in the store; empty for none."}
    return TokenOrNone(validate=validate.Regexp(r"\A[0-9A-Za-z-]{0,48}\Z"), metadata=described)


def sku_weight(**kwargs: Any) -> Integer:
    return Integer(
        maximum=MAX_WEIGHT_G,
        allow_none=True,
        data_key="weight",
        metadata={"description": "Grams.", "example": 280},
        **kwargs,
    )


class SpecNameIn(RequestSchema):
    """One dimension of the matrix."""

    name = Text(required=True, min_length=1, max_length=20, validate=_SPEC_NAME, metadata={"example": "规格"})
    values = BoundedList(
        Text(min_length=1, max_length=40, metadata={"example": "250g"}),
        required=True,
        min_length=1,
        max_length=MAX_SPEC_VALUES,
    )

    @validates_schema
    def values_differ(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(set(data["values"])) != len(data["values"]):
            raise ValidationError("A value is named twice.", "values")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> SpecNameInput:
        return SpecNameInput(**data)


class NewSkuIn(RequestSchema):
    specs = fields.Dict(
        keys=Text(min_length=1, max_length=20, validate=_SPEC_NAME),
        values=Text(min_length=1, max_length=40),
        required=True,
        validate=validate.Length(min=1, max=MAX_SPEC_NAMES),
        metadata={"example": {"规格": "250g"}},
    )
    price = Integer(required=True, maximum=MAX_PRICE_FEN, metadata={"description": "Fen.", "example": 3900})
    original_price = Integer(
        maximum=MAX_PRICE_FEN, allow_none=True, metadata={"description": "Fen; not below price.", "example": 4900}
    )
    code = sku_code()
    barcode = sku_barcode()
    weight_g = sku_weight()
    stock = Integer(maximum=MAX_STOCK, load_default=0)
    image = address_or_none(metadata={"example": "/media/demo/puer.svg", "description": "Empty for none."})

    @validates_schema
    def cost_more_before(self, data: dict[str, Any], **kwargs: Any) -> None:
        check_original_price(data, data["price"])

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> SkuInput:
        return SkuInput(**data)


class EditedSkuIn(NewSkuIn):
    """Of an existing SKU only the given fields change."""

    id = Id(metadata={"description": "Names an existing SKU, also a retired one; its stock is changed elsewhere."})

    @validates_schema
    def stock_is_for_new_ones(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "id" in data and data["stock"]:
            raise ValidationError("The stock of an existing SKU changes at /api/merchant/skus/{id}/stock.", "stock")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> SkuInput:
        unsaid = _MAY_STAY.difference(data) if "id" in data else frozenset()
        return SkuInput(**data, unsaid=frozenset(unsaid))


def check_original_price(data: dict[str, Any], price: int) -> None:
    original = data.get("original_price")
    if original is not None and original < price:
        raise ValidationError("Below the price.", "originalPrice")


def check_skus(skus: list[SkuInput]) -> None:
    """Refuses SKUs that cannot be told apart, or that do not belong together."""
    seen = [tuple(sorted(sku.specs.items())) for sku in skus]
    if len(set(seen)) != len(seen):
        raise ValidationError("Two SKUs have the same specs.", "skus")
    if len({tuple(sorted(sku.specs)) for sku in skus}) > 1:
        raise ValidationError("All SKUs of a product have the same spec names.", "skus")
    for name, values in (("code", [sku.code for sku in skus]), ("barcode", [sku.barcode for sku in skus])):
        given = [value for value in values if value]
        if len(set(given)) != len(given):
            raise ValidationError(f"Two SKUs have the same {name}.", "skus")


def check_spec_names(names: list[SpecNameInput]) -> None:
    if len({one.name for one in names}) != len(names):
        raise ValidationError("A name is there twice.", "specNames")
