"""When a day's figures are final, and what is done about what comes later still."""

from __future__ import annotations

from datetime import datetime, timedelta

from bson import ObjectId

from src.models.late_changes import LateChange
from src.models.transaction import Session

# A day is added up this long after it is over.
FINAL_AFTER = timedelta(hours=1)
# What is recorded within this time is committed before its day is added up: no transaction takes the rest of the hour.
_IN_TIME = FINAL_AFTER / 2


def note_if_late(store_id: ObjectId, at: datetime, *, now: datetime, session: Session) -> None:
    """Sees to it that the figures of the day of `at` count what the caller's transaction records `now`."""
    if now - at > _IN_TIME:
        LateChange(store_id=store_id, at=at).insert(session=session)
