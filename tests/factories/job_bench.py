"""Jobs of kinds that only tests have, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bson import ObjectId

from src.models.jobs import Job, NewJob
from src.services.jobs.contracts import Handle, Handler, JobRun
from src.services.jobs.running import Running
from src.utils.clock import Clock
from src.utils.job_states import JobState

KIND = "test.work"
LEASE = timedelta(seconds=60)


class JobBench:
    """One kind of job whose handler a test chooses; pauses are as long as they can be."""

    def __init__(self, clock: Clock, handle: Handle, *, max_attempts: int = 3, pages: bool = True) -> None:
        self.clock = clock
        handler = Handler(KIND, handle, max_attempts, pages)
        self.running = Running(handlers={KIND: handler}, clock=clock, lease=LEASE, draw=lambda: 1.0)

    def run(self, job: Job) -> JobState | None:
        return self.running.run(job.id)


def wanted(clock: Clock, *, kind: str = KIND, store_id: ObjectId | None = None, **payload: Any) -> Job:
    """Returns a stored job that is due now."""
    key = f"{kind}:{ObjectId()}"
    Job.add(NewJob(kind, key, store_id, payload), now=clock.now(), session=None)
    return stored(key=key)


def stored(**query: Any) -> Job:
    found = Job.find_document(query)
    assert found is not None
    return found


def read(job: Job) -> Job:
    return stored(_id=job.id)


def failing_with(error: BaseException) -> Callable[[JobRun], None]:
    def handle(run: JobRun) -> None:
        raise error

    return handle
