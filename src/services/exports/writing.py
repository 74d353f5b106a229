"""Writing the file of an export, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from src.models.exports import Export
from src.models.jobs import Job
from src.services.exports.contracts import KindOfExport, Place
from src.services.exports.kinds import KINDS
from src.services.jobs.contracts import GiveUp, Handler, JobRun, LeaseLost, RetryLater
from src.services.media.object_store import ObjectStore, StorageDown
from src.services.sheets.writing import Cell, file_of
from src.services.stores.stores import Stores
from src.utils.clock import Clock
from src.utils.sheet_kinds import CONTENT_TYPES, ExportState

WRITE_KIND = "exports.write"
# Products, orders, moves or days; each may have several rows.
MOST_DOCUMENTS = 100_000
KEPT = timedelta(hours=24)
TOO_MUCH = "too_much"
_PROGRESS_EVERY = 1_000
_LATER = timedelta(seconds=30)


class WritingExports:
    """Writes each export anew with each attempt, under names of its own: a worker that was slow spoils nothing."""

    def __init__(self, *, objects: ObjectStore, stores: Stores, clock: Clock) -> None:
        self._objects = objects
        self._stores = stores
        self._clock = clock
        self.handler = Handler(WRITE_KIND, self.run, given_up=self.give_up, is_long=True)

    def run(self, run: JobRun) -> dict[str, Any]:
        """Writes the file and makes it ready.

        Raises:
            RetryLater: the object store failed. GiveUp: there is too much. LeaseLost.
        """
        export = Export.taken_up(run.job.store_id, _export_of(run.job))
        if export is None:
            return {}
        kind = KINDS[export.kind]
        total = kind.select(export.store_id, export.filters).count(MOST_DOCUMENTS + 1)
        if total > MOST_DOCUMENTS:
            raise GiveUp(TOO_MUCH)
        export.begin(total)
        try:
            size = self._write(export, self._rows(export, kind, run, total), run.job.fence)
        except StorageDown as error:
            raise RetryLater("the object store failed", _LATER) from error
        return {"documents": total, "bytes": size}

    def give_up(self, job: Job, reason: str) -> None:
        """Says in the export that there will be no file. What was written of it goes when the export expires."""
        Export.fail(_export_of(job), reason, now=self._clock.now())

    def _write(self, export: Export, rows: Iterator[Sequence[Cell]], attempt: int) -> int:
        size, keys = 0, list[str]()
        for piece in file_of(rows, export.written_as):
            keys.append(export.piece(attempt, len(keys)))
            self._note(export, {f"written.{attempt}": len(keys)}, keys)
            self._objects.put(keys[-1], piece, CONTENT_TYPES[export.written_as])
            size += len(piece)
        now = self._clock.now()
        ready = {"state": ExportState.READY.value, "attempt": attempt, "size": size, "done": export.total}
        self._note(export, {**ready, "finished_at": now, "expires_at": now + KEPT}, keys)
        return size

    def _rows(self, export: Export, kind: KindOfExport, run: JobRun, total: int) -> Iterator[Sequence[Cell]]:
        zone = ZoneInfo(self._stores.get(export.store_id).time_zone)
        place = Place(export.store_id, zone, export.language)
        yield kind.header(export.language)
        documents = kind.select(export.store_id, export.filters).each()
        yield from kind.rows(place, _told(documents, export, run, total))

    def _note(self, export: Export, values: dict[str, Any], keys: Sequence[str]) -> None:
        """Raises LeaseLost: nobody waits for the export any more, or its store is gone. Then the pieces are, too."""
        if not export.note(values):
            self._objects.delete(keys)
            raise LeaseLost


def _export_of(job: Job) -> ObjectId:
    return ObjectId(job.payload["exportId"])


def _told(documents: Iterator[Any], export: Export, run: JobRun, total: int) -> Iterator[Any]:
    for done, document in enumerate(documents):
        if done % _PROGRESS_EVERY == 0:
            run.progress(done, total)
            export.note({"done": done})
        yield document
