"""All of a store's documents of one kind, few of them in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bson import ObjectId

from src.models.documents import BaseDocument
from src.models.order_search import OrderFilter
from src.models.orders import Order
from src.models.product_queries import ProductFilter, filter_query
from src.models.products import SEARCH_FIELDS, Product
from src.models.reconciliations import Reconciliation
from src.models.stock_moves import NEWEST_FIRST as NEWEST_MOVES_FIRST
from src.models.stock_moves import MoveFilter, StockMove

Read = TypeVar("Read", bound=BaseDocument)
_FETCHED_AT_ONCE = 200
_NEWEST_FIRST = [("created_at", -1), ("_id", -1)]


@dataclass(frozen=True)
class Selection(Generic[Read]):
    """What an export reads, in which order."""

    document: type[Read]
    query: dict[str, Any]
    order: list[tuple[str, int]] = field(default_factory=lambda: list(_NEWEST_FIRST))
    projection: dict[str, bool] | None = None

    def count(self, limit: int) -> int:
        """Returns how many there are, at most `limit`."""
        return self.document.collection().count_documents(self.query, limit=limit)

    def each(self) -> Iterator[Read]:
        collection = self.document.collection()
        with collection.find(self.query, self.projection, batch_size=_FETCHED_AT_ONCE).sort(self.order) as found:
            for raw in found:
                yield self.document._from_son(raw)


def select_products(store_id: ObjectId, wanted: ProductFilter) -> Selection[Product]:
    without_search = dict.fromkeys(SEARCH_FIELDS, False)
    return Selection(Product, filter_query(store_id, wanted), projection=without_search)


def select_orders(store_id: ObjectId, wanted: OrderFilter) -> Selection[Order]:
    return Selection(Order, wanted.query(store_id))


def select_moves(store_id: ObjectId, wanted: MoveFilter) -> Selection[StockMove]:
    return Selection(StockMove, wanted.query(store_id), order=NEWEST_MOVES_FIRST)


def select_reconciliations(store_id: ObjectId, since: str | None, until: str | None) -> Selection[Reconciliation]:
    """Days are YYYY-MM-DD; `until` is not one of them."""
    within = {"$gte": since, "$lt": until}
    days = {bound: day for bound, day in within.items() if day is not None}
    query = {"store_id": store_id, **({"day": days} if days else {})}
    return Selection(Reconciliation, query, order=[("day", -1)])
