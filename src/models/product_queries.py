"""Lists of products: filters, sorts, pages, and what follows a product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS
from src.models.keywords import Keyword
from src.models.products import LIST_FIELDS, Product, ProductStatus
from src.utils.pages import MAX_DEPTH, Page, PageRequest
from src.utils.search_tokens import spec_token

Query = dict[str, Any]


class ProductSort(StrEnum):
    NEWEST = "newest"
    SALES = "sales"
    PRICE = "price"
    PRICE_DESC = "-price"
    RELEVANCE = "relevance"


_SORT_FIELDS: dict[ProductSort, tuple[str, int]] = {
    ProductSort.NEWEST: ("created_at", -1),
    ProductSort.SALES: ("sales", -1),
    ProductSort.PRICE: ("price", 1),
    ProductSort.PRICE_DESC: ("price", -1),
}


@dataclass(frozen=True)
class ProductFilter:
    """Which products, in which order. Prices in fen, both ends included. Of one SKU all `specs` are true.

    `category` is one whose descendants count as well, or several; of a text, the exact name of a product's own.
    """

    category: ObjectId | tuple[ObjectId, ...] | str | None = None
    keyword: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    statuses: tuple[ProductStatus, ...] = (ProductStatus.ON_SALE,)
    sort: ProductSort = ProductSort.NEWEST
    brand: ObjectId | None = None
    tag: str | None = None
    specs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Position:
    """Where in a sorted list a product stands."""

    value: int | datetime
    product_id: ObjectId


def page_of_products(store_id: ObjectId, wanted: ProductFilter, page: PageRequest) -> Page[Product]:
    """Returns one page of a sorted list, without descriptions. At most `MAX_DEPTH` are counted: pages end there."""
    query = query_of(store_id, wanted)
    products = _read(query, wanted.sort, skip=page.skip, limit=page.size)
    total = page.total_if_last(len(products))
    if total is None:
        total = Product.collection().count_documents(query, limit=MAX_DEPTH, maxTimeMS=MAX_TIME_MS)
    return Page(products, total, page)


def products_after(store_id: ObjectId, wanted: ProductFilter, position: Position, limit: int) -> list[Product]:
    """Returns the products that follow the position, which may be as deep in the list as it likes."""
    query, (name, direction) = query_of(store_id, wanted), _SORT_FIELDS[wanted.sort]
    beyond = {"$gt": position.value} if direction > 0 else {"$lt": position.value}
    equals = {"$and": [query, {name: position.value, "_id": {"$lt": position.product_id}}]}
    products = _read(equals, wanted.sort, limit=limit)
    if len(products) < limit:
        products += _read({"$and": [query, {name: beyond}]}, wanted.sort, limit=limit - len(products))
    return products


def position_of(product: Product, sort: ProductSort) -> Position:
    return Position(getattr(product, _SORT_FIELDS[sort][0]), product.id)


def query_of(store_id: ObjectId, wanted: ProductFilter) -> Query:
    """Returns the MongoDB query of a filter with its keyword."""
    query = filter_query(store_id, wanted)
    if keyword := keyword_of(store_id, wanted):
        query["$or"] = keyword.conditions
    return query


def keyword_of(store_id: ObjectId, wanted: ProductFilter) -> Keyword | None:
    if wanted.keyword is None:
        return None
    return Keyword.of(wanted.keyword, store_id=store_id, statuses=[status.value for status in wanted.statuses])


def filter_query(store_id: ObjectId, wanted: ProductFilter) -> Query:
    """Returns the MongoDB query of a filter but for its keyword."""
    statuses = [status.value for status in wanted.statuses]
    query: Query = {"store_id": store_id, "status": statuses[0] if len(statuses) == 1 else {"$in": statuses}}
    exact = {"brand_id": wanted.brand, "tags": wanted.tag, "in_stock": wanted.in_stock}
    query |= {name: value for name, value in exact.items() if value is not None}
    prices = {"$gte": wanted.min_price, "$lte": wanted.max_price}
    if bounds := {operator: price for operator, price in prices.items() if price is not None}:
        query["price"] = bounds
    return query | _of_category(wanted.category) | _with_specs(wanted.specs)


def _of_category(category: ObjectId | tuple[ObjectId, ...] | str | None) -> Query:
    if category is None:
        return {}
    if isinstance(category, tuple):
        return {"category_path": {"$in": list(category)}}
    return {"category_path" if isinstance(category, ObjectId) else "category": category}


def _with_specs(specs: Sequence[tuple[str, str]]) -> Query:
    if not specs:
        return {}
    query: Query = {"search_tokens": {"$all": [spec_token(name, value) for name, value in specs]}}
    if len(specs) > 1:
        # The tokens find products that have all values, the SKUs tell whether one of them has them together.
        query["skus"] = {"$elemMatch": {"retired": False, **{f"specs.{name}": value for name, value in specs}}}
    return query


def _read(query: Query, sort: ProductSort, *, limit: int, skip: int = 0) -> list[Product]:
    order = [_SORT_FIELDS[sort], ("_id", -1)]
    found = Product.collection().find(query, projection=LIST_FIELDS).sort(order).skip(skip).limit(limit)
    return [Product._from_son(raw) for raw in found.max_time_ms(MAX_TIME_MS)]
