"""Reading many collections as they all were at one instant, beside writers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo.client_session import ClientSession

from src.models.connection import client
from src.models.documents import BaseDocument

Row = dict[str, Any]


class Snapshot:
    """The database at the instant of the first read.

    The server keeps that instant for `minSnapshotHistoryWindowInSeconds`, five minutes unless it is told otherwise;
    what is read later fails.
    """

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    def rows(
        self, document: type[BaseDocument], query: Row, fields: Sequence[str], *, order_by: Sequence[str] = ()
    ) -> Iterator[Row]:
        """Yields the `fields` of what matches as they are stored, whatever they are, read in batches."""
        found = document.collection().find(query, list(fields), session=self._session, allow_disk_use=True)
        yield from found.sort([(name, 1) for name in order_by]) if order_by else found

    def count(self, document: type[BaseDocument], query: Row) -> int:
        return document.collection().count_documents(query, session=self._session)


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    with client().start_session(snapshot=True) as session:
        yield Snapshot(session)
