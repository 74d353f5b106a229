"""The figures of days: those that were added up, and the others as they are at this moment."""

from __future__ import annotations

from datetime import date

from src.models.daily_figures import DailyFigures
from src.models.daily_shoppers import NOBODY, DailyShoppers, Shoppers
from src.models.late_changes import LateChange
from src.models.sales_sums import by_day, by_hour, shoppers_by_day, sums
from src.models.stores import Store
from src.services.statistics.days import Days, local_day, runs_of, span_of, zone_of
from src.utils.figures import NOTHING, Figures


def figures_by_day(store: Store, days: Days) -> dict[date, Figures]:
    """Returns the figures of each of the days."""
    first, last, changed = days.first.isoformat(), days.last.isoformat(), changed_days(store, days)
    added_up = DailyFigures.totals(store.id, store.time_zone, first, last)
    known = {day: added_up[day.isoformat()] for day in days.each if day.isoformat() in added_up and day not in changed}
    zone, group, live = zone_of(store), by_day(store.time_zone), dict[str, Figures]()
    for run in runs_of(day for day in days.each if day not in known):
        live |= sums(store.id, run.span(zone), group)
    return {day: known.get(day) or live.get(day.isoformat(), NOTHING) for day in days.each}


def shoppers_of_days(store: Store, days: Days) -> dict[date, Shoppers]:
    """Returns who bought on each of the days."""
    first, last, changed = days.first.isoformat(), days.last.isoformat(), changed_days(store, days)
    stored = DailyShoppers.between(store.id, store.time_zone, first, last)
    known = {day: stored[day.isoformat()] for day in days.each if day.isoformat() in stored and day not in changed}
    zone, live = zone_of(store), dict[str, Shoppers]()
    for run in runs_of(day for day in days.each if day not in known):
        live |= shoppers_by_day(store.id, run.span(zone), store.time_zone)
    return {day: known.get(day) or live.get(day.isoformat(), NOBODY) for day in days.each}


def figures_by_hour(store: Store, days: Days) -> dict[date, dict[int, Figures]]:
    """Returns the figures of each hour, that has any, of the days; hours are counted from the day's beginning."""
    first, last, changed = days.first.isoformat(), days.last.isoformat(), changed_days(store, days)
    added_up = DailyFigures.hourly(store.id, store.time_zone, first, last)
    zone, found = zone_of(store), dict[date, dict[int, Figures]]()
    for day in days.each:
        hours = None if day in changed else added_up.get(day.isoformat())
        span = span_of(day, day, zone)
        found[day] = sums(store.id, span, by_hour(span[0])) if hours is None else hours
    return found


def changed_days(store: Store, days: Days) -> set[date]:
    """Returns those of the days of which something was recorded late.

    It is asked before what was added up is read: a change is gone only when its day was added up with it.
    """
    zone = zone_of(store)
    return {local_day(moment, zone) for moment in LateChange.moments(store.id, *days.span(zone))}
