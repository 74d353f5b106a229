"""Scheduled work: each piece runs once per tick, whoever and however many ask for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from structlog.contextvars import bound_contextvars

from src.models.schedules import Schedule
from src.services.jobs.contracts import ScheduledWork
from src.services.jobs.leases import held
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRY_AGAIN = timedelta(minutes=1)


def next_tick(now: datetime, every: timedelta) -> datetime:
    """Returns the next whole multiple of `every` since 1970: the same moment for every process."""
    return now + every - (now - _EPOCH) % every


class Scheduling:
    """Runs scheduled work that is due, one run of each at a time."""

    def __init__(self, *, works: Mapping[str, ScheduledWork], clock: Clock, lease: timedelta) -> None:
        self.works = works
        self._clock = clock
        self._lease = lease

    def run(self, name: str) -> bool:
        """Runs the work if it is due; returns whether more of it waits.

        A run whose process died is followed by another one when its lease has ended.
        """
        work = self.works[name]
        now = self._clock.now()
        claimed = Schedule.claim(name, now=now, next_due_at=now + self._lease)
        if claimed is None:
            return False
        with bound_contextvars(schedule=name):
            return self._run(work, claimed)

    def list_all(self) -> list[Schedule]:
        return Schedule.list_all()

    def _run(self, work: ScheduledWork, claimed: Schedule) -> bool:
        try:
            with held(lambda: claimed.renew(next_due_at=self._clock.now() + self._lease), self._lease):
                count, more = self._run_portions(work)
        except Exception as error:  # its next run may go better, and no other work depends on it
            log.exception("schedule_broken")
            again_at = self._clock.now() + min(work.every, _TRY_AGAIN)
            claimed.record(next_due_at=again_at, succeeded_at=None, count=0, error=type(error).__name__)
            return False
        self._record(work, claimed, count, more=more)
        return more

    def _run_portions(self, work: ScheduledWork) -> tuple[int, bool]:
        """Returns how much was done, and whether more of it waits because of the work's limit or of the time."""
        ends_at = time.monotonic() + self._lease.total_seconds()
        portion, count = work.portion or work.limit, 0
        while count < work.limit and time.monotonic() < ends_at:
            done = work.run(min(portion, work.limit - count))
            count += done
            if done < portion:
                return count, count >= work.limit
        return count, True

    def _record(self, work: ScheduledWork, claimed: Schedule, count: int, *, more: bool) -> None:
        now = self._clock.now()
        next_due_at = now if more else next_tick(now, work.every)
        claimed.record(next_due_at=next_due_at, succeeded_at=now, count=count, error="")
        if count:
            log.info("schedule", count=count, more=more)
