"""How many products of a list have which category, brand, tag, spec, price, and are in stock."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from src.models.compared_lists import ComparedList
from src.models.indexed_parts import MOST_READ, IndexedPart, Pipeline
from src.models.product_filters import ProductFilter, ProductSort, filters_of, sort_index, stock_condition
from src.models.product_queries import keyword_of

# Of each facet so many values are told, the most frequent ones.
MOST_VALUES = 50
# Fen: where each range of prices begins; the last one has no end.
PRICE_STEPS = (0, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
_ENDLESS = 2**53
_LABELS = ("category_id", "category", "category_hidden", "brand_id", "brand", "brand_hidden")
_COUNTED_FIELDS = (*_LABELS, "tags", "price", "in_stock", "skus.specs", "skus.retired")

Raw = dict[str, Any]


def facets_of(store_id: ObjectId, wanted: ProductFilter) -> Raw:
    """Returns `categories`, `brands`, `tags`, `specs`, `prices` and `stock` as lists of `{"_id", "count"}`.

    Of what fits the rarest filter `MOST_READ` products are looked at, in the order of its index: the newest, with a
    keyword or a spec the best sold, with a price the cheapest. `counted` is how many of these are in the list, and
    `is_complete` whether the list has no others.

    Raises:
        pymongo.errors.ExecutionTimeout: it took longer than any read may.
    """
    reader, stages, is_whole = _looked_at(store_id, wanted)
    (facets,) = reader.read([*stages, {"$project": dict.fromkeys(_COUNTED_FIELDS, 1)}, {"$facet": _FACETS}])
    counted = sum(row["count"] for row in facets["stock"])
    return {**facets, "counted": counted, "is_complete": is_whole and counted < MOST_READ}


def _looked_at(store_id: ObjectId, wanted: ProductFilter) -> tuple[IndexedPart, Pipeline, bool]:
    """Returns the stages that yield the products, what reads them, and whether these are all of the list."""
    filters = filters_of(store_id, wanted)
    keyword = keyword_of(filters, wanted)
    if keyword is None and not filters.parts:
        everything = IndexedPart({"in_stock": stock_condition(wanted)}, sort_index(ProductSort.NEWEST))
        return everything, everything.stages(filters.scope, (), most=MOST_READ), True
    compared = ComparedList.of(store_id, wanted, filters, keyword)
    source = compared.source
    if len(source.parts) == 1:
        (part,) = source.parts
        return part, part.stages(filters.scope, compared.rest, most=MOST_READ), source.is_whole
    ids = [row["_id"] for row in source.rows(filters.scope, compared.rest, {"_id": 1})]
    return IndexedPart({}, (("_id", 1),)), [{"$match": {"_id": {"$in": ids}}}], source.is_whole


def _counted(by: Any, *before: Raw) -> list[Raw]:
    most_first: list[Raw] = [{"$sort": {"count": -1, "_id": 1}}, {"$limit": MOST_VALUES}]
    return [*before, {"$group": {"_id": by, "count": {"$sum": 1}}}, *most_first]


_CATEGORY = {"id": {"$ifNull": ["$category_id", None]}, "name": "$category"}
_BRAND = {"id": "$brand_id", "name": {"$ifNull": ["$brand", ""]}}
_IN_A_CATEGORY = {"$match": {"category": {"$ne": ""}, "category_hidden": {"$ne": True}}}
_OF_A_BRAND = {"$match": {"brand_id": {"$ne": None}, "brand_hidden": {"$ne": True}}}
_SPECS: list[Raw] = [
    {"$unwind": "$skus"},
    {"$match": {"skus.retired": False}},
    {"$project": {"pair": {"$objectToArray": "$skus.specs"}}},
    {"$unwind": "$pair"},
    # Of a product each once, however many of its SKUs have it.
    {"$group": {"_id": {"product": "$_id", "name": "$pair.k", "value": "$pair.v"}}},
]
_PRICES = {"$bucket": {"groupBy": "$price", "boundaries": [*PRICE_STEPS, _ENDLESS], "output": {"count": {"$sum": 1}}}}
_FACETS = {
    "categories": _counted(_CATEGORY, _IN_A_CATEGORY),
    "brands": _counted(_BRAND, _OF_A_BRAND),
    "tags": _counted("$tags", {"$unwind": "$tags"}),
    "specs": _counted({"name": "$_id.name", "value": "$_id.value"}, *_SPECS),
    "prices": [_PRICES],
    "stock": _counted("$in_stock"),
}
