"""Lists of stock: what is low first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS
from src.models.products import LIST_FIELDS, Product, ProductStatus
from src.models.stock import StockItem
from src.utils.pages import MAX_DEPTH, Page, PageRequest

_LOWEST_FIRST = [("available", 1), ("_id", 1)]
_NEWEST_PRODUCTS_FIRST = [("product_id", -1), ("_id", 1)]
Query = dict[str, Any]


@dataclass(frozen=True)
class StockFilter:
    """Which SKUs are wanted: with `low_at` only those at or below their threshold, which it is unless they have one."""

    low_at: int | None = None
    product_ids: Sequence[ObjectId] | None = None

    def queries(self, store_id: ObjectId) -> list[Query]:
        """Returns queries none of which finds what another one does."""
        of_store: Query = {"store_id": store_id, "retired": False}
        if self.product_ids is not None:
            of_store["product_id"] = {"$in": list(self.product_ids)}
        if self.low_at is None:
            return [of_store]
        of_shop = {"follows_shop": True, "available": {"$lte": self.low_at}}
        return [{**of_store, **of_shop}, {**of_store, "own_low": True}]


def page_of_stock(store_id: ObjectId, wanted: StockFilter, page: PageRequest) -> Page[StockItem]:
    """Returns one page of SKUs that can be sold: those of the newest products first, or if low the lowest first."""
    queries = wanted.queries(store_id)
    if wanted.low_at is None:
        index = [("store_id", 1), ("retired", 1), *_NEWEST_PRODUCTS_FIRST]
        return StockItem.find_page(queries[0], _NEWEST_PRODUCTS_FIRST, page, index=index)
    return _page_of_low(queries, page)


def _page_of_low(queries: list[Query], page: PageRequest) -> Page[StockItem]:
    found = StockItem.collection().find({"$or": queries}).sort(_LOWEST_FIRST).skip(page.skip).limit(page.size)
    items = [StockItem._from_son(raw) for raw in found.max_time_ms(MAX_TIME_MS)]
    total = page.total_if_last(len(items))
    if total is None:
        total = min(sum(_count(query) for query in queries), MAX_DEPTH)
    return Page(items, total, page)


def _count(query: Query) -> int:
    return StockItem.collection().count_documents(query, limit=MAX_DEPTH, maxTimeMS=MAX_TIME_MS)


def products_with_gone_skus() -> Iterator[Product]:
    """Yields the products of all stores of which something cannot be sold any more."""
    gone = {"$or": [{"status": ProductStatus.DELETED.value}, {"skus.retired": True}]}
    for raw in Product.collection().find(gone, projection=LIST_FIELDS):
        yield Product._from_son(raw)


def counters_without_flags(after: ObjectId | None, *, limit: int) -> list[ObjectId]:
    """Returns the next SKUs of all stores that follow `after`, those of an earlier release only."""
    query: Query = {} if after is None else {"_id": {"$gt": after}}
    found = StockItem.collection().find({**query, "follows_shop": None}, {"_id": 1}).sort("_id", 1).limit(limit)
    return [raw["_id"] for raw in found]


def give_flags(sku_ids: Sequence[ObjectId]) -> int:
    """Has lists find the counters of these SKUs, unless somebody has seen to it meanwhile; returns of how many."""
    retired = {"$ifNull": ["$retired", False]}
    follows_shop = {"$eq": [{"$ifNull": ["$low_at", None]}, None]}
    update = [{"$set": {"retired": retired, "follows_shop": follows_shop}}]
    query = {"_id": {"$in": list(sku_ids)}, "follows_shop": None}
    return StockItem.collection().update_many(query, update).modified_count
