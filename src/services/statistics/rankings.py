"""What sells best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bson import ObjectId

from src.models.categories import Category
from src.models.connection import deadline
from src.models.daily_figures import DailyFigures
from src.models.daily_sales import Kind, SalesSource, Seller, best_sellers
from src.models.documents import MAX_TIME_MS
from src.models.products import Product
from src.models.relevance import products_in_order
from src.models.stores import Store
from src.services.accounts.callers import StaffMember
from src.services.statistics.day_book import changed_days
from src.services.statistics.days import Days, local_day, zone_of
from src.services.statistics.sales_book import sold_on_open_days
from src.services.stores.stores import Stores
from src.utils.clock import Clock

MOST_DAYS = 92
_USUAL_DAYS = 30
_PATIENCE_S = MAX_TIME_MS / 1_000


class Measure(StrEnum):
    """By what a ranking is made."""

    QUANTITY = "quantity"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Ranked:
    """A product or a category by its name of now; without one if it is gone, or if it is no category."""

    id: ObjectId | None
    name: str | None
    image: str | None
    quantity: int
    amount: int


@dataclass(frozen=True)
class Ranking:
    time_zone: str
    days: Days
    items: list[Ranked]


@dataclass(frozen=True)
class WantedRanking:
    measure: Measure
    limit: int
    first: date | None = None
    last: date | None = None


class Rankings:
    """Ranks by what was paid for, whatever was paid back later."""

    def __init__(self, *, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    def products(self, staff: StaffMember, wanted: WantedRanking) -> Ranking:
        """Returns the products that sold best. Raises BadRequest for too many days, or none."""
        store, days = self._days(staff, wanted)
        return Ranking(store.time_zone, days, _named_products(store.id, _sellers(store, days, wanted, Kind.PRODUCT)))

    def categories(self, staff: StaffMember, wanted: WantedRanking) -> Ranking:
        """Returns the categories, as products were filed when they were bought. Raises BadRequest as above."""
        store, days = self._days(staff, wanted)
        return Ranking(store.time_zone, days, _named_categories(store.id, _sellers(store, days, wanted, Kind.CATEGORY)))

    def _days(self, staff: StaffMember, wanted: WantedRanking) -> tuple[Store, Days]:
        store = self._stores.get(staff.store_id)
        today = local_day(self._clock.now(), zone_of(store))
        return store, Days.chosen(wanted.first, wanted.last, today=today, usual=_USUAL_DAYS, most=MOST_DAYS)


def _sellers(store: Store, days: Days, wanted: WantedRanking, kind: Kind) -> list[Seller]:
    return best_sellers(_source(store, days), kind, wanted.measure.value, limit=wanted.limit)


def _source(store: Store, days: Days) -> SalesSource:
    changed = changed_days(store, days)
    added_up = DailyFigures.added_up(store.id, store.time_zone, days.first.isoformat(), days.last.isoformat())
    known = [day for day in days.each if day.isoformat() in added_up and day not in changed]
    with deadline(_PATIENCE_S):
        open_days = sold_on_open_days(store, [day for day in days.each if day not in known])
    return SalesSource(store.id, [day.isoformat() for day in known], open_days)


def _named_products(store_id: ObjectId, sellers: Sequence[Seller]) -> list[Ranked]:
    found = products_in_order(store_id, [seller.id for seller in sellers if seller.id])
    products: dict[ObjectId | None, Product] = {product.id: product for product in found}
    return [
        Ranked(
            seller.id,
            product.name if (product := products.get(seller.id)) else None,
            next(iter(product.images), None) if product else None,
            seller.quantity,
            seller.amount,
        )
        for seller in sellers
    ]


def _named_categories(store_id: ObjectId, sellers: Sequence[Seller]) -> list[Ranked]:
    names = Category.names(store_id, [seller.id for seller in sellers if seller.id])
    return [Ranked(one.id, names.get(one.id) if one.id else None, None, one.quantity, one.amount) for one in sellers]
