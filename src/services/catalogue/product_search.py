"""What a product is found by, taken from the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.models.products import Product
from src.utils.search_fields import SearchTexts, search_fields


def search_fields_of(product: Product, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the search fields of the product as it is once it has `values`. Hidden names find nothing."""

    def text(name: str) -> Any:
        return values.get(name, getattr(product, name))

    skus = values.get("skus") or product.skus
    labels = [text(name) for name in ("category", "brand") if not text(f"{name}_hidden")]
    return search_fields(
        SearchTexts(
            text("name"),
            labels=[*labels, *text("tags")],
            description=text("description"),
            specs=[sku.specs for sku in skus if not sku.retired],
        )
    )
