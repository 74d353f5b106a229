"""The shape of what a store takes for sending orders."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import BoundedList, Integer, Token
from src.utils.provinces import MOST_PROVINCES, province_of

_MOST_FEE = 100_000
_MOST_FREE_FROM = 1_000_000_000


def _known_province(name: str) -> None:
    if province_of(name) is None:
        raise ValidationError("Not a province.")


class FreightRegionIn(RequestSchema):
    provinces = BoundedList(
        Token(validate=[validate.Length(max=30), _known_province], metadata={"example": "新疆维吾尔自治区"}),
        required=True,
        min_length=1,
        max_length=MOST_PROVINCES,
    )
    fee = Integer(
        required=True,
        maximum=_MOST_FEE,
        allow_none=True,
        metadata={"example": 2000, "description": "Fen instead of the store's fee; null: it does not deliver there."},
    )


class FreightIn(RequestSchema):
    """Freight as it will be from now on, for orders to come; what is left out is as if it had never been given."""

    fee = Integer(load_default=0, maximum=_MOST_FEE, metadata={"example": 800, "description": "Fen for one order."})
    free_from = Integer(
        load_default=None,
        maximum=_MOST_FREE_FROM,
        allow_none=True,
        metadata={
            "example": 9900,
            "description": "Fen of goods from which on sending is free everywhere; null: never.",
        },
    )
    regions = BoundedList(fields.Nested(FreightRegionIn), load_default=list, max_length=MOST_PROVINCES)

    @validates_schema
    def has_each_province_once(self, data: dict[str, Any], **kwargs: Any) -> None:
        named: set[str | None] = set()
        for index, region in enumerate(data["regions"]):
            for place, name in enumerate(region["provinces"]):
                if province_of(name) in named:
                    raise ValidationError({"regions": {index: {"provinces": {place: ["It is named before."]}}}})
                named.add(province_of(name))


class FreightRegionOut(ResponseSchema):
    provinces = fields.List(fields.String(metadata={"example": "新疆维吾尔自治区"}), required=True)
    fee = Integer(required=True, allow_none=True, metadata={"example": 2000})


class FreightOut(ResponseSchema):
    fee = Integer(required=True, metadata={"example": 800})
    free_from = Integer(required=True, allow_none=True, metadata={"example": 9900})
    regions = fields.List(fields.Nested(FreightRegionOut), required=True)
