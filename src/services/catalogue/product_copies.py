"""A product once more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from src.models.products import Product, ProductStatus, Sku
from src.services.catalogue.product_inputs import (
    AttributeInput,
    CreateProduct,
    PurchaseLimitInput,
    SkuInput,
    SpecNameInput,
)
from src.services.catalogue.product_skus import input_of


def copy_of(product: Product) -> CreateProduct:
    """Returns a draft like the product: its SKUs that can be bought, with no stock and no codes."""
    return CreateProduct(
        name=product.name,
        skus=[_sku(sku) for sku in product.active_skus],
        description=product.description,
        category=product.category,
        category_id=product.category_id,
        brand_id=product.brand_id,
        tags=list(product.tags),
        images=list(product.images),
        spec_names=[SpecNameInput(one.name, list(one.values)) for one in product.spec_names] or None,
        status=ProductStatus.DRAFT,
        **_details(product),
    )


def _details(product: Product) -> dict[str, Any]:
    limit = product.purchase_limit
    return {
        "video": product.video,
        "attributes": [AttributeInput(one.name, one.value) for one in product.attributes],
        "freight_class": product.freight_class,
        "original_price": product.original_price,
        "purchase_limit": limit and PurchaseLimitInput(limit.per_order, limit.per_user),
    }


def _sku(sku: Sku) -> SkuInput:
    return replace(input_of(sku), id=None, code="", barcode="")
