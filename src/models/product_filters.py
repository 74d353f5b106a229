"""What a list of products is narrowed by, as conditions that indexes find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bson import ObjectId

from src.models.indexed_parts import TOKENS, Condition, Index, IndexedPart
from src.models.products import ProductStatus
from src.utils.search_tokens import spec_token

_ANY_STOCK = {"$in": [False, True]}
_SCOPE = (("store_id", 1), ("status", 1))
_NEWEST_FIRST = (("created_at", -1), ("_id", -1))
_COVERED = (("price", 1), ("in_stock", 1))


class ProductSort(StrEnum):
    NEWEST = "newest"
    SALES = "sales"
    PRICE = "price"
    PRICE_DESC = "-price"
    RELEVANCE = "relevance"


SORT_FIELDS: dict[ProductSort, tuple[str, int]] = {
    ProductSort.NEWEST: ("created_at", -1),
    ProductSort.SALES: ("sales", -1),
    ProductSort.PRICE: ("price", 1),
    ProductSort.PRICE_DESC: ("price", -1),
}


@dataclass(frozen=True)
class ProductFilter:
    """Which products, in which order. Prices in fen, both ends included. Of one SKU all `specs` are true.

    `category` is one whose descendants count as well, or several; of a text, the exact name of a product's own. With
    `by_code` a keyword may be the code or the barcode of a SKU.
    """

    category: ObjectId | tuple[ObjectId, ...] | str | None = None
    keyword: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    statuses: tuple[ProductStatus, ...] = (ProductStatus.ON_SALE,)
    sort: ProductSort = ProductSort.NEWEST
    brand: ObjectId | None = None
    tag: str | None = None
    specs: tuple[tuple[str, str], ...] = ()
    by_code: bool = False

    @property
    def is_priced(self) -> bool:
        return self.min_price is not None or self.max_price is not None


@dataclass(frozen=True)
class Filters:
    """A filter but for its keyword: all of its conditions are true of a product in `scope`, a store and statuses.

    An index has the `filed` ones with the newest first.
    """

    scope: Condition
    filed: tuple[IndexedPart, ...]
    others: tuple[IndexedPart, ...]
    checks: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[IndexedPart, ...]:
        return (*self.filed, *self.others)

    def rest(self, *without: IndexedPart) -> list[Condition]:
        """Returns the conditions but for the scope and these parts."""
        return [*(part.condition for part in self.parts if part not in without), *self.checks]


def filters_of(store_id: ObjectId, wanted: ProductFilter) -> Filters:
    others = (*_of_specs(wanted), *_of_prices(wanted), *_of_stock(wanted))
    return Filters(_scope(store_id, wanted), tuple(_filed(wanted)), others, _of_one_sku(wanted))


def filter_query(store_id: ObjectId, wanted: ProductFilter) -> Condition:
    """Returns the MongoDB query of a filter but for its keyword."""
    filters = filters_of(store_id, wanted)
    query = {**filters.scope, "in_stock": stock_condition(wanted)}
    rest = filters.rest()
    return {**query, "$and": rest} if rest else query


def stock_condition(wanted: ProductFilter) -> object:
    """Returns the condition on `in_stock`. Both are named where any will do: so one index has both in their order."""
    return _ANY_STOCK if wanted.in_stock is None else wanted.in_stock


def sort_index(sort: ProductSort) -> Index:
    """Returns the index of all products of a status in this order."""
    field = SORT_FIELDS[sort]
    covered = () if field[0] == "price" else (("price", 1),)
    return (*_SCOPE, ("in_stock", 1), field, ("_id", -1), *covered)


def _scope(store_id: ObjectId, wanted: ProductFilter) -> Condition:
    statuses = [status.value for status in wanted.statuses]
    return {"store_id": store_id, "status": statuses[0] if len(statuses) == 1 else {"$in": statuses}}


def _filed(wanted: ProductFilter) -> Iterator[IndexedPart]:
    if isinstance(wanted.category, str):
        yield IndexedPart({"category": wanted.category}, (*_SCOPE, ("category", 1), *_NEWEST_FIRST))
    elif wanted.category is not None:
        category = wanted.category
        yield _by_label("category_path", {"$in": list(category)} if isinstance(category, tuple) else category)
    if wanted.brand is not None:
        yield _by_label("brand_id", wanted.brand)
    if wanted.tag is not None:
        yield _by_label("tags", wanted.tag)


def _by_label(name: str, value: object) -> IndexedPart:
    return IndexedPart({name: value}, (*_SCOPE, (name, 1), *_NEWEST_FIRST, *_COVERED))


def _of_specs(wanted: ProductFilter) -> list[IndexedPart]:
    return [IndexedPart({"search_tokens": spec_token(name, value)}, TOKENS) for name, value in wanted.specs]


def _of_one_sku(wanted: ProductFilter) -> tuple[Condition, ...]:
    if len(wanted.specs) < 2:
        return ()
    # The tokens find products that have all values, the SKUs tell whether one of them has them together.
    together = {f"specs.{name}": value for name, value in wanted.specs}
    return ({"skus": {"$elemMatch": {"retired": False, **together}}},)


def _of_prices(wanted: ProductFilter) -> list[IndexedPart]:
    if not wanted.is_priced:
        return []
    given = {"$gte": wanted.min_price, "$lte": wanted.max_price}
    bounds = {operator: price for operator, price in given.items() if price is not None}
    return [IndexedPart({"in_stock": stock_condition(wanted), "price": bounds}, sort_index(ProductSort.PRICE))]


def _of_stock(wanted: ProductFilter) -> list[IndexedPart]:
    if wanted.in_stock is None:
        return []
    return [IndexedPart({"in_stock": wanted.in_stock}, sort_index(ProductSort.NEWEST))]
