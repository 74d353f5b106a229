"""Products as merchants write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.products import ProductStatus


@dataclass(frozen=True)
class SkuInput:
    """A SKU as the merchant writes it. Prices in fen; `id` names an existing one, `stock` is for a new one.

    What `unsaid` names stays as the existing one has it.
    """

    price: int
    specs: dict[str, str] = field(default_factory=dict)
    image: str = ""
    stock: int = 0
    id: ObjectId | None = None
    original_price: int | None = None
    code: str = ""
    barcode: str = ""
    weight_g: int | None = None
    unsaid: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SpecNameInput:
    name: str
    values: Sequence[str]


@dataclass(frozen=True)
class AttributeInput:
    name: str
    value: str


@dataclass(frozen=True)
class PurchaseLimitInput:
    per_order: int | None = None
    per_user: int | None = None


@dataclass(frozen=True)
class CreateProduct:
    """A new product. A product without specs has exactly one SKU.

    A `category_id` counts more than the name of a `category`. Without `spec_names` the SKUs make the matrix.
    """

    name: str
    skus: Sequence[SkuInput]
    description: str = ""
    category: str = ""
    category_id: ObjectId | None = None
    brand_id: ObjectId | None = None
    tags: Sequence[str] = ()
    images: Sequence[str] = ()
    video: str = ""
    attributes: Sequence[AttributeInput] = ()
    freight_class: str = ""
    purchase_limit: PurchaseLimitInput | None = None
    original_price: int | None = None
    spec_names: Sequence[SpecNameInput] | None = None
    status: ProductStatus = ProductStatus.ON_SALE
    publish_at: datetime | None = None


@dataclass(frozen=True)
class EditProduct:
    """The fields to change. `only_sku` is for a product of one SKU, `skus` is the whole new list."""

    values: dict[str, Any]
    only_sku: Mapping[str, Any] = field(default_factory=dict)
    skus: Sequence[SkuInput] | None = None
    spec_names: Sequence[SpecNameInput] | None = None
