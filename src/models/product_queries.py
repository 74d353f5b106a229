"""Lists of products: filters, sorts, pages, and what follows a product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

    `category` is one whose descendants count as well, or several; of a text, the exact name of a product's own. With
    `by_code` a keyword may be the code or the barcode of a SKU.
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
    by_code: bool = False


@dataclass(frozen=True)
class Position:
    """Where in a sorted list a product stands."""

    value: int | datetime
    product_id: ObjectId


def page_of_products(store_id: ObjectId, wanted: ProductFilter, page: PageRequest) -> Page[Product]:
    """Returns one page of a sorted list, without descriptions. At most `MAX_DEPTH` are counted: pages end there."""
    query = query_of(store_id, wanted)
    products = _read(query, wanted, skip=page.skip, limit=page.size)
    total = page.total_if_last(len(products))
    if total is None:
        total = Product.collection().count_documents(query, limit=MAX_DEPTH, maxTimeMS=MAX_TIME_MS)
    return Page(products, total, page)


def products_after(store_id: ObjectId, wanted: ProductFilter, position: Position, limit: int) -> list[Product]:
    """Returns the products that follow the position, which may be as deep in the list as it likes."""
    query, (name, direction) = query_of(store_id, wanted), _SORT_FIELDS[wanted.sort]
    beyond = {"$gt": position.value} if direction > 0 else {"$lt": position.value}
    equals = {"$and": [query, {name: position.value, "_id": {"$lt": position.product_id}}]}
    products = _read(equals, wanted, limit=limit)
    if len(products) < limit:
        products += _read({"$and": [query, {name: beyond}]}, wanted, limit=limit - len(products))
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
    statuses = [status.value for status in wanted.statuses]
    keyword = Keyword.of(wanted.keyword, store_id=store_id, statuses=statuses)
    return replace(keyword, code=wanted.keyword.strip()) if wanted.by_code else keyword


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


def _read(query: Query, wanted: ProductFilter, *, limit: int, skip: int = 0) -> list[Product]:
    order = [_SORT_FIELDS[wanted.sort], ("_id", -1)]
    found = Product.collection().find(query, projection=LIST_FIELDS, hint=_index_of(wanted)).sort(order)
    return [Product._from_son(raw) for raw in found.skip(skip).limit(limit).max_time_ms(MAX_TIME_MS)]


def _index_of(wanted: ProductFilter) -> list[tuple[str, int]] | None:
    """Returns the index that has the list in its order; None where filters and order make it worth comparing some.

    See `find_page`: what follows deep in a list is not to be looked for in every index.
    """
    by = [name for name, given in _narrowing(wanted).items() if given]
    sort = _SORT_FIELDS[wanted.sort]
    is_priced = wanted.min_price is not None or wanted.max_price is not None
    if wanted.keyword or wanted.specs or len(by) > 1 or (is_priced and sort[0] != "price"):
        return None
    if by and (wanted.sort is not ProductSort.NEWEST or isinstance(wanted.category, str)):
        return None
    covered = [("in_stock", 1)] if sort[0] == "price" else [("price", 1), ("in_stock", 1)]
    return [*((name, 1) for name in ("store_id", "status", *by)), sort, ("_id", -1), *covered]


def _narrowing(wanted: ProductFilter) -> dict[str, bool]:
    """Returns the fields that have an index with the newest first, and whether the filter looks at them."""
    category = wanted.category is not None
    return {"category_path": category, "brand_id": wanted.brand is not None, "tags": wanted.tag is not None}
