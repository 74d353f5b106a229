"""What a feature gives to the jobs: handlers for its kinds of work, jobs its events cause, scheduled work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from src.models.events import Event
from src.models.jobs import Job, NewJob

MAX_ATTEMPTS = 8


class RetryLater(Exception):
    """The work could not be done now. It is tried again `after` that time, or after the usual growing pause."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class GiveUp(Exception):
    """Trying again would not help: the job fails with this reason, for a person to look at."""


class LeaseLost(Exception):
    """Another worker has the job by now: stop, and write nothing more."""


class JobRun(Protocol):
    """One attempt at a job, as its handler sees it."""

    @property
    def job(self) -> Job: ...

    def progress(self, done: int, total: int | None = None) -> None:
        """Records the progress and renews the lease.

        Raises:
            LeaseLost: another worker has the job by now.
        """


Handle = Callable[[JobRun], dict[str, Any] | None]
# Which jobs an event causes. It may be asked twice about one event: equal keys make one job.
Subscriber = Callable[[Event], Iterable[NewJob]]


@dataclass(frozen=True)
class Handler:
    """How one kind of job is done. `handle` must be idempotent; what it returns is the job's result."""

    kind: str
    handle: Handle
    max_attempts: int = MAX_ATTEMPTS


@dataclass(frozen=True)
class ScheduledWork:
    """Work that looks for what is due. `run(limit)` does at most `limit` pieces and returns how many it did."""

    name: str
    every: timedelta
    run: Callable[[int], int]
    limit: int = 100


@dataclass(frozen=True)
class JobParts:
    """All that the features of one process contribute."""

    handlers: Mapping[str, Handler]
    subscribers: Sequence[Subscriber] = field(default_factory=tuple)
    scheduled: Mapping[str, ScheduledWork] = field(default_factory=dict)

    @classmethod
    def of(
        cls, *, handlers: Iterable[Handler], subscribers: Iterable[Subscriber], scheduled: Iterable[ScheduledWork]
    ) -> JobParts:
        by_kind = {handler.kind: handler for handler in handlers}
        return cls(by_kind, tuple(subscribers), {work.name: work for work in scheduled})
