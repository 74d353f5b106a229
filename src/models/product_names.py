"""What products and their SKUs are called, deleted ones too."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from src.models.products import Product


def names_of(store_id: ObjectId, product_ids: Sequence[ObjectId]) -> dict[ObjectId, Product]:
    """Returns the products with their names and SKUs alone."""
    query = {"_id": {"$in": list(set(product_ids))}, "store_id": store_id}
    found = Product.collection().find(query, {"name": True, "skus.id": True, "skus.code": True})
    return {raw["_id"]: Product._from_son(raw) for raw in found}
