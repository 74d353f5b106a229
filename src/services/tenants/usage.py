"""What a store used, by days of its time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from src.models.media_usage import MediaUsage
from src.models.products import Product
from src.models.store_days import StoreDay
from src.models.stores import Store
from src.services.jobs.contracts import ScheduledWork
from src.services.statistics.day_book import figures_by_day
from src.services.statistics.days import Days
from src.services.stores.times import day_of
from src.services.tenants.call_counting import CallCounting
from src.utils.clock import Clock

MOST_DAYS = 92
_USUAL_DAYS = 30
_EVERY = timedelta(hours=1)
_LOOK_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class UsageOfDay:
    """`gmv` is the fen that were paid on the day; products and bytes are None on days nobody looked."""

    day: date
    orders: int
    gmv: int
    products: int | None
    storage_bytes: int | None
    api_calls: int


class Usage:
    """Adds up a store's days, and looks hourly at what cannot be known afterwards."""

    def __init__(self, *, call_counting: CallCounting, clock: Clock) -> None:
        self._call_counting = call_counting
        self._clock = clock
        self.scheduled = ScheduledWork("note_usage", _LOOK_EVERY, self.note_due)

    def of(self, store: Store, first: date | None, last: date | None) -> list[UsageOfDay]:
        """Returns the days from first to last: up to today, thirty of them, if they are left out.

        Calls of the last seconds may be missing.

        Raises:
            BadRequest: no day at all, or more than MOST_DAYS.
        """
        today = date.fromisoformat(day_of(store, self._clock.now()))
        days = Days.chosen(first, last, today=today, usual=_USUAL_DAYS, most=MOST_DAYS)
        self._call_counting.flush()
        if days.first <= today <= days.last:
            self._note(store)
        return _days(store, days)

    def note_due(self, limit: int) -> int:
        """Notes the products and bytes of at most `limit` stores; returns of how many."""
        now = self._clock.now()
        stores = Store.claim_usage_due(now, next_due_at=now + _EVERY, limit=limit)
        for store in stores:
            self._note(store)
        return len(stores)

    def _note(self, store: Store) -> None:
        day = day_of(store, self._clock.now())
        StoreDay.note(store.id, day, products=Product.count_kept(store.id), storage_bytes=MediaUsage.of(store.id))


def _days(store: Store, days: Days) -> list[UsageOfDay]:
    noted = {row.day: row for row in StoreDay.between(store.id, days.first.isoformat(), days.last.isoformat())}
    figures = figures_by_day(store, days)
    return [_day(day, of_day.orders, of_day.gmv, noted) for day, of_day in figures.items()]


def _day(day: date, orders: int, gmv: int, noted: dict[str, StoreDay]) -> UsageOfDay:
    row = noted.get(day.isoformat())
    if row is None:
        return UsageOfDay(day, orders, gmv, None, None, 0)
    return UsageOfDay(day, orders, gmv, row.products, row.storage_bytes, row.calls)
