"""Lists of stock: what is low first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS
from src.models.stock import StockItem
from src.utils.pages import MAX_DEPTH, Page, PageRequest

_LOWEST_FIRST = [("available", 1), ("_id", 1)]


@dataclass(frozen=True)
class StockFilter:
    """Which SKUs are wanted: with `low_at` only those at or below their threshold, which it is unless they have one."""

    low_at: int | None = None
    product_ids: Sequence[ObjectId] | None = None

    def query(self, store_id: ObjectId) -> dict[str, Any]:
        query: dict[str, Any] = {"store_id": store_id, "retired": None}
        if self.product_ids is not None:
            query["product_id"] = {"$in": list(self.product_ids)}
        if self.low_at is not None:
            of_the_shop = {"retired": None, "low_at": None, "available": {"$lte": self.low_at}}
            query["$or"] = [{**of_the_shop, "store_id": store_id}, {"store_id": store_id, "own_low": True}]
        return query


def page_of_stock(store_id: ObjectId, wanted: StockFilter, page: PageRequest) -> Page[StockItem]:
    """Returns one page of SKUs that can be sold, those first of which least is available.

    At most `MAX_DEPTH` are counted: pages end there.
    """
    query = wanted.query(store_id)
    found = StockItem.collection().find(query).sort(_LOWEST_FIRST).skip(page.skip).limit(page.size)
    items = [StockItem._from_son(raw) for raw in found.max_time_ms(MAX_TIME_MS)]
    total = page.total_if_last(len(items))
    if total is None:
        total = StockItem.collection().count_documents(query, limit=MAX_DEPTH, maxTimeMS=MAX_TIME_MS)
    return Page(items, total, page)
