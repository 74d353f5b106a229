"""What a feature gives to the jobs: handlers for its kinds of work, jobs its events cause, scheduled work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from src.models.events import Event
from src.models.jobs import Job, NewJob

MAX_ATTEMPTS = 8
# Of work that asks WeChat: some seconds each when WeChat does not answer.
REMOTE_PORTION = 5


class RetryLater(Exception):
    """The work could not be done now. It is tried again `after` that time, or after the usual growing pause."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Postponed(Exception):
    """The work was not begun, since something else is under way, or has come to the end of a portion.

    It is due `after` that time, no attempt less.
    """

    def __init__(self, reason: str, after: timedelta) -> None:
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

    @property
    def should_pause(self) -> bool:
        """Whether this attempt has lasted so long that the rest of its work should be postponed."""


Handle = Callable[[JobRun], dict[str, Any] | None]
# Told of a job that has failed for good, and why, so that what waits for it can say so. It may be told again.
GivenUp = Callable[[Job, str], None]
# Which jobs an event causes. It may be asked twice about one event: equal keys make one job.
Subscriber = Callable[[Event], Iterable[NewJob]]


@dataclass(frozen=True)
class Handler:
    """How one kind of job is done. `handle` must be idempotent; what it returns is the job's result.

    `pages` is False for work that fails by somebody else's fault, who is told of it: nobody is to be woken up.
    `is_long` allows each attempt several minutes, of which it must tell its progress.
    """

    kind: str
    handle: Handle
    max_attempts: int = MAX_ATTEMPTS
    pages: bool = True
    given_up: GivenUp | None = None
    is_long: bool = False


@dataclass(frozen=True)
class ScheduledWork:
    """Work that looks for what is due. `run(limit)` does at most `limit` pieces and returns how many it did.

    Work that waits for others, such as WeChat, is asked for a `portion` at a time, so that a run can end in time.
    """

    name: str
    every: timedelta
    run: Callable[[int], int]
    limit: int = 100
    portion: int | None = None


@dataclass(frozen=True)
class JobParts:
    """What one feature contributes, or all features of a process together."""

    handlers: Mapping[str, Handler]
    subscribers: Sequence[Subscriber] = field(default_factory=tuple)
    scheduled: Mapping[str, ScheduledWork] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        handlers: Iterable[Handler] = (),
        subscribers: Iterable[Subscriber] = (),
        scheduled: Iterable[ScheduledWork] = (),
    ) -> JobParts:
        by_kind = {handler.kind: handler for handler in handlers}
        return cls(by_kind, tuple(subscribers), {work.name: work for work in scheduled})

    @classmethod
    def joined(cls, *parts: JobParts) -> JobParts:
        return cls.of(
            handlers=[handler for part in parts for handler in part.handlers.values()],
            subscribers=[subscriber for part in parts for subscriber in part.subscribers],
            scheduled=[work for part in parts for work in part.scheduled.values()],
        )
