"""What staff read of the store's figures: an overview, and how one of them went over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from src.models.daily_shoppers import Shoppers
from src.models.stores import Store
from src.services.accounts.callers import StaffMember
from src.services.statistics.day_book import figures_by_day, figures_by_hour, shoppers_of_days
from src.services.statistics.days import Days, local_day, span_of, zone_of
from src.services.stores.stores import Stores
from src.utils.clock import Clock
from src.utils.figures import NOTHING, Figures, Metric

MOST_DAYS = 366
MOST_DAYS_BY_HOUR = 7
_USUAL_DAYS = 30
_HOUR = timedelta(hours=1)


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True)
class Period:
    """The figures of some days. `shoppers` paid or placed an order in them."""

    days: Days
    figures: Figures
    paying_users: int
    shoppers: int

    @property
    def average_order(self) -> int | None:
        """Returns the fen of a paid order on average, rounded down; None if none was paid."""
        return self.figures.gmv // self.figures.paid_orders if self.figures.paid_orders else None

    @property
    def conversion(self) -> float | None:
        """Returns which part of the shoppers paid; None if there was none."""
        return round(self.paying_users / self.shoppers, 4) if self.shoppers else None


@dataclass(frozen=True)
class Overview:
    time_zone: str
    at: datetime
    today: Period
    yesterday: Period
    last_7_days: Period
    last_30_days: Period


@dataclass(frozen=True)
class Point:
    """The value of the step that begins `at` that moment."""

    at: datetime
    value: int


@dataclass(frozen=True)
class Series:
    time_zone: str
    days: Days
    metric: Metric
    step: Step
    points: list[Point]


class Statistics:
    """Reads figures by days of the store's time zone. Nothing is kept: each answer is of this moment."""

    def __init__(self, *, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    def overview(self, staff: StaffMember) -> Overview:
        """Returns the figures of today, of yesterday, and of the last 7 and 30 days with today."""
        store, now = self._stores.get(staff.store_id), self._clock.now()
        spans = _periods(local_day(now, zone_of(store)))
        by_day = figures_by_day(store, spans["last_30_days"])
        people = shoppers_of_days(store, spans["last_30_days"])
        periods = {name: _period(days, by_day, people) for name, days in spans.items()}
        return Overview(store.time_zone, now, **periods)

    def series(
        self, staff: StaffMember, metric: Metric, step: Step, *, first: date | None, last: date | None
    ) -> Series:
        """Returns the value of each hour or day: of today by hours and of thirty days by days, if no days are given.

        Raises:
            BadRequest: too many days, or none.
        """
        store = self._stores.get(staff.store_id)
        today = local_day(self._clock.now(), zone_of(store))
        hourly = step is Step.HOUR
        usual, most = (1, MOST_DAYS_BY_HOUR) if hourly else (_USUAL_DAYS, MOST_DAYS)
        days = Days.chosen(first, last, today=today, usual=usual, most=most)
        points = _by_hour(store, days, metric) if hourly else _by_day(store, days, metric)
        return Series(store.time_zone, days, metric, step, points)


def _periods(today: date) -> dict[str, Days]:
    yesterday = today - timedelta(days=1)
    return {
        "today": Days(today, today),
        "yesterday": Days(yesterday, yesterday),
        "last_7_days": Days(today - timedelta(days=6), today),
        "last_30_days": Days(today - timedelta(days=29), today),
    }


def _period(days: Days, by_day: Mapping[date, Figures], people: Mapping[date, Shoppers]) -> Period:
    figures = sum((by_day[day] for day in days.each), NOTHING)
    paid = set[bytes]().union(*(people[day].paid for day in days.each))
    active = paid.union(*(people[day].idle for day in days.each))
    return Period(days, figures, len(paid), len(active))


def _by_day(store: Store, days: Days, metric: Metric) -> list[Point]:
    zone = zone_of(store)
    return [
        Point(span_of(day, day, zone)[0].astimezone(zone), figures.of(metric))
        for day, figures in figures_by_day(store, days).items()
    ]


def _by_hour(store: Store, days: Days, metric: Metric) -> list[Point]:
    zone, points = zone_of(store), list[Point]()
    for day, hours in figures_by_hour(store, days).items():
        start, end = span_of(day, day, zone)
        for number in range(-((start - end) // _HOUR)):
            at = (start.astimezone(UTC) + number * _HOUR).astimezone(zone)
            points.append(Point(at, hours.get(number, NOTHING).of(metric)))
    return points
