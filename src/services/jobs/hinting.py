"""Telling workers of due jobs. A hint may be lost or come twice: the claim in the database decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from bson import ObjectId

from src.models.jobs import Job
from src.utils.clock import Clock

Hint = Callable[[Sequence[ObjectId]], None]

_AGAIN_AFTER = timedelta(seconds=30)


def tell_nobody(job_ids: Sequence[ObjectId]) -> None:
    """The hint of a process that has no broker: its jobs are run by who asks for them."""


class Hinting:
    """Hints at each due job, and again after half a minute if nobody has claimed it."""

    def __init__(self, *, hint: Hint, clock: Clock) -> None:
        self._hint = hint
        self._clock = clock

    def hint_due(self, limit: int) -> int:
        """Returns how many jobs were hinted at, at most `limit`."""
        now = self._clock.now()
        job_ids = Job.take_hints(now=now, again_at=now + _AGAIN_AFTER, limit=limit)
        self._hint(job_ids)
        return len(job_ids)
