"""What a store has of the goods that some rows name, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category
from src.models.category_paths import categories_meant
from src.models.products import Product
from src.models.sku_lookups import brand_named, products_with_codes, products_with_skus
from src.models.transaction import Session
from src.services.imports.product_columns import SKU, SKU_ID
from src.services.imports.rows import Row
from src.utils.object_ids import is_object_id


class KnownGoods:
    """The products that have a SKU with one of the rows' ids or codes, the brands and categories that are asked for."""

    def __init__(self, store_id: ObjectId, rows: Sequence[Row], *, session: Session | None) -> None:
        self.store_id = store_id
        self._session = session
        self._by_code = self._found_by_code({row.code(SKU) for row in rows} - {""})
        self._by_id = self._found_by_id({row.code(SKU_ID) for row in rows})
        self._brands: dict[str, Brand | None] = {}
        self._categories: dict[Sequence[str], list[Category]] = {}

    def products(self, values: Sequence[Mapping[str, Any]]) -> list[Product]:
        """Returns the products that have a SKU which the values of some of the rows name."""
        named = [self._by_id.get(of_row.get(SKU_ID, "")) for of_row in values]
        named += [self._by_code.get(of_row.get(SKU, "")) for of_row in values]
        return list({product.id: product for product in named if product is not None}.values())

    def brand(self, name: str) -> Brand | None:
        if name not in self._brands:
            self._brands[name] = brand_named(self.store_id, name, session=self._session)
        return self._brands[name]

    def categories(self, names: Sequence[str]) -> list[Category]:
        """Returns the categories that may be meant by these names, which lead to one."""
        if names not in self._categories:
            self._categories[names] = categories_meant(self.store_id, names, session=self._session)
        return self._categories[names]

    def _found_by_code(self, codes: set[str]) -> dict[str, Product]:
        products = products_with_codes(self.store_id, sorted(codes), session=self._session)
        return {sku.code: product for product in products for sku in product.active_skus if sku.code}

    def _found_by_id(self, ids: set[str]) -> dict[str, Product]:
        wanted = [ObjectId(one) for one in sorted(ids) if is_object_id(one)]
        products = products_with_skus(self.store_id, wanted, session=self._session) if wanted else []
        return {str(sku.id): product for product in products for sku in product.active_skus}
