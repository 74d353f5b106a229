"""What an audit looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from bson import ObjectId

from src.models.snapshots import Row, Snapshot

Item = TypeVar("Item")
_BATCH = 500


@dataclass(frozen=True)
class Scope:
    """One instant of one store, or of all of them if there is no `store_id`."""

    view: Snapshot
    now: datetime
    store_id: ObjectId | None

    def __str__(self) -> str:
        return f"store {self.store_id}" if self.store_id else "the installation"

    @property
    def within(self) -> Row:
        """The query for documents of this scope."""
        return {"store_id": self.store_id} if self.store_id else {}


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yields the items in lists that fit into one query each."""
    waiting = iter(items)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
