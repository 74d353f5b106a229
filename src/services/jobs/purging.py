"""Forgetting what is past its keep. What failed is kept: somebody has to look at it."""

from __future__ import annotations

from datetime import timedelta

from src.models.events import Event
from src.models.jobs import Job
from src.utils.clock import Clock


class Purging:
    """Deletes what has long been done."""

    def __init__(self, *, keep_jobs: timedelta, keep_events: timedelta, clock: Clock) -> None:
        self._keep_jobs = keep_jobs
        self._keep_events = keep_events
        self._clock = clock

    def purge_jobs(self, limit: int) -> int:
        """Returns how many succeeded jobs were deleted."""
        return Job.delete_succeeded(before=self._clock.now() - self._keep_jobs, limit=limit)

    def purge_events(self, limit: int) -> int:
        """Returns how many dispatched events were deleted."""
        return Event.delete_dispatched(before=self._clock.now() - self._keep_events, limit=limit)
