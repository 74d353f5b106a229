"""A whole store as one file."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from bson import json_util

from src.models.media_files import MediaFile
from src.models.store_documents import STORE_DOCUMENTS, store_row
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import command_within
from src.services.audit_log import record_action
from src.services.tenants.recording import SUBJECT
from src.utils.actions import Action
from src.utils.clock import Clock

_AT_ONCE = 500


class StoreExport:
    """Writes gzip of NDJSON: one `{"collection", "document"}` a line, documents in MongoDB's extended JSON.

    The last line counts the documents of each collection: without it the file is not whole. Secrets stay sealed.
    Of the pictures there is a list in a file of its own, by which they are copied.
    """

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def write(self, store: Store, path: Path) -> dict[str, int]:
        """Returns how many documents of each collection were written. The file is there only if all of them were.

        Collections are read one after the other: only of a suspended store are they of one moment.

        Raises:
            OSError: the file cannot be written.
        """
        partial = path.with_name(f"{path.name}.partial")
        counts: dict[str, int] = {}
        with _private(partial) as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
            for collection, document in _documents(store):
                _write(file, {"collection": collection, "document": document})
                counts[collection] = counts.get(collection, 0) + 1
            _write(file, {"counts": counts})
        partial.replace(path)
        self._record(store)
        return counts

    def write_pictures(self, store: Store, path: Path) -> int:
        """Writes the name of each picture's objects in the folder or the bucket, one a line; returns how many.

        Raises:
            OSError: the file cannot be written.
        """
        partial, objects = path.with_name(f"{path.name}.partial"), 0
        with _private(partial) as file:
            for key in MediaFile.stored_keys(store.id):
                file.write(f"{key}\n".encode())
                objects += 1
        partial.replace(path)
        return objects

    def _record(self, store: Store) -> None:
        def work(session: Session) -> None:
            actor, now = command_within(store.id), self._clock.now()
            record_action(actor, Action.STORE_EXPORT, SUBJECT, store.id, {}, at=now, session=session)

        self._transactions.run(work)


def _documents(store: Store) -> Iterator[tuple[str, dict[str, Any]]]:
    yield Store._get_collection_name(), store_row(store.id)
    for document in STORE_DOCUMENTS:
        found = document.collection().find({"store_id": store.id}).sort("_id", 1).batch_size(_AT_ONCE)
        for raw in found:
            yield document._get_collection_name(), raw


def _write(file: gzip.GzipFile, line: dict[str, Any]) -> None:
    text = json.dumps(line, default=json_util.default, ensure_ascii=False)
    file.write(text.encode() + b"\n")


def _private(path: Path) -> IO[bytes]:
    """Returns a new file that only its owner can read: it holds names, addresses and telephone numbers."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
