"""Sorted lists of products: pages, and what follows a product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bson import ObjectId

from src.models.compared_lists import ComparedList
from src.models.documents import MAX_TIME_MS
from src.models.indexed_parts import Condition, Index
from src.models.keywords import Keyword
from src.models.product_filters import (
    SORT_FIELDS,
    Filters,
    ProductFilter,
    ProductSort,
    filter_query,
    filters_of,
    sort_index,
)
from src.models.products import LIST_FIELDS, Product
from src.utils.pages import MAX_DEPTH, Page, PageRequest


@dataclass(frozen=True)
class Position:
    """Where in a sorted list a product stands."""

    value: int | datetime
    product_id: ObjectId


def page_of_products(store_id: ObjectId, wanted: ProductFilter, page: PageRequest) -> Page[Product]:
    """Returns one page of a sorted list, without descriptions. At most `MAX_DEPTH` are counted: pages end there."""
    filters = filters_of(store_id, wanted)
    index = _index_of(filters, wanted)
    if index is None:
        return _compared(store_id, filters, wanted).page(page)
    query = filter_query(store_id, wanted)
    products = _read(query, wanted, index, skip=page.skip, limit=page.size)
    total = page.total_if_last(len(products))
    if total is None:
        total = Product.collection().count_documents(query, limit=MAX_DEPTH, maxTimeMS=MAX_TIME_MS, hint=list(index))
    return Page(products, total, page)


def products_after(store_id: ObjectId, wanted: ProductFilter, position: Position, limit: int) -> list[Product]:
    """Returns the products that follow the position, which may be as deep in the list as it likes."""
    filters, places = filters_of(store_id, wanted), _places_after(wanted.sort, position)
    index = _index_of(filters, wanted)
    if index is None:
        return _compared(store_id, filters, wanted).following(places, limit)
    products: list[Product] = []
    for place in places:
        if len(products) < limit:
            query = {"$and": [filter_query(store_id, wanted), place]}
            products += _read(query, wanted, index, limit=limit - len(products))
    return products


def position_of(product: Product, sort: ProductSort) -> Position:
    return Position(getattr(product, SORT_FIELDS[sort][0]), product.id)


def keyword_of(filters: Filters, wanted: ProductFilter) -> Keyword | None:
    if wanted.keyword is None:
        return None
    keyword = Keyword.of(wanted.keyword, filters.scope)
    return replace(keyword, code=wanted.keyword.strip()) if wanted.by_code else keyword


def _places_after(sort: ProductSort, position: Position) -> Sequence[Condition]:
    name, direction = SORT_FIELDS[sort]
    equals = {name: position.value, "_id": {"$lt": position.product_id}}
    return equals, {name: {"$gt" if direction > 0 else "$lt": position.value}}


def _compared(store_id: ObjectId, filters: Filters, wanted: ProductFilter) -> ComparedList:
    return ComparedList.of(store_id, wanted, filters, keyword_of(filters, wanted))


def _read(query: Condition, wanted: ProductFilter, index: Index, *, limit: int, skip: int = 0) -> list[Product]:
    order = [SORT_FIELDS[wanted.sort], ("_id", -1)]
    found = Product.collection().find(query, projection=LIST_FIELDS, hint=list(index)).sort(order)
    return [Product._from_son(raw) for raw in found.skip(skip).limit(limit).max_time_ms(MAX_TIME_MS)]


def _index_of(filters: Filters, wanted: ProductFilter) -> Index | None:
    """Returns the index that has the whole list in its order, None if there is none.

    See `find_page`: what follows deep in a list is not to be looked for in every index.
    """
    is_by_price = wanted.sort in (ProductSort.PRICE, ProductSort.PRICE_DESC)
    if wanted.keyword or wanted.specs or (wanted.is_priced and not is_by_price):
        return None
    if not filters.filed:
        return sort_index(wanted.sort)
    (filed, *others) = filters.filed
    if others or wanted.sort is not ProductSort.NEWEST or wanted.in_stock is not None:
        return None
    return filed.index


__all__ = [
    "Position",
    "ProductFilter",
    "ProductSort",
    "filter_query",
    "filters_of",
    "keyword_of",
    "page_of_products",
    "position_of",
    "products_after",
]
