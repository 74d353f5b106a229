"""Days as a store has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from src.models.stores import Store
from src.utils.errors import BadRequest

_DAY = timedelta(days=1)


def zone_of(store: Store) -> ZoneInfo:
    return ZoneInfo(store.time_zone)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def span_of(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Returns when the first day begins and when the last one is over, in UTC."""
    start, end = (datetime.combine(day, time(), zone) for day in (first, last + _DAY))
    return start.astimezone(UTC), end.astimezone(UTC)


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def chosen(cls, first: date | None, last: date | None, *, today: date, usual: int, most: int) -> Days:
        """Returns the days that were asked for: up to today, `usual` of them, if they are left out.

        Raises:
            BadRequest: no day at all, or more than `most`.
        """
        last = last or max(today, first or today)
        first = first or last - timedelta(days=usual - 1)
        if not 1 <= (last - first).days + 1 <= most:
            raise BadRequest.for_field("to", f"From the first to the last day there are 1 to {most} days.")
        return cls(first, last)

    @property
    def each(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        return span_of(self.first, self.last, zone)


def runs_of(days: Iterable[date]) -> list[Days]:
    """Returns these ascending days as runs without a gap."""
    runs: list[Days] = []
    for day in days:
        if runs and runs[-1].last + _DAY == day:
            runs[-1] = Days(runs[-1].first, day)
        else:
            runs.append(Days(day, day))
    return runs
