"""Running one job: leased, fenced, tried a bounded number of times."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson import ObjectId
from structlog.contextvars import bound_contextvars

from src.models.jobs import Job, due
from src.services.jobs.contracts import MAX_ATTEMPTS, GiveUp, Handler, LeaseLost, Postponed, RetryLater
from src.services.jobs.leases import held
from src.utils.clock import Clock
from src.utils.job_states import JobState
from src.utils.logging import redact

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_S = 300
_LONGEST_REASON = 500


def pause_after(attempt: int, draw: Callable[[], float]) -> timedelta:
    """Returns how long to wait after that attempt (from 1): a random share of a limit that doubles up to 300 s."""
    return timedelta(seconds=draw() * min(2**attempt, _LONGEST_PAUSE_S))


class Attempt:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, job: Job, *, clock: Clock, lease: timedelta) -> None:
        self._job = job
        self._clock = clock
        self._lease = lease
        # Before a worker ends the attempt, after two leases.
        self._pause_at = time.monotonic() + lease.total_seconds()

    @property
    def job(self) -> Job:
        return self._job

    @property
    def should_pause(self) -> bool:
        return time.monotonic() >= self._pause_at

    def progress(self, done: int, total: int | None = None) -> None:
        values = {"done": done} if total is None else {"done": done, "total": total}
        if not self.renew(**values):
            raise LeaseLost

    def renew(self, **values: Any) -> bool:
        """Writes `values` with a new end of the lease; returns False if another worker has the job."""
        return self._job.write({**values, **due(self._clock.now() + self._lease)})


class Running:
    """Runs jobs with the handlers of their kinds."""

    def __init__(
        self,
        *,
        handlers: Mapping[str, Handler],
        clock: Clock,
        lease: timedelta,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._handlers = handlers
        self._clock = clock
        self._lease = lease
        self._draw = draw

    @property
    def kinds(self) -> list[str]:
        """The kinds of job that there are, by name."""
        return sorted(self._handlers)

    def long_ones(self, job_ids: Sequence[ObjectId]) -> set[ObjectId]:
        """Returns those of the jobs whose attempts may take minutes."""
        return Job.of_kinds(job_ids, [kind for kind, handler in self._handlers.items() if handler.is_long])

    def now(self) -> datetime:
        return self._clock.now()

    def run(self, job_id: ObjectId) -> JobState | None:
        """Returns the job's state after one attempt; None if it was not due, or another worker has taken it over."""
        job = Job.claim(job_id, now=self._clock.now(), lease=self._lease)
        if job is None:
            return None
        with bound_contextvars(job=str(job.id), kind=job.kind, attempt=job.attempts):
            state = self._run(job)
            log.info("job", state=state)
            return state

    def _run(self, job: Job) -> JobState | None:
        handler = self._handlers.get(job.kind)
        allowed = handler.max_attempts if handler else MAX_ATTEMPTS
        if job.attempts > allowed:
            return self._fail(job, f"its worker died or was stopped in attempt {allowed}", attempts=allowed)
        try:
            return self._succeed(job, self._handle(job, handler))
        except LeaseLost:
            return None
        except Exception as error:  # whatever a handler raises is one attempt
            return self._end(job, allowed, error)

    def _end(self, job: Job, allowed: int, error: Exception) -> JobState | None:
        match error:
            case GiveUp():
                return self._fail(job, str(error))
            case Postponed():
                return self._wait(job, str(error), error.after, attempts=job.attempts - 1)
            case RetryLater():
                return self._retry(job, allowed, str(error), error.after)
        log.exception("job_attempt_broken")
        # Its text may say anything, and staff will read it.
        return self._retry(job, allowed, type(error).__name__, None)

    def _handle(self, job: Job, handler: Handler | None) -> dict[str, Any] | None:
        if handler is None:
            raise RetryLater("this worker has no handler for it")
        attempt = Attempt(job, clock=self._clock, lease=self._lease)
        with held(attempt.renew, self._lease):
            return handler.handle(attempt)

    def _succeed(self, job: Job, result: dict[str, Any] | None) -> JobState | None:
        return self._finish(job, JobState.SUCCEEDED, reason="", result=result or {})

    def _fail(self, job: Job, reason: str, **values: Any) -> JobState | None:
        handler = self._handlers.get(job.kind)
        tell = log.warning if handler and not handler.pages else log.error
        tell("job_failed", reason=redact(reason))
        if handler and handler.given_up and job.write(due(self._clock.now() + self._lease)):
            handler.given_up(job, _shown(reason))
        return self._finish(job, JobState.FAILED, reason=_shown(reason), **values)

    def _finish(self, job: Job, state: JobState, **values: Any) -> JobState | None:
        written = job.write({"state": state.value, "finished_at": self._clock.now(), **values})
        return state if written else None

    def _retry(self, job: Job, allowed: int, reason: str, after: timedelta | None) -> JobState | None:
        if job.attempts >= allowed:
            return self._fail(job, reason)
        pause = pause_after(job.attempts, self._draw) if after is None else after
        return self._wait(job, reason, pause)

    def _wait(self, job: Job, reason: str, pause: timedelta, **values: Any) -> JobState | None:
        waiting = {"state": JobState.WAITING.value, "reason": _shown(reason), **due(self._clock.now() + pause)}
        return JobState.WAITING if job.write({**waiting, **values}) else None


def _shown(reason: str) -> str:
    return redact(reason)[:_LONGEST_REASON]
