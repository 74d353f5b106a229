"""The products that fit a keyword best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from src.models.indexed_parts import TOKENS, Condition, IndexedPart, Pipeline
from src.models.keywords import Keyword
from src.models.product_filters import Filters
from src.models.products import LIST_FIELDS, Product

# As deep as people look: a list by relevance ends here, and no more are counted.
MOST_RELEVANT = 1_000
# Of each group of what fits so many are compared with what else is wanted, of names and labels the best sold ones.
MOST_COMPARED = 2_000
_NEWEST_OF_EQUALS = {"$sort": {"popularity": -1, "_id": -1}}

Raw = dict[str, Any]


def best_matches(
    filters: Filters, keyword: Keyword, limit: int, *, fields: Sequence[str] = (), by_name_only: bool = False
) -> list[Raw]:
    """Returns up to `limit` products that fit the filters and the keyword, with their `_id` and these fields.

    First what has it as a code, where codes are looked for, then the one of that name, then names that begin with it,
    names that have it, then what has it in pinyin, in brand, tag or category, and in the description; of several
    words, last what has them apart. Among equals the popular ones come first, then the newest.

    Where few products fit one of the filters, these are read and ranked. Otherwise each group is read through its
    index and no further than `limit`, where documents must be compared no further than `MOST_COMPARED`: what sells
    less than those may be missing.
    """
    groups, project = _groups(keyword, by_name_only=by_name_only), {"$project": dict.fromkeys(["_id", *fields], 1)}
    rare = _rare_filter(filters, keyword)
    if rare is not None:
        return _ranked(filters, rare, groups, [{"$limit": limit}, project])[:limit]
    found: dict[ObjectId, Raw] = {}
    for group in groups:
        rows = group.read([*_in_order(filters, group, limit), {"$limit": limit}, project])
        found = _with(found, rows)
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def count_matches(scope: Condition, keyword: Keyword) -> int:
    """Returns how many products of a scope are found by the keyword, at most `MOST_RELEVANT`.

    Of what only the documents can tell, `MOST_COMPARED` are compared for each way to be found.
    """
    counts = [way.entries(scope, MOST_RELEVANT) for way in keyword.ways if not way.checked]
    if counts and (len(keyword.ways) == 1 or max(counts) == MOST_RELEVANT):
        return max(counts)
    found: set[ObjectId] = set()
    for way in keyword.ways:
        stages = way.stages(scope, (), most=MOST_COMPARED)
        found |= {row["_id"] for row in way.read([*stages, {"$limit": MOST_RELEVANT}, {"$project": {"_id": 1}}])}
    return min(len(found), MOST_RELEVANT)


def products_in_order(store_id: ObjectId, product_ids: Sequence[ObjectId]) -> list[Product]:
    """Returns these products without descriptions; one that has gone meanwhile is missing."""
    query = {"_id": {"$in": list(product_ids)}, "store_id": store_id}
    by_id = {raw["_id"]: raw for raw in Product.collection().find(query, projection=LIST_FIELDS)}
    return [Product._from_son(by_id[product_id]) for product_id in product_ids if product_id in by_id]


def _groups(keyword: Keyword, *, by_name_only: bool) -> list[IndexedPart]:
    by_name = [*keyword.by_code, *keyword.by_name, *keyword.by_pinyin]
    if by_name_only:
        return by_name
    return [*by_name, *(keyword.by_words or [*keyword.by_label, *keyword.by_description])]


def _rare_filter(filters: Filters, keyword: Keyword) -> IndexedPart | None:
    """Returns the filter that few products fit, fewer than the keyword does, if there is one."""
    counts = [(part.entries(filters.scope, MOST_COMPARED + 1), part) for part in filters.parts]
    entries, rarest = min(counts, key=lambda counted: counted[0], default=(MOST_COMPARED + 1, None))
    if rarest is None or entries > MOST_COMPARED or keyword.entries(filters.scope) < entries:
        return None
    return rarest


def _in_order(filters: Filters, group: IndexedPart, limit: int) -> Pipeline:
    rest = filters.rest()
    is_sorted = group.index in (TOKENS, None)
    most = limit if is_sorted and not rest and not group.checked else MOST_COMPARED
    stages = group.stages(filters.scope, rest, most=most)
    return stages if is_sorted else [*stages, _NEWEST_OF_EQUALS]


def _ranked(filters: Filters, rare: IndexedPart, groups: Sequence[IndexedPart], ends: Pipeline) -> list[Raw]:
    """Returns the products of the rare filter by groups, read once for all of them."""
    ranks = {str(n): [{"$match": group.condition}, _NEWEST_OF_EQUALS, *ends] for n, group in enumerate(groups)}
    stages = rare.stages(filters.scope, filters.rest(rare), most=MOST_COMPARED)
    (ranked,) = rare.read([*stages, {"$facet": ranks}])
    found: dict[ObjectId, Raw] = {}
    for rank in ranks:
        found = _with(found, ranked[rank])
    return list(found.values())


def _with(found: dict[ObjectId, Raw], others: Sequence[Raw]) -> dict[ObjectId, Raw]:
    """Returns what is found with what is not found yet behind it."""
    return {**found, **{row["_id"]: row for row in others if row["_id"] not in found}}
