"""The category and the brand that a product is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category
from src.models.products import Product
from src.models.transaction import Session
from src.services.catalogue.shown_labels import shown_by_brand, shown_by_category
from src.services.categories.choosing import CategoryMade, category_by_id, category_named
from src.utils.errors import NotFound

Values = dict[str, Any]
_GIVEN = ("category", "category_id", "brand_id")
_NO_CATEGORY: Values = {"category_id": None, "category_path": [], "category": "", "category_hidden": None}
_NO_BRAND: Values = {"brand_id": None, "brand": "", "brand_hidden": None}


@dataclass(frozen=True)
class Labelling:
    """Writes what a product stores of its category and its brand, in the transaction of the product.

    `made` is told of a category that comes with it.
    """

    store_id: ObjectId
    now: datetime
    session: Session
    made: CategoryMade

    def of(self, values: Values, current: Product | None) -> Values:
        """Returns `values` with what is stored for a `category_id`, the name of a `category`, or a `brand_id`.

        What the product has already is left out. Categories and brands that come new are held by the transaction.

        Raises:
            NotFound: the store has no such category or brand. CategoryTreeConflict.
        """
        labels: Values = {}
        if "category_id" in values:
            labels |= self._by_id(values["category_id"], current)
        elif "category" in values:
            labels |= self._by_name(values["category"], current)
        if "brand_id" in values:
            labels |= self._of_brand(values["brand_id"], current)
        return {name: value for name, value in values.items() if name not in _GIVEN} | labels

    def _by_id(self, category_id: ObjectId | None, current: Product | None) -> Values:
        if category_id is None:
            return _NO_CATEGORY
        if current is not None and current.category_id == category_id:
            return {}
        return self._in(category_by_id(self.store_id, category_id, session=self.session))

    def _by_name(self, name: str, current: Product | None) -> Values:
        if not name:
            return _NO_CATEGORY
        if current is not None and current.category == name and current.category_id is not None:
            return {}
        return self._in(category_named(self.store_id, name, now=self.now, session=self.session, made=self.made))

    def _in(self, category: Category) -> Values:
        return {"category_id": category.id, **shown_by_category(category, session=self.session)}

    def _of_brand(self, brand_id: ObjectId | None, current: Product | None) -> Values:
        if brand_id is None:
            return _NO_BRAND
        if current is not None and current.brand_id == brand_id:
            return {}
        brand = Brand.hold(self.store_id, brand_id, session=self.session)
        if brand is None:
            raise NotFound()
        return {"brand_id": brand.id, **shown_by_brand(brand)}
