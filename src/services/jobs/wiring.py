"""What runs beside requests, wired from what the features contribute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from src.models.transaction import Transactions
from src.services.jobs.contracts import JobParts, ScheduledWork
from src.services.jobs.dispatching import Dispatching
from src.services.jobs.hinting import Hinting, Hints
from src.services.jobs.purging import Purging
from src.services.jobs.queues import Queues
from src.services.jobs.running import Running
from src.services.jobs.scheduling import Scheduling
from src.utils.clock import Clock

_SOON = timedelta(seconds=2)
_DAILY = timedelta(days=1)
_PURGED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Jobs:
    """Running one job, running scheduled work, and what people see of both."""

    running: Running
    scheduling: Scheduling
    queues: Queues


def wire_jobs(
    parts: JobParts, *, transactions: Transactions, clock: Clock, lease: timedelta, purging: Purging, hints: Hints
) -> Jobs:
    dispatching = Dispatching(subscribers=parts.subscribers, transactions=transactions, clock=clock)
    hinting = Hinting(hints=hints, clock=clock, again_after=lease / 2)
    asking_again = dispatching.asking_again()
    works = (
        ScheduledWork("dispatch_events", _SOON, dispatching.dispatch_pending),
        ScheduledWork("hint_jobs", _SOON, hinting.hint_due),
        ScheduledWork("purge_jobs", _DAILY, purging.purge_jobs, limit=_PURGED_AT_ONCE),
        ScheduledWork("purge_events", _DAILY, purging.purge_events, limit=_PURGED_AT_ONCE),
    )
    return Jobs(
        running=Running(handlers={**parts.handlers, asking_again.kind: asking_again}, clock=clock, lease=lease),
        scheduling=Scheduling(
            works={**parts.scheduled, **{work.name: work for work in works}}, clock=clock, lease=lease
        ),
        queues=Queues(transactions=transactions, clock=clock),
    )
