"""Adding documents up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Tally(Protocol):
    """Something that grows with each document."""

    def add(self, document: Any) -> None: ...


def documents_can_be_counted(document: Any, *tallies: Tally) -> Iterator[str]:
    """Adds a document to the tallies. One that cannot be added is missing in them: that is the finding."""
    for tally in tallies:
        tally.add(document)
    yield from ()
