"""A small believable shop to start with."""

from __future__ import annotations

from bson import ObjectId

from src.models.product_queries import ProductFilter, page_of_products
from src.models.products import ProductStatus
from src.services.product_editing import CreateProduct, ProductEditing
from src.utils.pages import PageRequest


class Demo:
    """Fills an empty store."""

    def __init__(self, *, product_editing: ProductEditing) -> None:
        self._product_editing = product_editing

    def load(self, store_id: ObjectId, products: list[CreateProduct]) -> int:
        """Creates the products if the store has none; returns how many were created."""
        if page_of_products(store_id, ProductFilter(statuses=tuple(ProductStatus)), PageRequest(1, 1)).total:
            return 0
        for product in products:
            self._product_editing.create(store_id, product, staff_id=None)
        return len(products)
