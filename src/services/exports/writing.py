"""Writing the file of an export, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from src.models.exports import Export
from src.services.exports.contracts import KindOfExport, Place
from src.services.exports.kinds import KINDS
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.media.object_store import ObjectStore, StorageDown
from src.services.sheets.writing import Cell, file_of
from src.services.stores.stores import Stores
from src.utils.clock import Clock
from src.utils.sheet_kinds import CONTENT_TYPES, ExportState

WRITE_KIND = "exports.write"
# Products, orders, moves or days; each may have several rows.
MOST_DOCUMENTS = 100_000
KEPT = timedelta(hours=24)
_PROGRESS_EVERY = 1_000
_LATER = timedelta(seconds=30)


class WritingExports:
    """Writes each export anew with each attempt, under names of its own: a worker that was slow spoils nothing."""

    def __init__(self, *, objects: ObjectStore, stores: Stores, clock: Clock) -> None:
        self._objects = objects
        self._stores = stores
        self._clock = clock
        self.handler = Handler(WRITE_KIND, self.run)

    def run(self, run: JobRun) -> dict[str, Any]:
        """Writes the file and makes it ready.

        Raises:
            RetryLater: the object store failed. GiveUp: there is too much. LeaseLost.
        """
        export = Export.find_in_store(run.job.store_id, ObjectId(run.job.payload["exportId"]))
        if export is None or export.state is not ExportState.WAITING:
            return {}
        kind = KINDS[export.kind]
        total = kind.select(export.store_id, export.filters).count(MOST_DOCUMENTS + 1)
        if total > MOST_DOCUMENTS:
            self._fail(export, "too_much")
        export.note({"total": total, "done": 0})
        try:
            size = self._write(export, kind, run, total)
        except StorageDown as error:
            raise RetryLater("the object store failed", _LATER) from error
        now = self._clock.now()
        ready = {"state": ExportState.READY.value, "attempt": run.job.fence, "size": size, "done": total}
        export.note({**ready, "finished_at": now, "expires_at": now + KEPT})
        return {"documents": total, "bytes": size}

    def _write(self, export: Export, kind: KindOfExport, run: JobRun, total: int) -> int:
        size, attempt = 0, run.job.fence
        rows = self._rows(export, kind, run, total)
        for number, piece in enumerate(file_of(rows, export.written_as)):
            export.note({f"written.{attempt}": number + 1})
            self._objects.put(export.piece(attempt, number), piece, CONTENT_TYPES[export.written_as])
            size += len(piece)
        return size

    def _rows(self, export: Export, kind: KindOfExport, run: JobRun, total: int) -> Iterator[Sequence[Cell]]:
        zone = ZoneInfo(self._stores.get(export.store_id).time_zone)
        place = Place(export.store_id, zone, export.language)
        yield kind.header(export.language)
        documents = kind.select(export.store_id, export.filters).each()
        yield from kind.rows(place, _told(documents, export, run, total))

    def _fail(self, export: Export, reason: str) -> None:
        now = self._clock.now()
        export.note({"state": ExportState.FAILED.value, "reason": reason, "finished_at": now})
        raise GiveUp(reason)


def _told(documents: Iterator[Any], export: Export, run: JobRun, total: int) -> Iterator[Any]:
    for done, document in enumerate(documents):
        if done % _PROGRESS_EVERY == 0:
            run.progress(done, total)
            export.note({"done": done})
        yield document
