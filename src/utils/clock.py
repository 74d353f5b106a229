"""The only source of the current time."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """Wall clock. Services take one as a collaborator so that tests can move time."""

    def now(self) -> datetime:
        """Returns the current time, aware and in UTC, cut to the millisecond that BSON keeps."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
