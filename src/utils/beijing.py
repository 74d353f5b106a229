"""Days in Beijing, where WeChat's day begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def beijing_day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """Returns the moments at which the day begins and ends, in UTC."""
    start = datetime.combine(day, time(), BEIJING).astimezone(UTC)
    return start, start + timedelta(days=1)
