"""Products as rows: one for each SKU that can be bought, under the titles that an import takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from bson import ObjectId

from src.models.category_paths import category_paths
from src.models.export_queries import Selection, select_products
from src.models.product_queries import ProductFilter
from src.models.products import KEPT_STATUSES, Product, ProductStatus, Sku
from src.models.stock import StockItem
from src.services.exports.contracts import Filters, KindOfExport, Place
from src.services.imports.product_columns import CATEGORY_PATH, COLUMNS, IMAGES, SPECS, TAGS
from src.services.sheets.writing import Cell, yuan
from src.utils.permissions import Permission

_AT_ONCE = 100


def select(store_id: ObjectId, filters: Filters) -> Selection[Product]:
    statuses = [filters["status"]] if "status" in filters else KEPT_STATUSES
    category = filters.get("categoryId")
    return select_products(
        store_id,
        ProductFilter(
            category=ObjectId(category) if category else None,
            statuses=tuple(ProductStatus(status) for status in statuses),
        ),
    )


def rows(place: Place, products: Iterator[Product]) -> Iterator[Sequence[Cell]]:
    paths = category_paths(place.store_id)
    while some := list(islice(products, _AT_ONCE)):
        items = StockItem.list_by_products(place.store_id, [product.id for product in some])
        stock = {item.id: int(item.available) for item in items}
        for product in some:
            for sku in product.active_skus:
                yield [*_of_product(product, paths), *_of_sku(sku, stock)]


def _of_product(product: Product, paths: Mapping[ObjectId, Sequence[str]]) -> list[Cell]:
    category = paths.get(product.category_id, [product.category])
    return [
        str(product.id),
        product.name,
        "/".join(map(CATEGORY_PATH.written, category)),
        product.brand,
        "|".join(map(TAGS.written, product.tags)),
        product.description,
        "|".join(map(IMAGES.written, product.images)),
        product.status.value,
    ]


def _of_sku(sku: Sku, stock: Mapping[ObjectId, int]) -> list[Cell]:
    specs = (f"{SPECS.written(name)}:{SPECS.written(value)}" for name, value in sku.specs.items())
    return [
        sku.code,
        sku.barcode,
        ";".join(specs),
        yuan(sku.price),
        "" if sku.original_price is None else yuan(sku.original_price),
        "" if sku.weight_g is None else sku.weight_g,
        stock[sku.id],
        str(sku.id),
    ]


PRODUCTS = KindOfExport(
    [(column.chinese, column.english) for column in COLUMNS], select, rows, Permission.PRODUCTS_READ
)
