"""Products that wait for the time at which they go on sale."""

from __future__ import annotations

from datetime import datetime

from src.models.products import KEPT_STATUSES, Product, ProductStatus


def products_due(now: datetime, *, limit: int) -> list[Product]:
    """Returns products of all stores that are to go on sale by now, the longest due first."""
    found = Product.collection().find({"publish_at": {"$lte": now}}).sort("publish_at", 1).limit(limit)
    return [Product._from_son(raw) for raw in found]


def publish(product: Product, *, now: datetime) -> bool:
    """Puts the product on sale unless somebody has edited it since it was read; returns whether it did."""
    on_sale = {"status": ProductStatus.ON_SALE.value, "version": product.version + 1, "updated_at": now}
    result = Product.collection().update_one(
        {"_id": product.id, "version": product.version, "status": {"$in": KEPT_STATUSES}},
        {"$set": on_sale, "$unset": {"publish_at": ""}},
    )
    return result.modified_count == 1
