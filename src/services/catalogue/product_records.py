"""Writes on products as the audit log tells them."""

from __future__ import annotations

from typing import Any

from src.models.products import Product, Sku
from src.services.audit_log import Changes

# What is stored besides follows from these.
_FIELDS = {
    "name": "name",
    "description": "description",
    "category_id": "categoryId",
    "category": "category",
    "brand_id": "brandId",
    "tags": "tags",
    "images": "images",
    "video": "video",
    "attributes": "attributes",
    "freight_class": "freightClass",
    "purchase_limit": "purchaseLimit",
    "publish_at": "publishAt",
    "status": "status",
    "original_price": "originalPrice",
    "spec_names": "specNames",
}


def changes_of(before: Product | None, after: Product | None) -> Changes:
    """Returns the fields that differ, and each SKU that does, with (before, after)."""
    old, new = _shown(before), _shown(after)
    return {name: (old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)}


def _shown(product: Product | None) -> dict[str, Any]:
    if product is None:
        return {}
    stored = product.to_mongo().to_dict()
    fields = {shown: stored[name] for name, shown in _FIELDS.items() if stored.get(name)}
    return {**fields, **{f"skus.{sku.id}": _shown_sku(sku) for sku in product.skus}}


def _shown_sku(sku: Sku) -> dict[str, Any]:
    stored: dict[str, Any] = sku.to_mongo().to_dict()
    return {name: value for name, value in stored.items() if name not in ("id", "image")}
