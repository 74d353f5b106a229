"""What the database server says it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from src.models.connection import database

_PROFILE = "system.profile"
_READS_AND_WRITES = ("find", "getMore", "aggregate", "count", "findAndModify", "findandmodify", "q", "distinct")


@dataclass(frozen=True)
class Query:
    """One operation that had to look for documents."""

    collection: str
    command: dict[str, Any]
    plan: str
    keys: int
    examined: int
    returned: int
    sorted_in_memory: bool

    @classmethod
    def parse(cls, entry: dict[str, Any]) -> Query:
        return cls(
            collection=entry["ns"].partition(".")[2],
            command=entry["command"],
            plan=entry.get("planSummary", ""),
            keys=entry.get("keysExamined", 0),
            examined=entry.get("docsExamined", 0),
            returned=max(entry.get("nreturned", 0), entry.get("nMatched", 0)),
            sorted_in_memory=entry.get("hasSortStage", False),
        )

    @property
    def counts(self) -> bool:
        return "aggregate" in self.command

    def __str__(self) -> str:
        return f"{self.collection} {self.plan} {self.command}"


class Profile:
    """The operations of this database since the profile was begun, in their order."""

    def __init__(self) -> None:
        self._seen = 0

    def new(self) -> list[Query]:
        """Returns the queries since the last call; inserts and commits look for nothing."""
        entries = list(database()[_PROFILE].find(sort=[("$natural", 1)]))
        fresh, self._seen = entries[self._seen :], len(entries)
        return [Query.parse(entry) for entry in fresh if self._looks_for_something(entry)]

    @staticmethod
    def _looks_for_something(entry: dict[str, Any]) -> bool:
        ours = not entry["ns"].endswith(_PROFILE) and not _counts_calls(entry.get("command", {}))
        return ours and any(name in entry.get("command", {}) for name in _READS_AND_WRITES)


def _counts_calls(command: dict[str, Any]) -> bool:
    """Returns whether it is what any call may do every few seconds, for itself and those before it."""
    update = command.get("u", {})
    return command.get("comment") == "existing stores" or (
        isinstance(update, dict) and "calls" in update.get("$inc", {})
    )


@contextmanager
def profiling() -> Iterator[Profile]:
    """Has the server write down every operation of this database."""
    db = database()
    db.drop_collection(_PROFILE)
    db.create_collection(_PROFILE, capped=True, size=64 * 2**20)
    db.command("profile", 2)
    try:
        yield Profile()
    finally:
        db.command("profile", 0)
        db.drop_collection(_PROFILE)
