"""What a store has of the goods that some rows name, read at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bson import ObjectId

from src.models.brands import Brand
from src.models.products import Product
from src.models.sku_lookups import brand_named, products_with_codes
from src.models.transaction import Session
from src.services.imports.product_columns import SKU
from src.services.imports.rows import Row


class KnownGoods:
    """The products that have a SKU with one of the rows' codes, and the brands that are asked for."""

    def __init__(self, store_id: ObjectId, rows: Sequence[Row], *, session: Session | None) -> None:
        self._store_id = store_id
        self._session = session
        codes = {row.cells.get(SKU, "").strip() for row in rows}
        products = products_with_codes(store_id, sorted(codes - {""}), session=session)
        self._products = {sku.code: product for product in products for sku in product.active_skus if sku.code}
        self._brands: dict[str, Brand | None] = {}

    def products(self, codes: Iterable[str]) -> list[Product]:
        """Returns the products that have any of these codes, which must be codes of the rows."""
        found = {self._products[code].id: self._products[code] for code in codes if code in self._products}
        return list(found.values())

    def brand(self, name: str) -> Brand | None:
        if name not in self._brands:
            self._brands[name] = brand_named(self._store_id, name, session=self._session)
        return self._brands[name]
