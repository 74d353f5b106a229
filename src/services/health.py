"""Whether this process can serve."""

from __future__ import annotations

from src.models.connection import is_writable
from src.models.indexes import missing_indexes


class Health:
    """Asks what readiness depends on. A good index check is remembered: indexes do not go away by themselves."""

    def __init__(self) -> None:
        self._indexes_complete = False

    def database_writable(self) -> bool:
        return is_writable()

    def missing_indexes(self) -> list[str]:
        if self._indexes_complete:
            return []
        missing = missing_indexes()
        self._indexes_complete = not missing
        return missing
