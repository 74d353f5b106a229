"""The time zones that the database knows: fewer than Python's, and of another edition."""

from __future__ import annotations

from typing import Any

from pymongo.errors import OperationFailure

from src.models.connection import database
from src.models.documents import MAX_TIME_MS

_UNKNOWN_ZONE = 40485


def is_known_to_database(time_zone: str) -> bool:
    """Returns whether days can be summed in this time zone."""
    day = {"$dateToString": {"date": "$$NOW", "timezone": time_zone}}
    stages: list[dict[str, Any]] = [{"$documents": [{}]}, {"$project": {"day": day}}]
    try:
        list(database().aggregate(stages, maxTimeMS=MAX_TIME_MS))
    except OperationFailure as error:
        if error.code != _UNKNOWN_ZONE:
            raise
        return False
    return True
