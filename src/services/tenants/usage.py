"""What a store used, by days of its time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from src.models.media_usage import MediaUsage
from src.models.products import Product
from src.models.sales_by_day import orders_by_day, paid_by_day
from src.models.store_days import StoreDay
from src.models.stores import Store
from src.services.jobs.contracts import ScheduledWork
from src.services.stores.times import day_of
from src.services.tenants.call_counting import CallCounting
from src.utils.clock import Clock
from src.utils.errors import BadRequest

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
        last = last or max(today, first or today)
        first = first or last - timedelta(days=_USUAL_DAYS - 1)
        days = [first + timedelta(days=number) for number in range(_length(first, last))]
        self._call_counting.flush()
        if first <= today <= last:
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


def _length(first: date, last: date) -> int:
    days = (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest.for_field("to", f"From the first to the last day there are 1 to {MOST_DAYS} days.")
    return days


def _days(store: Store, days: list[date]) -> list[UsageOfDay]:
    zone = ZoneInfo(store.time_zone)
    start = datetime.combine(days[0], time.min, zone)
    end = datetime.combine(days[-1] + timedelta(days=1), time.min, zone)
    orders = orders_by_day(store.id, start, end, store.time_zone)
    paid = paid_by_day(store.id, start, end, store.time_zone)
    noted = {row.day: row for row in StoreDay.between(store.id, days[0].isoformat(), days[-1].isoformat())}
    return [_day(day, orders.get(day.isoformat(), 0), paid.get(day.isoformat(), 0), noted) for day in days]


def _day(day: date, orders: int, gmv: int, noted: dict[str, StoreDay]) -> UsageOfDay:
    row = noted.get(day.isoformat())
    if row is None:
        return UsageOfDay(day, orders, gmv, None, None, 0)
    return UsageOfDay(day, orders, gmv, row.products, row.storage_bytes, row.calls)
