"""Categories that a list names instead of giving their ids."""

from __future__ import annotations

from dataclasses import replace

from bson import ObjectId

from src.models.categories import Category
from src.models.product_queries import ProductFilter


def with_category_ids(store_id: ObjectId, wanted: ProductFilter) -> ProductFilter:
    """Returns the filter with the ids of the categories that have the name it gives, if any has."""
    if not isinstance(wanted.category, str):
        return wanted
    named = tuple(category.id for category in Category.list_named(store_id, wanted.category))
    return replace(wanted, category=named) if named else wanted
