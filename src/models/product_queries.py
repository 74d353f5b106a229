"""Lists of products: filters, sorts and pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bson import ObjectId

from src.models.products import Product, ProductStatus
from src.utils.pages import Page, PageRequest
from src.utils.search_tokens import normalise, query_tokens

_LIST_FIELDS = {"search_tokens": False, "search_text": False, "description": False}


class ProductSort(StrEnum):
    NEWEST = "newest"
    SALES = "sales"
    PRICE = "price"
    PRICE_DESC = "-price"


_SORT_KEYS: dict[ProductSort, list[tuple[str, int]]] = {
    ProductSort.NEWEST: [("created_at", -1), ("_id", -1)],
    ProductSort.SALES: [("sales", -1), ("_id", -1)],
    ProductSort.PRICE: [("price", 1), ("_id", -1)],
    ProductSort.PRICE_DESC: [("price", -1), ("_id", -1)],
}


@dataclass(frozen=True)
class ProductFilter:
    """Which products, in which order. Prices in fen, both ends included."""

    category: str | None = None
    keyword: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    statuses: tuple[ProductStatus, ...] = (ProductStatus.ON_SALE,)
    sort: ProductSort = ProductSort.NEWEST


def page_of_products(store_id: ObjectId, wanted: ProductFilter, page: PageRequest) -> Page[Product]:
    """Returns one page without descriptions."""
    return Product.find_page(query_of(store_id, wanted), _SORT_KEYS[wanted.sort], page, projection=_LIST_FIELDS)


def query_of(store_id: ObjectId, wanted: ProductFilter) -> dict[str, Any]:
    """Returns the MongoDB query of a filter."""
    statuses = [status.value for status in wanted.statuses]
    query: dict[str, Any] = {
        "store_id": store_id,
        "status": statuses[0] if len(statuses) == 1 else {"$in": statuses},
    }
    if wanted.category is not None:
        query["category"] = wanted.category
    if wanted.in_stock is not None:
        query["in_stock"] = wanted.in_stock
    prices = {"$gte": wanted.min_price, "$lte": wanted.max_price}
    if bounds := {operator: price for operator, price in prices.items() if price is not None}:
        query["price"] = bounds
    if wanted.keyword is not None:
        query.update(_contains(wanted.keyword))
    return query


def _contains(keyword: str) -> dict[str, Any]:
    # The tokens find candidates through the index; three or more characters need the text itself,
    # because all bigrams of a keyword may occur in a name without standing next to each other.
    folded = normalise(keyword)
    condition: dict[str, Any] = {"search_tokens": {"$all": query_tokens(keyword)}}
    if len(folded) > 2:
        condition["search_text"] = {"$regex": re.escape(folded)}
    return condition
