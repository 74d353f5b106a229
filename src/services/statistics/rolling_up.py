"""Which days are added up when: those that are over, and others again when something of them was recorded late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog
from bson import ObjectId

from src.models.daily_figures import DailyFigures
from src.models.late_changes import LateChange
from src.models.sales_sums import first_order_at
from src.models.stores import Store
from src.services.jobs.contracts import ScheduledWork
from src.services.statistics.adding_up import MOST_CHANGES, AddingUp
from src.services.statistics.days import Days, local_day, span_of, zone_of
from src.services.statistics.lateness import FINAL_AFTER
from src.utils.clock import Clock
from src.utils.metrics import FIGURES_FAILED

log = structlog.get_logger(__name__)

_EVERY = timedelta(minutes=5)
_DAY = timedelta(days=1)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class CaughtUp:
    """How many days were added up, and whether there are more that can be."""

    days: int
    more: bool


class RollingUp:
    """Adds days up in their order; reading works without it too."""

    def __init__(self, *, adding_up: AddingUp, clock: Clock) -> None:
        self._adding_up = adding_up
        self._clock = clock
        self.scheduled = ScheduledWork("roll_up_figures", _EVERY, self.run)

    def run(self, limit: int) -> int:
        """Adds up at most `limit` days of the stores that are due, each store once; returns how many days.

        A store whose days cannot be added up waits for the next time, and keeps no other from its turn.
        """
        done, unfinished, now = 0, list[ObjectId](), self._clock.now()
        while done < limit and (store := Store.claim_figures_due(now, next_due_at=now + _EVERY)):
            caught_up = self._try_catch_up(store, limit - done)
            done += caught_up.days
            unfinished += [store.id] if caught_up.more else []
        for store_id in unfinished:
            Store.make_figures_due(store_id, self._clock.now())
        return done

    def catch_up(self, store: Store, limit: int) -> CaughtUp:
        """Adds up at most `limit` days of the store, changed ones first, then keeps busy hours of the open days."""
        latest = self._latest(store)
        changes = [] if latest is None else self._changes(store, latest)
        changed = sorted({local_day(change.at, zone_of(store)) for change in changes})
        days = [*changed, *self._days_to_add(store, latest)]
        for day in days[:limit]:
            self._adding_up.add_up(store, day, again=day in changed)
        if len(days) > limit:
            return CaughtUp(limit, more=True)
        for day in self._open_days(store):
            self._adding_up.keep_hours(store, day)
        return CaughtUp(len(days), more=len(changes) == MOST_CHANGES)

    def _try_catch_up(self, store: Store, limit: int) -> CaughtUp:
        try:
            return self.catch_up(store, limit)
        except Exception:
            FIGURES_FAILED.inc()
            log.exception("figures_not_added_up", store=store.code)
            return CaughtUp(0, more=False)

    def _changes(self, store: Store, latest: date) -> list[LateChange]:
        """Returns some late changes of days up to the latest one; those of later days are in the sums of these."""
        _, end = span_of(latest, latest, zone_of(store))
        return LateChange.some(store.id, _EVER, end, limit=MOST_CHANGES)

    def _days_to_add(self, store: Store, latest: date | None) -> list[date]:
        first = self._first_day(store) if latest is None else latest + _DAY
        last = self._last_final_day(store)
        return Days(first, last).each if first is not None and first <= last else []

    def _open_days(self, store: Store) -> list[date]:
        today = local_day(self._clock.now(), zone_of(store))
        return Days(self._last_final_day(store) + _DAY, today).each

    def _first_day(self, store: Store) -> date | None:
        first = first_order_at(store.id)
        return None if first is None else local_day(first, zone_of(store))

    def _latest(self, store: Store) -> date | None:
        """Returns the last day that was added up; forgets all of them if the store is in another time zone now."""
        latest = DailyFigures.latest(store.id)
        if latest is not None and latest[1] != store.time_zone:
            self._adding_up.forget(store)
            return None
        return None if latest is None else date.fromisoformat(latest[0])

    def _last_final_day(self, store: Store) -> date:
        return local_day(self._clock.now() - FINAL_AFTER, zone_of(store)) - _DAY
