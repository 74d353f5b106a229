"""Adding up one day of a store."""

from __future__ import annotations

from datetime import date

from src.models.daily_figures import DailyFigures
from src.models.daily_sales import DailySales
from src.models.daily_shoppers import NOBODY, DailyShoppers
from src.models.documents import MAX_TIME_OF_WORK_MS
from src.models.hourly_sales import HourlySales
from src.models.late_changes import LateChange
from src.models.sales_sums import ALL_IN_ONE, Span, by_hour, shoppers_by_day, sums
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.statistics.days import span_of, zone_of
from src.services.statistics.lateness import FINAL_AFTER
from src.services.statistics.sales_book import WORTH_KEEPING, keep_busy_hours, sold_on_open_days
from src.utils.clock import Clock
from src.utils.figures import NOTHING, Figures

MOST_CHANGES = 1_000


class AddingUp:
    """Keeps `daily_figures`, `daily_shoppers` and `sales_of_days`, and `hourly_sales` until then."""

    def __init__(self, *, transactions: Transactions, clock: Clock, worth_keeping: int = WORTH_KEEPING) -> None:
        self._transactions = transactions
        self._clock = clock
        self._worth_keeping = worth_keeping

    def add_up(self, store: Store, day: date, *, again: bool) -> None:
        """Stores the day's figures with all that is known of it now, at most MOST_CHANGES of its late changes."""
        name, span = day.isoformat(), span_of(day, day, zone_of(store))
        if again:
            HourlySales.forget(store.id, store.time_zone, name, session=None)
        # Read before anything is summed, so that all of them are in the sums.
        changes = LateChange.some(store.id, *span, limit=MOST_CHANGES)
        self.keep_hours(store, day)
        sold, figures, now = sold_on_open_days(store, [day]), _figures(store, span), self._clock.now()
        shoppers = shoppers_by_day(store.id, span, store.time_zone, max_time_ms=MAX_TIME_OF_WORK_MS).get(name, NOBODY)

        def work(session: Session) -> None:
            DailyFigures.put(store.id, name, store.time_zone, figures, now=now, session=session)
            DailyShoppers.put(store.id, name, store.time_zone, shoppers, session=session)
            DailySales.replace(store.id, name, sold, session=session)
            HourlySales.forget(store.id, store.time_zone, name, session=session)
            # Those that came since the sums were read stay: the day is added up once more.
            LateChange.remove(changes, session=session)

        self._transactions.run(work, contended=[(store.id, name)])

    def keep_hours(self, store: Store, day: date) -> None:
        """Keeps what was sold in the day's busy hours that are final, so that nobody sums them again."""
        keep_busy_hours(store, day, until=self._clock.now() - FINAL_AFTER, worth_keeping=self._worth_keeping)

    def forget(self, store: Store) -> None:
        """Forgets all that was added up of the store."""
        self._transactions.run(lambda session: _forget(store, session))


def _figures(store: Store, span: Span) -> tuple[Figures, dict[int, Figures]]:
    total = sums(store.id, span, ALL_IN_ONE, max_time_ms=MAX_TIME_OF_WORK_MS).get("", NOTHING)
    return total, sums(store.id, span, by_hour(span[0]), max_time_ms=MAX_TIME_OF_WORK_MS)


def _forget(store: Store, session: Session) -> None:
    DailyFigures.forget(store.id, session=session)
    DailyShoppers.forget(store.id, session=session)
    DailySales.forget(store.id, session=session)
