"""What staff see of stock: how much there is, what is low, and how it came to that."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from src.models.products import Product, ProductStatus, Sku
from src.models.relevance import products_in_order
from src.models.stock import StockItem
from src.models.stock_lists import StockFilter, page_of_stock
from src.models.stock_moves import MoveFilter, MoveKind, StockMove
from src.services.accounts.callers import StaffMember
from src.services.search.matching import matching_products
from src.utils.errors import NotFound
from src.utils.pages import Page, PageRequest

# A keyword shows the stock of so many products, those that fit it best.
MOST_PRODUCTS = 50
_KEPT = tuple(status for status in ProductStatus if status is not ProductStatus.DELETED)


@dataclass(frozen=True)
class StockLevel:
    """The counters of a SKU with what it is called. `low_at` is the threshold that counts."""

    item: StockItem
    product: Product
    sku: Sku
    low_at: int

    @property
    def is_low(self) -> bool:
        return bool(self.item.available <= self.low_at)


class StockOverview:
    """Reads counters and ledger."""

    def __init__(self, *, default_low_at: int) -> None:
        self._default_low_at = default_low_at

    def level(self, staff: StaffMember, sku_id: ObjectId) -> StockLevel:
        """Raises NotFound, for another store's SKU too."""
        item = StockItem.find_by_sku(staff.store_id, sku_id)
        if item is None:
            raise NotFound()
        return self._levels(staff.store_id, [item])[0]

    def list_levels(
        self,
        staff: StaffMember,
        page: PageRequest,
        *,
        low: bool = False,
        product_id: ObjectId | None = None,
        keyword: str | None = None,
    ) -> Page[StockLevel]:
        """Returns SKUs that can be sold: those of the newest products first, or if `low` the lowest first."""
        products = None if product_id is None else [product_id]
        if keyword is not None:
            found = matching_products(staff.store_id, keyword, statuses=_KEPT, limit=MOST_PRODUCTS)
            products = found if products is None else [one for one in found if one in products]
        wanted = StockFilter(self._default_low_at if low else None, products)
        items = page_of_stock(staff.store_id, wanted, page)
        return Page(self._levels(staff.store_id, items.items), items.total, page)

    def moves_of(self, staff: StaffMember, sku_id: ObjectId, page: PageRequest) -> Page[StockMove]:
        """Returns the moves of one SKU, the newest first. Raises NotFound."""
        self.level(staff, sku_id)
        return self.list_moves(staff, page, MoveFilter(sku_id=sku_id))

    def list_moves(self, staff: StaffMember, page: PageRequest, wanted: MoveFilter) -> Page[StockMove]:
        """Returns the store's moves, the newest first."""
        return StockMove.page_in_store(staff.store_id, wanted, page)

    def _levels(self, store_id: ObjectId, items: list[StockItem]) -> list[StockLevel]:
        found = products_in_order(store_id, list({item.product_id for item in items}))
        products = {product.id: product for product in found}
        return [self._level(item, products[item.product_id]) for item in items]

    def _level(self, item: StockItem, product: Product) -> StockLevel:
        (sku,) = (sku for sku in product.skus if sku.id == item.id)
        return StockLevel(item, product, sku, item.low_threshold(self._default_low_at))


__all__ = ["MoveFilter", "MoveKind", "StockLevel", "StockOverview"]
