"""Lists of products, by pages or by cursors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from src.models.indexed_parts import MOST_READ
from src.models.keywords import Keyword
from src.models.product_filters import Filters
from src.models.product_queries import (
    Position,
    ProductFilter,
    ProductSort,
    filters_of,
    keyword_of,
    page_of_products,
    position_of,
    products_after,
)
from src.models.products import Product
from src.models.relevance import MOST_COMPARED, MOST_RELEVANT, best_matches, count_matches, products_in_order
from src.services.search.category_names import with_category_ids
from src.utils.cursors import Cursor, NotACursor
from src.utils.errors import BadRequest
from src.utils.pages import MAX_DEPTH, Page, PageRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class ProductList:
    """One page of products and the cursor of the next one, None after the last."""

    page: Page[Product]
    next_cursor: str | None


def list_products(
    store_id: ObjectId, wanted: ProductFilter, request: PageRequest, *, cursor: str | None = None
) -> ProductList:
    """Returns the asked-for page, or with a cursor the page that follows it.

    Raises:
        BadRequest: the cursor is none of this list, which its filters, its sort and its size make.
    """
    of_list = repr((store_id, wanted, request.size))
    following = None if cursor is None else _parsed(cursor, of_list)
    wanted = with_category_ids(store_id, wanted)
    if following is not None:
        request = PageRequest(following.page, request.size)
    if wanted.sort is ProductSort.RELEVANCE:
        page, following = _by_relevance(store_id, wanted, request, following)
    else:
        page, following = _sorted(store_id, wanted, request, following)
    return ProductList(page, following.text(of_list) if following else None)


def _by_relevance(
    store_id: ObjectId, wanted: ProductFilter, request: PageRequest, at: Cursor | None
) -> tuple[Page[Product], Cursor | None]:
    filters = filters_of(store_id, wanted)
    keyword = keyword_of(filters, wanted)
    assert keyword is not None, "only a keyword makes one product more relevant than another"
    if at is not None and request.skip >= MOST_RELEVANT:
        raise _refusal()
    deepest = min(request.skip + request.size, MOST_RELEVANT)
    # With filters, all that is found is compared anyway.
    found = best_matches(filters, keyword, MOST_RELEVANT if filters.parts else deepest)
    ids = [raw["_id"] for raw in found[request.skip : deepest]]
    total = len(found) if filters.parts else _total(filters, keyword, request, at, len(ids))
    ends = not ids or deepest >= total
    return Page(products_in_order(store_id, ids), total, request), None if ends else Cursor(request.page + 1, total)


def _total(filters: Filters, keyword: Keyword, request: PageRequest, at: Cursor | None, found: int) -> int:
    known = at.total if at else request.total_if_last(found)
    return count_matches(filters.scope, keyword) if known is None else known


def _sorted(
    store_id: ObjectId, wanted: ProductFilter, request: PageRequest, at: Cursor | None
) -> tuple[Page[Product], Cursor | None]:
    if at is None:
        page = page_of_products(store_id, wanted, request)
        # Where counting stopped, more may follow.
        ends = request.skip + len(page.items) >= page.total != MAX_DEPTH
    else:
        products = products_after(store_id, wanted, _position(at, wanted.sort), request.size + 1)
        page = Page(products[: request.size], at.total, request)
        ends = len(products) <= request.size
    if ends or not page.items:
        return page, None
    return page, _cursor_after(page, wanted.sort)


def _cursor_after(page: Page[Product], sort: ProductSort) -> Cursor:
    last = position_of(page.items[-1], sort)
    value = last.value if isinstance(last.value, int) else (last.value - _EPOCH) // _MILLISECOND
    return Cursor(page.request.page + 1, page.total, value, str(last.product_id))


def _position(at: Cursor, sort: ProductSort) -> Position:
    value: int | datetime = at.value
    try:
        if sort is ProductSort.NEWEST:
            value = _EPOCH + at.value * _MILLISECOND
    except OverflowError:
        raise _refusal() from None
    return Position(value, ObjectId(at.last_id))


def _parsed(cursor: str, of_list: str) -> Cursor:
    try:
        return Cursor.parse(cursor, of_list)
    except NotACursor:
        raise _refusal() from None


def _refusal() -> BadRequest:
    return BadRequest.for_field("cursor", "Not a cursor of this list: filters, sort and size must stay the same.")


__all__ = ["MOST_COMPARED", "MOST_READ", "MOST_RELEVANT", "ProductList", "list_products"]
