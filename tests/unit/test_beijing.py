"""Days in Beijing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from src.utils.beijing import beijing_day, bounds_of


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-05T15:59:59.999+00:00", date(2026, 1, 5)),
        ("2026-01-05T16:00:00+00:00", date(2026, 1, 6)),
        ("2026-01-06T00:00:00+08:00", date(2026, 1, 6)),
        ("2025-12-31T16:00:00+00:00", date(2026, 1, 1)),
    ],
)
def test_the_day_begins_in_beijing(moment: str, day: date) -> None:
    assert beijing_day(datetime.fromisoformat(moment)) == day


def test_a_day_holds_its_first_moment_and_not_the_next_days() -> None:
    start, end = bounds_of(date(2026, 1, 6))
    assert (start, end) == (datetime(2026, 1, 5, 16, tzinfo=UTC), datetime(2026, 1, 6, 16, tzinfo=UTC))
    assert beijing_day(start) == date(2026, 1, 6) == beijing_day(end - timedelta(milliseconds=1))
    assert beijing_day(end) == date(2026, 1, 7)
