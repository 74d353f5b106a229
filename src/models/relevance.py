"""The products that fit a keyword best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from src.models.documents import MAX_TIME_MS
from src.models.keywords import Condition, Keyword
from src.models.products import LIST_FIELDS, Product

# As deep as people look: a list by relevance ends here, and no more are counted.
MOST_RELEVANT = 1_000
# Pinyin and descriptions are indexed without sales: so many that fit are compared, the best sold of them come first.
MOST_COMPARED = 2_000
_TOKENS = [("store_id", 1), ("status", 1), ("search_tokens", 1), ("popularity", 1)]
_BEST_SOLD = {"$sort": {"popularity": -1}}
_NEWEST_OF_EQUALS = {"$sort": {"popularity": -1, "_id": -1}}

Pipeline = list[dict[str, Any]]


def best_matches(
    query: Condition, keyword: Keyword, limit: int, *, fields: Sequence[str] = (), by_name_only: bool = False
) -> list[dict[str, Any]]:
    """Returns up to `limit` products of `query` that fit the keyword, with their `_id` and these fields.

    First what has it as a code, where codes are looked for, then the one of that name, then names that begin with it,
    names that have it, then what has it in pinyin, in brand, tag or category, and in the description. Among equals the
    popular ones come first, then the newest.

    Each group is read through the index in that order and no further than `limit`, so the work depends on what is
    returned, not on how many products fit.
    """
    project = {"$project": dict.fromkeys(["_id", *fields], 1)}
    named = [_best_sold(query, condition, limit) for condition in _by_name(keyword)]
    found = _distinct(_union(named, project), limit)
    if len(found) < limit and (others := _otherwise(query, keyword, limit, by_name_only=by_name_only)):
        found = _distinct([*found, *_union(others, project)], limit)
    return found


def count_matches(query: Condition, keyword: Keyword) -> int:
    """Returns how many products of `query` fit the keyword, at most `MOST_RELEVANT`."""
    options: dict[str, Any] = {}
    if len(keyword.conditions) == 1 and set(query) == {"store_id", "status"}:
        # The entries of the index are all there is to count. Left alone, the planner may prefer to read documents.
        options["hint"] = _TOKENS
    return Product.collection().count_documents(
        keyword.query(query), limit=MOST_RELEVANT, maxTimeMS=MAX_TIME_MS, **options
    )


def products_in_order(store_id: ObjectId, product_ids: Sequence[ObjectId]) -> list[Product]:
    """Returns these products without descriptions; one that has gone meanwhile is missing."""
    query = {"_id": {"$in": list(product_ids)}, "store_id": store_id}
    by_id = {raw["_id"]: raw for raw in Product.collection().find(query, projection=LIST_FIELDS)}
    return [Product._from_son(by_id[product_id]) for product_id in product_ids if product_id in by_id]


def _by_name(keyword: Keyword) -> list[Condition]:
    by_code = [keyword.is_code] if keyword.is_code else []
    return [*by_code, keyword.is_name, keyword.begins_name, keyword.in_name]


def _otherwise(query: Condition, keyword: Keyword, limit: int, *, by_name_only: bool) -> list[Pipeline]:
    pipelines = []
    if keyword.in_pinyin is not None:
        pipelines.append(_best_sold_of_some(query, keyword.in_pinyin, limit))
    if by_name_only:
        return pipelines
    pipelines.append(_best_sold(query, keyword.in_label, limit))
    if keyword.in_description is not None:
        pipelines.append(_best_sold_of_some(query, keyword.in_description, limit))
    return pipelines


def _best_sold(query: Condition, condition: Condition, limit: int) -> Pipeline:
    return [{"$match": {"$and": [query, condition]}}, _BEST_SOLD, {"$limit": limit}]


def _best_sold_of_some(query: Condition, condition: Condition, limit: int) -> Pipeline:
    return [{"$match": {"$and": [query, condition]}}, {"$limit": MOST_COMPARED}, _NEWEST_OF_EQUALS, {"$limit": limit}]


def _union(pipelines: Sequence[Pipeline], project: dict[str, Any]) -> list[dict[str, Any]]:
    first, *others = ([*pipeline, project] for pipeline in pipelines)
    unions = [{"$unionWith": {"coll": Product.collection().name, "pipeline": other}} for other in others]
    return list(Product.collection().aggregate([*first, *unions], maxTimeMS=MAX_TIME_MS))


def _distinct(found: Sequence[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    by_id = {raw["_id"]: raw for raw in reversed(found)}
    ranked = dict.fromkeys(raw["_id"] for raw in found)
    return [by_id[product_id] for product_id in ranked][:limit]
