"""Names that complete what somebody types."""

from __future__ import annotations

from bson import ObjectId

from src.models.product_queries import ProductFilter, filters_of, keyword_of
from src.models.relevance import best_matches

MOST_COMPLETIONS = 10
# Products of one name are common: colours, sizes.
_NAMES_LOOKED_AT = 50


def completions(store_id: ObjectId, typed: str) -> list[str]:
    """Returns names of products on sale that have `typed`, also in pinyin, the most relevant first."""
    wanted = ProductFilter(keyword=typed)
    filters = filters_of(store_id, wanted)
    keyword = keyword_of(filters, wanted)
    assert keyword is not None, "something is typed"
    found = best_matches(filters, keyword, _NAMES_LOOKED_AT, fields=["name"], by_name_only=True)
    return list(dict.fromkeys(str(raw["name"]) for raw in found))[:MOST_COMPLETIONS]
