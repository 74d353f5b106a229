"""The products that a text means, where staff look for something of theirs."""

from __future__ import annotations

from bson import ObjectId

from src.models.product_queries import ProductFilter, filters_of, keyword_of
from src.models.products import ProductStatus
from src.models.relevance import best_matches


def matching_products(
    store_id: ObjectId, text: str, *, statuses: tuple[ProductStatus, ...], limit: int
) -> list[ObjectId]:
    """Returns the ids of the `limit` products that fit the text best, those first; codes of SKUs count as well."""
    wanted = ProductFilter(keyword=text, statuses=statuses, by_code=True)
    filters = filters_of(store_id, wanted)
    keyword = keyword_of(filters, wanted)
    assert keyword is not None, "a text was given"
    return [raw["_id"] for raw in best_matches(filters, keyword, limit)]
