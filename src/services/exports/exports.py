"""Exports as staff ask for them and fetch them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from bson import ObjectId

from src.models.exports import Export
from src.models.jobs import Job, NewJob
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.exports.kinds import KINDS
from src.services.exports.writing import KEPT, WRITE_KIND
from src.services.jobs.contracts import ScheduledWork
from src.services.media.object_store import ObjectMissing, ObjectStore, StorageDown
from src.services.sheets.writing import PIECE_BYTES
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import ExportNotReady, Forbidden, NotFound, TooManyUnderWay, Unavailable
from src.utils.sheet_kinds import CONTENT_TYPES, ExportKind, ExportState, Language, SheetFormat

SUBJECT = "export"
MOST_WAITING = 5
_FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class ExportFile:
    name: str
    content_type: str
    size: int
    pieces: Iterator[bytes]


class Exports:
    """Staff need the permission to read what is exported."""

    def __init__(self, *, objects: ObjectStore, transactions: Transactions, clock: Clock) -> None:
        self._objects = objects
        self._transactions = transactions
        self._clock = clock
        self.purging = ScheduledWork("purge_exports", timedelta(minutes=30), self.purge)

    def request(
        self,
        staff: StaffMember,
        kind: ExportKind,
        written_as: SheetFormat,
        filters: Mapping[str, Any],
        language: Language,
    ) -> Export:
        """Has a file written. Raises Forbidden or TooManyUnderWay."""
        _require(staff, kind)
        now, export_id = self._clock.now(), ObjectId()
        export = Export(
            id=export_id,
            store_id=staff.store_id,
            kind=kind,
            written_as=written_as,
            language=language,
            filters=dict(filters),
            state=ExportState.WAITING,
            staff_id=staff.staff_id,
            prefix=f".private/exports/{staff.store_id}/{export_id}-{secrets.token_hex(16)}",
            created_at=now,
            expires_at=now + KEPT,
        )
        return self._transactions.run(lambda session: self._begin(staff, export, session))

    def get(self, staff: StaffMember, export_id: ObjectId) -> Export:
        """Raises NotFound, for another store's export too, or Forbidden."""
        export = Export.find_in_store(staff.store_id, export_id)
        if export is None:
            raise NotFound()
        _require(staff, export.kind)
        return export

    def file(self, staff: StaffMember, export_id: ObjectId) -> ExportFile:
        """Returns the file, of which one piece at a time is in memory. That it was taken has an entry.

        Raises:
            NotFound. Forbidden. ExportNotReady: it is not written yet, or gone. Unavailable.
        """
        export = self.get(staff, export_id)
        if export.state is not ExportState.READY or export.expires_at <= self._clock.now():
            state = ExportState.EXPIRED if export.state is ExportState.READY else export.state
            raise ExportNotReady({"state": state.value})
        pieces = self._pieces(export)
        try:
            first = next(pieces, b"")
        except (StorageDown, ObjectMissing) as error:
            raise Unavailable() from error
        self._record_download(staff, export)
        name = f"{export.kind.value}-{export.created_at:%Y%m%d}.{export.written_as.value}"
        return ExportFile(name, CONTENT_TYPES[export.written_as], export.size, chain([first], pieces))

    def purge(self, limit: int) -> int:
        """Deletes at most `limit` files whose time is over; returns how many."""
        expired = Export.list_expired(self._clock.now(), limit=limit)
        for done, export in enumerate(expired):
            try:
                self._objects.delete(export.all_pieces)
            except StorageDown:
                return done
            export.expire()
        Export.forget(self._clock.now() - _FORGOTTEN_AFTER, limit=limit)
        return len(expired)

    def _begin(self, staff: StaffMember, export: Export, session: Session) -> Export:
        if Export.count_waiting(staff.store_id, session=session) >= MOST_WAITING:
            raise TooManyUnderWay({"limit": MOST_WAITING})
        export.insert(session=session)
        changes = {"kind": (None, export.kind), "format": (None, export.written_as)}
        changes |= {name: (None, value) for name, value in export.filters.items()}
        now = export.created_at
        record_action(staff, Action.EXPORT_REQUEST, SUBJECT, export.id, changes, at=now, session=session)
        wanted = NewJob(WRITE_KIND, f"{WRITE_KIND}:{export.id}", staff.store_id, {"exportId": str(export.id)})
        Job.add(wanted, now=now, session=session)
        return export

    def _record_download(self, staff: StaffMember, export: Export) -> None:
        def work(session: Session) -> None:
            changes, now = {"kind": (None, export.kind)}, self._clock.now()
            record_action(staff, Action.EXPORT_DOWNLOAD, SUBJECT, export.id, changes, at=now, session=session)

        self._transactions.run(work)

    def _pieces(self, export: Export) -> Iterator[bytes]:
        for key in export.pieces:
            yield self._objects.get(key, most=PIECE_BYTES)


def _require(staff: StaffMember, kind: ExportKind) -> None:
    if KINDS[kind].permission not in staff.permissions:
        raise Forbidden()
