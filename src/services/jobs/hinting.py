"""Telling workers of due jobs. A hint may be lost or come twice: the claim in the database decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from bson import ObjectId

from src.models.jobs import Job
from src.utils.clock import Clock


class Hints(Protocol):
    """The way to the workers."""

    def room(self) -> int:
        """Returns how many hints may be sent now: what waits in the broker is bounded."""

    def send(self, job_ids: Sequence[ObjectId]) -> None: ...


class NoWorkers:
    """The hints of a process that has no broker: its jobs are run by who asks for them."""

    def room(self) -> int:
        return 0

    def send(self, job_ids: Sequence[ObjectId]) -> None:
        assert not job_ids, "there was no room"


class Hinting:
    """Hints at each due job, and again `again_after` that time if nobody has claimed it."""

    def __init__(self, *, hints: Hints, clock: Clock, again_after: timedelta) -> None:
        self._hints = hints
        self._clock = clock
        self._again_after = again_after

    def hint_due(self, limit: int) -> int:
        """Returns how many jobs were hinted at, at most `limit`."""
        room = min(limit, self._hints.room())
        if room <= 0:
            return 0
        now = self._clock.now()
        job_ids = Job.take_hints(now=now, again_at=now + self._again_after, limit=room)
        self._hints.send(job_ids)
        return len(job_ids)
