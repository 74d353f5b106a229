"""What an operator watches: numbers read from the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

import structlog

from src.models.events import Event
from src.models.job_counts import count_jobs
from src.models.money_counts import (
    count_abnormal_refunds,
    count_differing_days,
    count_held_payments,
    count_messages,
    count_stored_notifications,
)
from src.models.schedules import Schedule
from src.services.jobs.contracts import ScheduledWork
from src.services.messages.shop_messages import WARNINGS
from src.utils.beijing import beijing_day
from src.utils.clock import Clock
from src.utils.gauges import Gauge, Values

log = structlog.get_logger(__name__)

Measure = Callable[[], Iterable[Gauge]]
# So long an alert about one day's bill, or about one message, reminds an operator.
_DAYS_COMPARED, _WARNING_SHOWN = timedelta(days=7), timedelta(days=1)


class Vitals:
    """Reads what features measure; without the database there is only `minimall_database_up 0`."""

    def __init__(self, *measures: Measure) -> None:
        self._measures = measures

    def read(self) -> Sequence[Gauge]:
        try:
            gauges = [gauge for measure in self._measures for gauge in measure()]
        except Exception as error:  # the numbers of the process itself are worth reading all the same
            log.warning("vitals_unreadable", reason=type(error).__name__)
            return [_up(0)]
        return [_up(1), *gauges]


class JobVitals:
    """Measures jobs, schedules and the outbox."""

    def __init__(self, *, works: Mapping[str, ScheduledWork], clock: Clock) -> None:
        self._works = works
        self._clock = clock

    def measure(self) -> Iterator[Gauge]:
        yield from self._jobs()
        yield from self._schedules()
        yield self._outbox()

    def _jobs(self) -> Iterator[Gauge]:
        kinds = count_jobs(now=self._clock.now())
        states: Values = {
            (counts.kind, state): getattr(counts, state)
            for counts in kinds
            for state in ("waiting", "delayed", "active", "failed")
        }
        yield Gauge("minimall_jobs", "Jobs that are not done, by kind and state.", states, ("kind", "state"))
        oldest = max((counts.oldest_age_seconds for counts in kinds), default=0)
        yield Gauge("minimall_jobs_oldest_due_seconds", "How long the oldest waiting job has been due.", {(): oldest})

    def _schedules(self) -> Iterator[Gauge]:
        periods: Values = {(work.name,): work.every.total_seconds() for work in self._works.values()}
        yield Gauge("minimall_schedule_period_seconds", "How often it is to run.", periods, ("schedule",))
        schedules = Schedule.list_all()
        succeeded: Values = {(item.id,): item.succeeded_at.timestamp() for item in schedules if item.succeeded_at}
        name = "minimall_schedule_last_success_timestamp_seconds"
        yield Gauge(name, "When scheduled work last ended well.", succeeded, ("schedule",))
        counts: Values = {(item.id,): item.count for item in schedules if item.count is not None}
        yield Gauge("minimall_schedule_last_count", "How much its last run did.", counts, ("schedule",))

    def _outbox(self) -> Gauge:
        pending = Event.list_pending(limit=1)
        lag_s = max(0.0, (self._clock.now() - pending[0].occurred_at).total_seconds()) if pending else 0.0
        return Gauge("minimall_outbox_lag_seconds", "Age of the oldest event that is not dispatched.", {(): lag_s})


class MoneyVitals:
    """Measures the money that waits for a person, and what WeChat warns of."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def measure(self) -> Iterator[Gauge]:
        held, abnormal = count_held_payments(), count_abnormal_refunds()
        yield Gauge("minimall_payments_held", "Payments that differ from what was asked for, not decided.", {(): held})
        yield Gauge("minimall_refunds_abnormal", "Refunds that WeChat cannot pay back.", {(): abnormal})
        stored = count_stored_notifications()
        yield Gauge("minimall_notifications_stored", "Notifications about what we do not know.", {(): stored})
        yield self._reconciliations()
        yield self._warnings()

    def _reconciliations(self) -> Gauge:
        differing = count_differing_days(beijing_day(self._clock.now()) - _DAYS_COMPARED)
        name = "minimall_reconciliations_differing"
        return Gauge(name, "Days of stores in the last week that differ from WeChat's bill.", {(): differing})

    def _warnings(self) -> Gauge:
        counts = count_messages(WARNINGS, since=self._clock.now() - _WARNING_SHOWN)
        values: Values = {(event,): count for event, count in counts.items()}
        return Gauge("minimall_wechat_warnings", "WeChat's warnings of the last day.", values, ("event",))


def _up(value: int) -> Gauge:
    return Gauge("minimall_database_up", "Whether the database answered.", {(): value})
