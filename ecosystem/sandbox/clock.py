"""The time the sandbox lives in: the wall clock plus what a test has advanced."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


class Clock:
    """Two readings of one wall clock, both in seconds since the epoch.

    Everything that expires or is scheduled runs on `now`. Timestamps in signature headers are
    `header_time`, because the other side compares them with a clock of its own, which a test
    rarely moves.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._ahead_s = 0.0
        self._headers_ahead_s = 0.0

    def now(self) -> float:
        return self._wall() + self._ahead_s

    def header_time(self) -> float:
        return self._wall() + self._headers_ahead_s

    @property
    def ahead_s(self) -> float:
        """How far `now` is ahead of the wall clock."""
        return self._ahead_s

    def advance(self, seconds: float) -> None:
        """Move `now` on; deliveries that fall due are tried by `Notifier.advance`, not by this."""
        self._ahead_s += seconds

    def advance_headers(self, seconds: float) -> None:
        self._headers_ahead_s += seconds

    def reset(self) -> None:
        """Both readings equal the wall clock again."""
        self._ahead_s = self._headers_ahead_s = 0.0


def rfc3339(moment: float) -> str:
    """Format as WeChat does: Beijing time, whole seconds, with offset."""
    return datetime.fromtimestamp(int(moment), UTC).astimezone(BEIJING).isoformat()


def beijing_day(moment: float) -> str:
    """Return the day of quota counters and number prefixes, as yyyymmdd."""
    return datetime.fromtimestamp(moment, BEIJING).strftime("%Y%m%d")
