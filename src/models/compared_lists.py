"""Sorted lists whose filters no index has together: few products are read and sorted, many are walked so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bson import ObjectId

from src.models.indexed_parts import MOST_READ, Condition, IndexedPart, Pipeline, Source, source_of
from src.models.keywords import Keyword
from src.models.product_filters import SORT_FIELDS, Filters, ProductFilter, ProductSort, sort_index, stock_condition
from src.models.products import LIST_FIELDS, Product
from src.models.relevance import products_in_order
from src.utils.pages import MAX_DEPTH, Page, PageRequest

# Of what more products than this fit, the first ones of a list are soon met.
_IS_COMMON = 1_000


@dataclass(frozen=True)
class ComparedList:
    """A filter, and the source that few products fit: the rarest of its parts, or its keyword.

    If that is whole, so is the list. Otherwise a page ends where `MOST_READ` products have been compared in the
    order of the list, and the total is a floor.
    """

    store_id: ObjectId
    wanted: ProductFilter
    filters: Filters
    source: Source
    rest: tuple[Condition, ...]

    @classmethod
    def of(cls, store_id: ObjectId, wanted: ProductFilter, filters: Filters, keyword: Keyword | None) -> ComparedList:
        by_keyword: list[Condition] = [] if keyword is None else [keyword.condition]
        ways: list[tuple[tuple[IndexedPart, ...], list[Condition]]] = [
            ((part,), [*filters.rest(part), *by_keyword]) for part in filters.parts
        ]
        if keyword is not None:
            ways.append((tuple(keyword.ways), filters.rest()))
        sources = [(source_of(filters.scope, parts), rest) for parts, rest in ways]
        source, rest = min(sources, key=lambda way: way[0].entries)
        return cls(store_id, wanted, filters, source, tuple(rest))

    def page(self, request: PageRequest) -> Page[Product]:
        if self.source.is_whole and (page := self._page_of_common(request)):
            return page
        if self.source.is_whole:
            ids = self._sorted_ids(self.rest)
            products = self._products(ids[request.skip : request.skip + request.size])
            return Page(products, min(len(ids), MAX_DEPTH), request)
        products = self._walked({}, limit=request.size + 1, skip=request.skip, most=MOST_READ)
        seen = request.skip + len(products) if products else 0
        return Page(products[: request.size], max(seen, self._floor()), request)

    def following(self, places: Sequence[Condition], limit: int) -> list[Product]:
        """Returns the products in these places of the list, the first place's first."""
        if self.source.is_whole:
            ids = self._sorted_ids([*self.rest, {"$or": list(places)}])
            return self._products(ids[:limit])
        products: list[Product] = []
        for place in places:
            if len(products) < limit:
                products += self._walked(place, limit=limit - len(products), most=MOST_READ)
        return products

    def _page_of_common(self, request: PageRequest) -> Page[Product] | None:
        """Returns the page if walking finds it soon and the index alone knows the total."""
        (part, *others) = self.source.parts
        if others or part.checked or self.rest or self.source.entries <= _IS_COMMON:
            return None
        products = self._walked({}, limit=request.size, skip=request.skip, most=_IS_COMMON)
        return Page(products, self.source.entries, request) if len(products) == request.size else None

    def _sorted_ids(self, rest: Sequence[Condition]) -> list[ObjectId]:
        name, direction = SORT_FIELDS[self.wanted.sort]
        rows = self.source.rows(self.filters.scope, rest, {name: 1})
        rows.sort(key=lambda row: row["_id"], reverse=True)
        rows.sort(key=lambda row: row[name], reverse=direction < 0)
        return [row["_id"] for row in rows]

    def _products(self, ids: Sequence[ObjectId]) -> list[Product]:
        return products_in_order(self.store_id, ids)

    def _walked(self, place: Condition, *, limit: int, most: int, skip: int = 0) -> list[Product]:
        path = self._path()
        stages: Pipeline = [
            {"$match": {"$and": [self.filters.scope, path.found, place]}},
            {"$sort": dict([SORT_FIELDS[self.wanted.sort], ("_id", -1)])},
            {"$limit": most},
            {"$match": {"$and": [*self.rest, self.source.condition]}},
            *([{"$skip": skip}] if skip else []),
            {"$limit": limit},
            {"$project": LIST_FIELDS},
        ]
        return [Product._from_son(raw) for raw in path.read(stages)]

    def _path(self) -> IndexedPart:
        """Returns what has the order of the list: the rarest label, of which the newest come first, or all products."""
        if self.wanted.sort is ProductSort.NEWEST and self.filters.filed:
            return min(self.filters.filed, key=lambda part: part.entries(self.filters.scope, MAX_DEPTH))
        index = sort_index(self.wanted.sort)
        return IndexedPart({"in_stock": stock_condition(self.wanted)}, index)

    def _floor(self) -> int:
        """Returns how many products fit at least, at most `MAX_DEPTH`."""
        if self.rest or any(part.checked for part in self.source.parts):
            return len(self.source.rows(self.filters.scope, self.rest, {"_id": 1}))
        return max(part.entries(self.filters.scope, MAX_DEPTH) for part in self.source.parts)
