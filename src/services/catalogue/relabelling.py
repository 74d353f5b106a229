"""Bringing products in line with their category and their brand, by jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category
from src.models.jobs import NewJob
from src.models.product_labels import (
    Query,
    batches_of_ids,
    count_of,
    out_of_line_with_brand,
    out_of_line_with_category,
    products_among,
    relabel,
)
from src.models.products import Product
from src.models.transaction import Session, Transactions
from src.services.catalogue.product_search import search_fields_of
from src.services.catalogue.shown_labels import shown_by_brand, shown_by_category
from src.services.jobs.contracts import Handler, JobRun
from src.utils.clock import Clock

CATEGORY_KIND = "category.realign"
BRAND_KIND = "brand.relabel"
_BATCH = 100
_SEEN = ("category", "category_hidden", "brand", "brand_hidden")

# What a product is to show, held for the transaction; None if it is there no more.
Labels = Callable[[Session], tuple[Query, dict[str, Any]] | None]


def realigning(category: Category, change: int) -> NewJob:
    """Returns the job that follows the change with that number."""
    key = f"{CATEGORY_KIND}:{category.id}:{change}"
    return NewJob(CATEGORY_KIND, key, category.store_id, {"categoryId": str(category.id)})


def relabelling(brand: Brand) -> NewJob:
    """Returns the job that follows a change of the held brand."""
    key = f"{BRAND_KIND}:{brand.id}:{brand.holds}"
    return NewJob(BRAND_KIND, key, brand.store_id, {"brandId": str(brand.id)})


class Relabelling:
    """Corrects products in batches.

    Each batch holds the category or the brand: a change of it comes wholly before the batch, which then applies it,
    or wholly after, and has a job of its own. Products saved meanwhile hold it as well.
    """

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    @property
    def handlers(self) -> list[Handler]:
        return [Handler(CATEGORY_KIND, self.realign), Handler(BRAND_KIND, self.relabel)]

    def realign(self, run: JobRun) -> dict[str, Any]:
        """Handles the job of a category: its products, and those of all below it, get its name and their path."""
        store_id, category_id = run.job.store_id, ObjectId(run.job.payload["categoryId"])
        ids = [category_id, *(below.id for below in Category.list_below(store_id, category_id))]
        labels = [_labels_of_category(store_id, one) for one in ids]
        return self._correct_all(run, labels)

    def relabel(self, run: JobRun) -> dict[str, Any]:
        """Handles the job of a brand: its products get its name, or keep it to themselves while it is hidden."""
        return self._correct_all(run, [_labels_of_brand(run.job.store_id, ObjectId(run.job.payload["brandId"]))])

    def _correct_all(self, run: JobRun, labels: list[Labels]) -> dict[str, Any]:
        corrected = 0
        for one in labels:
            # What changes its place in the index meanwhile may be passed over.
            while batches := self._batches(one, run, corrected):
                for batch in batches:
                    corrected += self._correct(one, batch)
                    run.progress(corrected)
        return {"corrected": corrected}

    def _batches(self, labels: Labels, run: JobRun, corrected: int) -> list[list[ObjectId]]:
        held = self._transactions.run(labels)
        if held is None:
            return []
        run.progress(corrected, corrected + count_of(held[0]))
        return list(batches_of_ids(held[0], _BATCH))

    def _correct(self, labels: Labels, product_ids: list[ObjectId]) -> int:
        now = self._clock.now()

        def work(session: Session) -> int:
            held = labels(session)
            if held is None:
                return 0
            query, values = held
            products = products_among(query, product_ids, session=session)
            relabel([_corrected(product, {**values, "updated_at": now}) for product in products], session=session)
            return len(products)

        return self._transactions.run(work)


def _labels_of_category(store_id: ObjectId, category_id: ObjectId) -> Labels:
    def held(session: Session) -> tuple[Query, dict[str, Any]] | None:
        category = Category.hold(store_id, category_id, session=session)
        if category is None:
            return None
        shown = shown_by_category(category, session=session)
        return out_of_line_with_category(category, shown), shown

    return held


def _labels_of_brand(store_id: ObjectId, brand_id: ObjectId) -> Labels:
    def held(session: Session) -> tuple[Query, dict[str, Any]] | None:
        brand = Brand.hold(store_id, brand_id, session=session)
        if brand is None:
            return None
        shown = shown_by_brand(brand)
        return out_of_line_with_brand(brand, shown), shown

    return held


def _corrected(product: Product, values: dict[str, Any]) -> tuple[Product, Query, bool]:
    """A new path alone is nothing that anybody sees; a new name is, or one that is hidden."""
    labels: dict[str, Any] = {name: values[name] for name in _SEEN if name in values}
    if all(getattr(product, name) == value for name, value in labels.items()):
        return product, {"category_path": values["category_path"]}, False
    return product, {**values, **search_fields_of(product, labels)}, True
