"""When a job is tried again, and when scheduled work is due."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from src.services.jobs.running import pause_after
from src.services.jobs.scheduling import next_tick


@pytest.mark.parametrize(("attempt", "longest_s"), [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (1_000, 300)])
def test_a_pause_is_a_share_of_a_limit_that_doubles(attempt: int, longest_s: int) -> None:
    assert pause_after(attempt, lambda: 1.0) == timedelta(seconds=longest_s)
    assert pause_after(attempt, lambda: 0.5) == timedelta(seconds=longest_s / 2)
    assert pause_after(attempt, lambda: 0.0) == timedelta()


def test_pauses_spread_over_the_whole_range() -> None:
    draw = random.Random(1).random
    shares = [pause_after(8, draw) / timedelta(seconds=256) for _ in range(2_000)]
    assert {int(share * 10) for share in shares} == set(range(10))


@pytest.mark.parametrize(
    ("now", "every_s", "due"),
    [
        ("2026-11-20T02:00:00.001", 2, "2026-11-20T02:00:02"),
        ("2026-11-20T02:00:01.999", 2, "2026-11-20T02:00:02"),
        ("2026-11-20T02:00:02.000", 2, "2026-11-20T02:00:04"),
        ("2026-11-20T02:00:19.000", 20, "2026-11-20T02:00:20"),
        ("2026-11-20T02:00:00.000", 86_400, "2026-11-21T00:00:00"),
    ],
)
def test_ticks_are_the_same_for_every_process(now: str, every_s: int, due: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_tick(moment, timedelta(seconds=every_s)) == datetime.fromisoformat(due).replace(tzinfo=UTC)
