"""Giving products of an earlier release what this one finds and files them by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from bson import ObjectId

from src.models.older_products import Raw, complete, file_under, stored_products_after
from src.models.products import Product, ProductStatus
from src.models.transaction import Session, Transactions
from src.services.catalogue.product_search import search_fields_of
from src.services.categories.choosing import category_named
from src.utils.clock import Clock
from src.utils.errors import CategoryTreeConflict
from src.utils.picture_addresses import pictures_in

log = structlog.get_logger(__name__)

_AT_ONCE = 200
# Is told how many products have been looked at.
Progress = Callable[[int], object]


class ProductUpgrade:
    """Looks at every product of every store, a few at a time. What is as it should be stays; it may be repeated.

    Nothing that anybody sees changes, so a product's version does not either. One that is edited meanwhile is left
    to the edit, which must be of this release.
    """

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def file_under_categories(self, progress: Progress) -> int:
        """Files products that only name a category under one of that name, a new one if need be; returns how many.

        Where a store has as many categories as it may, they stay as they are.
        """
        return _each_batch(self._file, progress)

    def make_findable(self, progress: Progress) -> int:
        """Stores anew what products are found by where it is not as this release has it; returns of how many."""
        return _each_batch(_complete, progress)

    def _file(self, rows: Sequence[Raw]) -> int:
        named: dict[tuple[ObjectId, str], list[ObjectId]] = defaultdict(list)
        for raw in rows:
            if raw.get("category") and raw.get("category_id") is None and raw["status"] != ProductStatus.DELETED.value:
                named[raw["store_id"], raw["category"]].append(raw["_id"])
        return sum(self._file_under(store_id, name, ids) for (store_id, name), ids in named.items())

    def _file_under(self, store_id: ObjectId, name: str, product_ids: Sequence[ObjectId]) -> int:
        def work(session: Session) -> int:
            category = category_named(store_id, name, now=self._clock.now(), session=session)
            return file_under(category, product_ids, session=session)

        try:
            return self._transactions.run(work)
        except CategoryTreeConflict:
            log.warning("products_not_filed", store_id=str(store_id), category=name, products=len(product_ids))
            return 0


def _each_batch(work: Callable[[Sequence[Raw]], int], progress: Progress) -> int:
    changed, seen = 0, 0
    rows = stored_products_after(None, limit=_AT_ONCE)
    while rows:
        changed += work(rows)
        seen += len(rows)
        progress(seen)
        rows = stored_products_after(rows[-1]["_id"], limit=_AT_ONCE)
    return changed


def _complete(rows: Sequence[Raw]) -> int:
    return complete([(raw, values) for raw in rows if (values := _to_be_set(raw))])


def _to_be_set(raw: Raw) -> dict[str, Any]:
    """Returns what the product's fields should be and are not. Its popularity follows by itself."""
    product = Product._from_son(raw)
    wanted = {
        **search_fields_of(product, {}),
        "description_pictures": pictures_in(product.description),
        "version": product.version,
    }
    differing = {name: value for name, value in wanted.items() if raw.get(name) != value}
    return differing or ({"version": product.version} if "popularity" not in raw else {})
