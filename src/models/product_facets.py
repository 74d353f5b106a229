"""How many products of a list have which category, brand, tag, price, and are in stock."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS
from src.models.product_queries import ProductFilter, filter_query, keyword_of
from src.models.products import Product

# So many products are counted; of each facet so many values are told, the most frequent ones.
MOST_COUNTED = 5_000
MOST_VALUES = 50
# Fen: where each range of prices begins; the last one has no end.
PRICE_STEPS = (0, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
_ENDLESS = 2**53
_LABELS = ("category_id", "category", "category_hidden", "brand_id", "brand", "brand_hidden")
_COUNTED_FIELDS = (*_LABELS, "tags", "price", "in_stock")

Raw = dict[str, Any]


def facets_of(store_id: ObjectId, wanted: ProductFilter) -> Raw:
    """Returns `categories`, `brands`, `tags`, `prices` and `stock` as lists of `{"_id", "count"}`, and `counted`.

    Raises:
        pymongo.errors.ExecutionTimeout: it took longer than any read may.
    """
    filters, keyword = filter_query(store_id, wanted), keyword_of(store_id, wanted)
    pipeline: list[Raw] = [
        {"$match": keyword.query(filters) if keyword else filters},
        {"$limit": MOST_COUNTED},
        {"$project": dict.fromkeys(_COUNTED_FIELDS, 1)},
        {"$facet": _FACETS},
    ]
    (facets,) = Product.collection().aggregate(pipeline, maxTimeMS=MAX_TIME_MS)
    return {**facets, "counted": sum(row["count"] for row in facets["stock"])}


def _counted(by: Any, *before: Raw) -> list[Raw]:
    most_first: list[Raw] = [{"$sort": {"count": -1, "_id": 1}}, {"$limit": MOST_VALUES}]
    return [*before, {"$group": {"_id": by, "count": {"$sum": 1}}}, *most_first]


_CATEGORY = {"id": {"$ifNull": ["$category_id", None]}, "name": "$category"}
_BRAND = {"id": "$brand_id", "name": {"$ifNull": ["$brand", ""]}}
_IN_A_CATEGORY = {"$match": {"category": {"$ne": ""}, "category_hidden": {"$ne": True}}}
_OF_A_BRAND = {"$match": {"brand_id": {"$ne": None}, "brand_hidden": {"$ne": True}}}
_PRICES = {"$bucket": {"groupBy": "$price", "boundaries": [*PRICE_STEPS, _ENDLESS], "output": {"count": {"$sum": 1}}}}
_FACETS = {
    "categories": _counted(_CATEGORY, _IN_A_CATEGORY),
    "brands": _counted(_BRAND, _OF_A_BRAND),
    "tags": _counted("$tags", {"$unwind": "$tags"}),
    "prices": [_PRICES],
    "stock": _counted("$in_stock"),
}
