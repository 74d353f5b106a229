"""What was sold on days that are not added up: busy hours that were kept, and the rest as it is at this moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from src.models.documents import MAX_TIME_OF_WORK_MS
from src.models.hourly_sales import HourlySales, HourOfDay
from src.models.late_changes import LateChange
from src.models.sales_sums import Span, by_hour, sums
from src.models.sold_lines import Sold, sold_in
from src.models.stores import Store
from src.services.statistics.days import Days, local_day, runs_of, span_of, zone_of

# What was paid in an hour with fewer payments is summed from them sooner than a row for it is worth keeping.
WORTH_KEEPING = 500
_HOUR = timedelta(hours=1)


def sold_on_open_days(store: Store, days: Sequence[date]) -> Sold:
    """Returns what was sold on these ascending days.

    Late changes are asked for before the hours are read: a change is gone only when its hour is not kept any more.
    """
    if not days:
        return Sold()
    zone, sold, kept_spans = zone_of(store), Sold(), list[Span]()
    changed = _changed_hours(store, Days(days[0], days[-1]).span(zone))
    kept = HourlySales.between(store.id, store.time_zone, days[0].isoformat(), days[-1].isoformat())
    wanted = {day.isoformat() for day in days}
    for hour in sorted(kept.keys() - changed):
        if hour[0] in wanted:
            sold.add_all(kept[hour])
            kept_spans.append(_span_of_hour(hour, zone))
    for span in _gaps([run.span(zone) for run in runs_of(days)], kept_spans):
        sold.add_all(sold_in(store.id, span))
    return sold


def keep_busy_hours(store: Store, day: date, *, until: datetime, worth_keeping: int) -> None:
    """Sums each busy hour of the day that is over by then, and keeps it until the day is added up.

    What is kept stays if a later hour fails.
    """
    zone = zone_of(store)
    start, end = span_of(day, day, zone)
    span = (start, max(start, min(end, until)))
    by_number = sums(store.id, span, by_hour(start), max_time_ms=MAX_TIME_OF_WORK_MS)
    busy = {(day.isoformat(), number) for number, one in by_number.items() if one.paid_orders >= worth_keeping}
    kept = {(day.isoformat(), number) for number in HourlySales.hours(store.id, store.time_zone, day.isoformat())}
    for hour in sorted(busy - kept - _changed_hours(store, span)):
        of_hour = _span_of_hour(hour, zone)
        if of_hour[1] <= span[1]:
            HourlySales.put(store.id, hour, store.time_zone, sold_in(store.id, of_hour))


def _changed_hours(store: Store, span: Span) -> set[HourOfDay]:
    zone = zone_of(store)
    return {_hour_of(moment, zone) for moment in LateChange.moments(store.id, *span)}


def _hour_of(moment: datetime, zone: ZoneInfo) -> HourOfDay:
    day = local_day(moment, zone)
    return day.isoformat(), (moment - span_of(day, day, zone)[0]) // _HOUR


def _span_of_hour(hour: HourOfDay, zone: ZoneInfo) -> Span:
    day = date.fromisoformat(hour[0])
    start, end = span_of(day, day, zone)
    beginning = start.astimezone(UTC) + hour[1] * _HOUR
    return beginning, min(beginning + _HOUR, end)


def _gaps(spans: Iterable[Span], taken: Collection[Span]) -> Iterator[Span]:
    """Yields what is left of these ascending spans without the ascending ones inside them that are taken."""
    for start, end in spans:
        inside = [one for one in taken if start <= one[0] < end]
        for before, after in pairwise([(start, start), *inside, (end, end)]):
            if before[1] < after[0]:
                yield before[1], after[0]
