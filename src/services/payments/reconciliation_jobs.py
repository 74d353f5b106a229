"""Reconciling by itself: one job per store and day, from the morning after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

from src.models.jobs import Job, NewJob
from src.models.stores import Store
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater, ScheduledWork
from src.services.payments.reconciliation import NotBilled, Reconciliations
from src.services.stores.stores import Stores
from src.services.wechat.bill_rows import UnreadableBill
from src.services.wechat.bills import NoBillYet
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.utils.beijing import BEIJING, beijing_day
from src.utils.clock import Clock

KIND = "reconcile"
# WeChat makes yesterday's bill by ten o'clock.
_BILLS_FROM = time(10, 15)
# Days that nobody reconciled, because nothing ran, are made up for.
_DAYS_BACK = 7
_LOOK_EVERY = timedelta(minutes=5)
_TRY_AGAIN_AFTER = timedelta(minutes=15)
_MAX_ATTEMPTS = 48


class ReconciliationJobs:
    """Wants a reconciliation of each store's every day, and does it."""

    def __init__(self, *, reconciliations: Reconciliations, stores: Stores, clock: Clock) -> None:
        self._reconciliations = reconciliations
        self._stores = stores
        self._clock = clock

    @property
    def handler(self) -> Handler:
        return Handler(KIND, self.reconcile, _MAX_ATTEMPTS)

    @property
    def scheduled(self) -> ScheduledWork:
        return ScheduledWork("reconcile_yesterday", _LOOK_EVERY, self.want_due)

    def want_due(self, limit: int) -> int:
        """Adds at most `limit` jobs for days that WeChat has billed and no job was added for; returns how many."""
        wanted = {job.key: job for store in Store.list_all() for job in self._jobs_of(store)}
        missing = wanted.keys() - Job.existing_keys(list(wanted))
        due = sorted(missing)[:limit]
        for key in due:
            Job.add(wanted[key], now=self._clock.now(), session=None)
        return len(due)

    def reconcile(self, run: JobRun) -> dict[str, Any]:
        """Handles a job; repeating it replaces the report."""
        store = self._stores.get(run.job.store_id)
        day = date.fromisoformat(run.job.payload["day"])
        try:
            findings = self._reconciliations.compare(store, day, run.progress)
        except NoBillYet:
            raise RetryLater("WeChat is still making the bill", _TRY_AGAIN_AFTER) from None
        except OutcomeUnknown as error:
            raise RetryLater(f"WeChat did not give the bill: {error}", _TRY_AGAIN_AFTER) from error
        except (PayError, UnreadableBill, NotBilled) as error:
            raise GiveUp(f"the bill cannot be had: {error}") from error
        report = self._reconciliations.record(store, day, findings)
        return {"reconciliationId": str(report.id), "differs": report.differs}

    def _jobs_of(self, store: Store) -> Iterator[NewJob]:
        first = beijing_day(store.created_at)
        for day in self._billed_days():
            if day >= first:
                yield NewJob(KIND, f"{KIND}:{store.id}:{day}", store.id, {"day": day.isoformat()})

    def _billed_days(self) -> list[date]:
        now = self._clock.now().astimezone(BEIJING)
        latest = now.date() - timedelta(days=1 if now.time() >= _BILLS_FROM else 2)
        return [latest - timedelta(days=back) for back in range(_DAYS_BACK)]
