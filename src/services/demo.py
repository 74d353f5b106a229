"""A small believable shop to start with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bson import ObjectId

from src.models.product_queries import ProductFilter, page_of_products
from src.models.products import ProductStatus
from src.services.catalogue.product_editing import ProductEditing
from src.services.catalogue.product_inputs import CreateProduct
from src.services.categories.editing import CategoryEditing, NewCategory
from src.utils.pages import PageRequest


@dataclass(frozen=True)
class DemoCategory:
    category: NewCategory
    children: Sequence[DemoCategory] = ()


class Demo:
    """Fills an empty store."""

    def __init__(self, *, category_editing: CategoryEditing, product_editing: ProductEditing) -> None:
        self._category_editing = category_editing
        self._product_editing = product_editing

    def load(self, store_id: ObjectId, categories: Sequence[DemoCategory], products: Sequence[CreateProduct]) -> int:
        """Creates the categories and the products if the store has no product; returns how many were created."""
        if page_of_products(store_id, ProductFilter(statuses=tuple(ProductStatus)), PageRequest(1, 1)).total:
            return 0
        self._grow(store_id, categories, below=None)
        for product in products:
            self._product_editing.add(store_id, product)
        return len(products)

    def _grow(self, store_id: ObjectId, categories: Sequence[DemoCategory], *, below: ObjectId | None) -> None:
        for one in categories:
            grown = self._category_editing.add(store_id, replace(one.category, parent_id=below))
            self._grow(store_id, one.children, below=grown.id)
