"""What the database server says it did, and how much of it is too much."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from src.models.connection import database

# Documents that a read may examine for each one that it returns, counts or adds up. More than one only where a filter
# or a sort is not in the index that was chosen: a keyword with a sort, a price with the newest first.
EXAMINED_PER_RETURNED = 10
# So many in all it may examine whatever it returns: MongoDB tries some before it decides for an index.
EXAMINED_AT_ANY_RATE = 100
# In a large store a search may compare so many that fit in one respect: products by pinyin, description, or in another
# order than their index's, orders by the rarer of two keys.
MOST_COMPARED = {"products": 5_000, "orders": 1_000}
# Documents that may be put in order in memory: what a search compares, and a few of anything else.
_SOME_SORTED = 100
# A platform's stores: only its operator lists them.
FEW = frozenset({"stores"})

_PROFILE = "system.profile"
_PROFILE_BYTES = 64 * 2**20
_LOOKING = ("find", "getMore", "aggregate", "count", "findAndModify", "findandmodify", "q", "distinct")
# Stages that let documents through as they are; the first other one adds up what comes.
_CHOOSING = frozenset({"$match", "$sort", "$skip", "$limit", "$project"})
_RECOUNT = "recounted by the profile"

Command = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """One operation that had to look for documents."""

    collection: str
    command: Command
    plan: str
    keys: int
    examined: int
    returned: int
    sorted_in_memory: bool

    @classmethod
    def parse(cls, entry: dict[str, Any]) -> "Query":
        """Return what an entry of the profile says."""
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
        """Tell whether it adds up what it finds."""
        return "aggregate" in self.command

    @property
    def is_indexed(self) -> bool:
        """Tell whether an index has led to what was read."""
        return bool(self.plan) and "COLLSCAN" not in self.plan

    @property
    def reads_little(self) -> bool:
        """Tell whether no more was examined than `EXAMINED_PER_RETURNED` allows."""
        allowed = max(EXAMINED_PER_RETURNED * self.returned, EXAMINED_AT_ANY_RATE)
        return self.examined <= allowed or self.examined <= EXAMINED_PER_RETURNED * self._taken_up()

    @property
    def compares_little(self) -> bool:
        """Tell whether no more was examined than a search in a large store may."""
        return self.reads_little or self.examined <= MOST_COMPARED.get(self.collection, 0)

    @property
    def sorts_little(self) -> bool:
        """Tell whether indexes have the order, or little was put in order."""
        read = self.examined or self.keys
        return not self._sorts_documents or read <= MOST_COMPARED.get(self.collection, _SOME_SORTED)

    @property
    def _sorts_documents(self) -> bool:
        """Tell whether what was found was put in order, and not only what was made of it."""
        stages = self.command.get("pipeline")
        return self.sorted_in_memory and (stages is None or any("$sort" in stage for stage in _leading(stages)))

    def _taken_up(self) -> int:
        return taken_up(self.collection, self.command.get("pipeline", []))

    def __str__(self) -> str:
        figures = f"keys {self.keys}, examined {self.examined}, returned {self.returned}"
        return f"{self.collection} {self.plan} {figures} {self.command}"


def taken_up(collection: str, pipeline: Sequence[Command]) -> int:
    """Return how many documents a pipeline, with what is united with it, counts or adds up."""
    chosen = _leading(pipeline)
    found = list(database()[collection].aggregate([*chosen, {"$count": "n"}], comment=_RECOUNT)) if chosen else []
    united = [stage["$unionWith"] for stage in pipeline if "coll" in stage.get("$unionWith", {})]
    return sum([*(row["n"] for row in found), *(taken_up(other["coll"], other["pipeline"]) for other in united)])


def _leading(pipeline: Sequence[Command]) -> list[Command]:
    return list(takewhile(lambda stage: stage.keys() <= _CHOOSING, pipeline))


def wasteful(queries: Sequence[Query]) -> list[str]:
    """Return those that scan a collection, or read or sort more than the stated multiples."""
    return [str(query) for query in queries if not (query.is_indexed and query.reads_little and query.sorts_little)]


class Profile:
    """The operations of this database since the profile was begun, in their order."""

    def __init__(self) -> None:
        self._seen = 0

    def new(self) -> list[Query]:
        """Return the queries since the last call; inserts and commits look for nothing."""
        entries = list(database()[_PROFILE].find(sort=[("$natural", 1)]))
        fresh, self._seen = entries[self._seen :], len(entries)
        return [Query.parse(entry) for entry in fresh if _looks_for_something(entry)]


def _looks_for_something(entry: dict[str, Any]) -> bool:
    command = entry.get("command", {})
    ours = not entry["ns"].endswith(_PROFILE) and command.get("comment") != _RECOUNT and not _counts_calls(command)
    return ours and any(name in command for name in _LOOKING)


def _counts_calls(command: Command) -> bool:
    """Tell whether it is what any call may do every few seconds, for itself and those before it."""
    update = command.get("u", {})
    return command.get("comment") == "existing stores" or (
        isinstance(update, dict) and "calls" in update.get("$inc", {})
    )


@contextmanager
def profiling() -> Iterator[Profile]:
    """Have the server write down every operation of this database."""
    db = database()
    db.drop_collection(_PROFILE)
    db.create_collection(_PROFILE, capped=True, size=_PROFILE_BYTES)
    db.command("profile", 2)
    try:
        yield Profile()
    finally:
        db.command("profile", 0)
        db.drop_collection(_PROFILE)
