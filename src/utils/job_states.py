"""The life of a job."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """waiting: due now or later. running: leased by a worker. failed: given up, a person may retry it."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
