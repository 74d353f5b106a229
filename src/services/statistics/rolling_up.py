"""Adding up days that are over, and again when something of them was recorded late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from src.models.daily_figures import DailyFigures
from src.models.daily_sales import DailySale, sold_on
from src.models.daily_shoppers import NOBODY, DailyShoppers
from src.models.documents import MAX_TIME_OF_WORK_MS
from src.models.late_changes import LateChange
from src.models.sales_sums import ALL_IN_ONE, by_hour, first_order_at, shoppers_by_day, sums
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.jobs.contracts import ScheduledWork
from src.services.statistics.days import Days, local_day, span_of, zone_of
from src.services.statistics.lateness import FINAL_AFTER
from src.utils.clock import Clock
from src.utils.figures import NOTHING

_EVERY = timedelta(minutes=5)
_MOST_CHANGES = 1_000


class RollingUp:
    """Keeps `daily_figures`, `daily_shoppers` and `daily_sales`; reading works without them too.

    Days are added up in their order.
    """

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock
        self.scheduled = ScheduledWork("roll_up_figures", _EVERY, self.run)

    def run(self, limit: int) -> int:
        """Adds up at most `limit` days of the stores that are due; returns how many."""
        done = 0
        while done < limit:
            now = self._clock.now()
            store = Store.claim_figures_due(now, next_due_at=now + _EVERY)
            if store is None:
                return done
            done += self.catch_up(store, limit - done)
        return done

    def catch_up(self, store: Store, limit: int) -> int:
        """Adds up at most `limit` days of the store; it is due again at once if there are more."""
        done = self._again(store, limit)
        days = self._days_to_add(store)
        for day in days[: limit - done]:
            self._add_up(store, day, [])
        if len(days) > limit - done:
            Store.make_figures_due(store.id, self._clock.now())
        return done + min(len(days), limit - done)

    def _again(self, store: Store, limit: int) -> int:
        """Adds up at most `limit` changed days anew; returns how many."""
        zone, changes = zone_of(store), LateChange.some(store.id, limit=_MOST_CHANGES)
        latest, by_day = self._latest(store), dict[date, list[LateChange]]()
        for change in changes:
            by_day.setdefault(local_day(change.at, zone), []).append(change)
        # A change of a day that is not added up yet waits: whoever is adding it up may not have seen the change.
        added_up = [day for day in by_day if latest is not None and day <= latest]
        for day in added_up[:limit]:
            self._add_up(store, day, by_day[day])
        if len(added_up) > limit or len(changes) == _MOST_CHANGES:
            Store.make_figures_due(store.id, self._clock.now())
        return min(len(added_up), limit)

    def _days_to_add(self, store: Store) -> list[date]:
        last = self._last_final_day(store)
        first = self._first_day_to_add(store)
        return Days(first, last).each if first is not None and first <= last else []

    def _first_day_to_add(self, store: Store) -> date | None:
        latest = self._latest(store)
        if latest is not None:
            return latest + timedelta(days=1)
        first = first_order_at(store.id)
        return None if first is None else local_day(first, zone_of(store))

    def _latest(self, store: Store) -> date | None:
        """Returns the last day that was added up; forgets all of them if the store is in another time zone now."""
        latest = DailyFigures.latest(store.id)
        if latest is not None and latest[1] != store.time_zone:
            self._transactions.run(lambda session: self._forget(store, session))
            return None
        return None if latest is None else date.fromisoformat(latest[0])

    def _last_final_day(self, store: Store) -> date:
        return local_day(self._clock.now() - FINAL_AFTER, zone_of(store)) - timedelta(days=1)

    def _add_up(self, store: Store, day: date, changes: Sequence[LateChange]) -> None:
        span, patience = span_of(day, day, zone_of(store)), MAX_TIME_OF_WORK_MS
        total = sums(store.id, span, ALL_IN_ONE, max_time_ms=patience).get("", NOTHING)
        hours = sums(store.id, span, by_hour(span[0]), max_time_ms=patience)
        figures, sales = (total, hours), sold_on(store.id, *span, max_time_ms=patience)
        now, name = self._clock.now(), day.isoformat()
        shoppers = shoppers_by_day(store.id, span, store.time_zone, max_time_ms=patience).get(name, NOBODY)

        def work(session: Session) -> None:
            DailyFigures.put(store.id, name, store.time_zone, figures, now=now, session=session)
            DailyShoppers.put(store.id, name, store.time_zone, shoppers, session=session)
            DailySale.replace(store.id, name, sales, session=session)
            # Those that came since the sums were read stay: the day is added up once more.
            LateChange.remove(list(changes), session=session)

        self._transactions.run(work, contended=[(store.id, name)])

    @staticmethod
    def _forget(store: Store, session: Session) -> None:
        DailyFigures.forget(store.id, session=session)
        DailyShoppers.forget(store.id, session=session)
        DailySale.forget(store.id, session=session)
