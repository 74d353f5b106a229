"""Products as an earlier release has stored them, brought in line with this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from src.models.categories import Category
from src.models.products import POPULARITY, Product

Raw = dict[str, Any]


def stored_products_after(after: ObjectId | None, *, limit: int) -> list[Raw]:
    """Returns the next products of all stores as they are stored, deleted ones too."""
    query = {} if after is None else {"_id": {"$gt": after}}
    return list(Product.collection().find(query).sort("_id", 1).limit(limit))


def file_under(category: Category, product_ids: Sequence[ObjectId], *, session: ClientSession) -> int:
    """Gives those of the products that have the category's name, and no category, the category; returns how many."""
    unfiled = {"_id": {"$in": list(product_ids)}, "category": category.name, "category_id": None}
    filed = {"category_id": category.id, "category_path": category.path}
    return Product.collection().update_many(unfiled, {"$set": filed}, session=session).modified_count


def complete(products: Iterable[tuple[Raw, Mapping[str, Any]]]) -> int:
    """Sets the values of each product that nobody has edited since it was read; returns how many there were."""
    updates = [
        UpdateOne(
            {"_id": raw["_id"], "version": raw.get("version")},
            [{"$set": {name: {"$literal": value} for name, value in values.items()}}, _POPULARITY],
        )
        for raw, values in products
    ]
    return Product.collection().bulk_write(updates, ordered=False).modified_count if updates else 0


_POPULARITY = {"$set": {"popularity": POPULARITY}}
