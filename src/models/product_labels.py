"""Products of a category or a brand: how many there are, and which do not show its name or place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from src.models.brands import Brand
from src.models.categories import Category
from src.models.products import KEPT_STATUSES, Product

Query = dict[str, Any]


def uses_of_category(category: Category, *, session: ClientSession) -> int:
    return _count(_of_category(category), session)


def uses_of_brand(brand: Brand, *, session: ClientSession) -> int:
    return _count(_of_brand(brand), session)


def out_of_line_with_category(category: Category, shown: Query) -> Query:
    """Returns the query of the category's own products that do not have the values of `shown`."""
    return {**_of_category(category), "category_id": category.id, "$or": _differing(shown)}


def out_of_line_with_brand(brand: Brand, shown: Query) -> Query:
    return {**_of_brand(brand), "$or": _differing(shown)}


def batches_of_ids(query: Query, size: int) -> Iterator[list[ObjectId]]:
    """Yields the ids of what matches while it is looked at."""
    batch: list[ObjectId] = []
    for raw in Product.collection().find(query, {"_id": 1}):
        batch.append(raw["_id"])
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def count_of(query: Query) -> int:
    return Product.collection().count_documents(query)


def products_among(query: Query, product_ids: Sequence[ObjectId], *, session: ClientSession) -> list[Product]:
    found = Product.collection().find({**query, "_id": {"$in": list(product_ids)}}, session=session)
    return [Product._from_son(raw) for raw in found]


def relabel(updates: Sequence[tuple[Product, Query, bool]], *, session: ClientSession) -> None:
    """Sets the values of each product, or takes the field away where it is None.

    The flag says whether that is an edit that readers of it must notice.
    """
    writes = [UpdateOne({"_id": product.id}, _update(values, is_edit)) for product, values, is_edit in updates]
    if writes:
        Product.collection().bulk_write(writes, session=session)


def _update(values: Query, is_edit: bool) -> Query:
    gone = {name: "" for name, value in values.items() if value is None}
    kept = {name: value for name, value in values.items() if value is not None}
    return {"$set": kept, **({"$unset": gone} if gone else {}), **({"$inc": {"version": 1}} if is_edit else {})}


def _differing(shown: Query) -> list[Query]:
    return [{name: {"$ne": value}} for name, value in shown.items()]


def _of_category(category: Category) -> Query:
    return {"store_id": category.store_id, "status": {"$in": KEPT_STATUSES}, "category_path": category.id}


def _of_brand(brand: Brand) -> Query:
    return {"store_id": brand.store_id, "status": {"$in": KEPT_STATUSES}, "brand_id": brand.id}


def _count(query: Query, session: ClientSession) -> int:
    return Product.collection().count_documents(query, session=session)
