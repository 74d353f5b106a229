"""A clock that tests can move."""

from __future__ import annotations

from datetime import datetime, timedelta

from src.utils.clock import Clock


class MovableClock(Clock):
    """The wall clock plus what a test has added."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self._ahead

    def advance(self, **duration: float) -> None:
        """Moves time on by `timedelta(**duration)`."""
        self._ahead += timedelta(**duration)

    def reset(self) -> None:
        self._ahead = timedelta()
