"""How often the API is called for each store."""

from __future__ import annotations

from collections import Counter
from threading import Lock, Timer

import structlog

from src.models.store_days import StoreDay, StoreDayKey
from src.models.stores import Store
from src.services.stores.times import day_of
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

FLUSH_EVERY_S = 5.0
FLUSH_AT_CALLS = 1_000
_MOST_ROWS = 10_000
_FLUSH_TIMEOUT_S = 1.0


class CallCounting:
    """Counts in this process and adds the counts up in the database now and then, not at each call.

    What was counted is written FLUSH_EVERY_S seconds after the first of its calls, or after FLUSH_AT_CALLS of them. A
    process that ends loses what it has not written, which is at most that much; so does a failure to write. At most
    _MOST_ROWS pairs of store and day are kept at a time.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._counts: Counter[StoreDayKey] = Counter()
        self._waiting = 0
        self._timer: Timer | None = None
        self._lock = Lock()
        self._writing = Lock()

    def count(self, store: Store) -> None:
        """Counts one call. One in FLUSH_AT_CALLS writes; a failure to is logged, no more."""
        key = (store.id, day_of(store, self._clock.now()))
        with self._lock:
            if key in self._counts or len(self._counts) < _MOST_ROWS:
                self._counts[key] += 1
            self._waiting += 1
            self._write_in_time()
            is_due = self._waiting >= FLUSH_AT_CALLS
        if is_due:
            self.flush()

    def flush(self) -> None:
        """Writes what was counted; afterwards nothing that was counted before is still being written."""
        with self._writing:
            counts = self._taken()
            # It may have been written all the same: counted twice would be worse than not at all.
            if counts and not StoreDay.add_calls(counts, timeout_s=_FLUSH_TIMEOUT_S):
                log.warning("calls_not_counted", calls=sum(counts.values()))

    def _write_in_time(self) -> None:
        """Has what is counted from now on written, though no further call may come."""
        if self._timer is None:
            self._timer = Timer(FLUSH_EVERY_S, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def _taken(self) -> Counter[StoreDayKey]:
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._waiting = 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            return counts
