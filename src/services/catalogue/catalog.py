"""What shoppers see of the products."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from src.models.product_queries import ProductFilter, ProductSort
from src.models.products import Product, ProductStatus, Sku
from src.models.stock import StockItem
from src.services.search.lists import list_products
from src.utils.errors import NotFound
from src.utils.pages import PageRequest


@dataclass(frozen=True)
class SkuView:
    """A SKU with what is available of it now. Price in fen."""

    sku: Sku
    stock: int


@dataclass(frozen=True)
class ProductView:
    """A product with the stock of its SKUs that can be bought. What is `shown` of it, shoppers may see."""

    product: Product
    skus: list[SkuView]

    @property
    def stock(self) -> int:
        return sum(view.stock for view in self.skus)

    @property
    def shown_category(self) -> str:
        return "" if self.product.category_hidden else str(self.product.category)

    @property
    def shown_category_id(self) -> ObjectId | None:
        return None if self.product.category_hidden else self.product.category_id

    @property
    def shown_brand(self) -> str:
        return "" if self.product.brand_hidden else str(self.product.brand)

    @property
    def shown_brand_id(self) -> ObjectId | None:
        return None if self.product.brand_hidden else self.product.brand_id


@dataclass(frozen=True)
class ProductPage:
    """One page of a list, and the cursor of the next one, None after the last."""

    items: list[ProductView]
    pagination: dict[str, int | str | None]


class Catalog:
    """Reads products."""

    def list_products(
        self, store_id: ObjectId, wanted: ProductFilter, request: PageRequest, *, cursor: str | None = None
    ) -> ProductPage:
        """Returns one page, or with a cursor the one that follows it; products have no description in lists.

        Raises:
            BadRequest: the cursor is none of this list.
        """
        found = list_products(store_id, wanted, request, cursor=cursor)
        pagination = {**found.page.pagination, "next_cursor": found.next_cursor}
        return ProductPage(with_stock(store_id, found.page.items), pagination)

    def get_on_sale(self, store_id: ObjectId, product_id: ObjectId) -> ProductView:
        """Raises NotFound if the store has no such product on sale."""
        product = Product.find_on_sale(store_id, product_id)
        if product is None:
            raise NotFound()
        return with_stock(store_id, [product])[0]

    def get(self, store_id: ObjectId, product_id: ObjectId) -> ProductView:
        """Returns the product on or off sale. Raises NotFound."""
        product = Product.find_by_id(store_id, product_id)
        if product is None:
            raise NotFound()
        return with_stock(store_id, [product])[0]


def with_stock(store_id: ObjectId, products: list[Product]) -> list[ProductView]:
    """Returns the products with their stock, which takes one query however many there are."""
    items = StockItem.list_by_products(store_id, [product.id for product in products])
    available = {item.id: item.available for item in items}
    return [
        ProductView(product, [SkuView(sku, available[sku.id]) for sku in product.active_skus]) for product in products
    ]


__all__ = [
    "Catalog",
    "ProductFilter",
    "ProductPage",
    "ProductSort",
    "ProductStatus",
    "ProductView",
    "SkuView",
    "with_stock",
]
