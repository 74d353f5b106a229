"""Imports as staff start and follow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from bson import ObjectId

from src.models.import_findings import ImportFinding
from src.models.import_parts import ImportPart
from src.models.imports import Import
from src.models.jobs import Job
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.imports.checking import CHECK_KIND, RUN_KIND, job_of
from src.services.imports.contracts import KindOfImport
from src.services.imports.messages import message_of
from src.services.imports.starters import named
from src.services.jobs.contracts import ScheduledWork
from src.services.media.object_store import ObjectStore, StorageDown
from src.services.sheets.failures import FileRefused
from src.services.sheets.reading import format_of
from src.services.sheets.writing import file_of
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.csv_rows import BYTE_ORDER_MARK, csv_rows
from src.utils.errors import Forbidden, ImportStateConflict, NotFound, SheetUnusable, TooManyUnderWay, Unavailable
from src.utils.pages import Page, PageRequest
from src.utils.sheet_kinds import CONTENT_TYPES, ImportKind, ImportState, Language, SheetFormat

SUBJECT = "import"
MOST_UNDER_WAY = 5
KEPT = timedelta(days=30)
_UNDER_WAY_FOR = timedelta(days=1)
_LONGEST_NAME = 100
_ROWS_AT_ONCE = 100
_TITLES = {
    Language.CHINESE: ("行", "列", "内容", "问题"),
    Language.ENGLISH: ("Row", "Column", "Value", "Problem"),
}


class Imports:
    """Takes files. Staff need the permission to write what a file brings."""

    def __init__(
        self,
        *,
        kinds: Mapping[ImportKind, KindOfImport],
        objects: ObjectStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._kinds = kinds
        self._objects = objects
        self._transactions = transactions
        self._clock = clock
        self.purging = ScheduledWork("purge_imports", timedelta(hours=6), self.purge)

    def template(self, staff: StaffMember, kind: ImportKind, written_as: SheetFormat, language: Language) -> bytes:
        """Returns a file with the header and one row as an example. Raises Forbidden."""
        self._require(staff, kind)
        columns = self._kinds[kind].columns
        rows = [[column.title(language) for column in columns], [column.sample(language) for column in columns]]
        return b"".join(file_of(rows, written_as))

    def take(self, staff: StaffMember, kind: ImportKind, content: bytes, *, file_name: str, dry_run: bool) -> Import:
        """Keeps the file and has it checked; without `dry_run` what is right in it is then run by itself.

        Raises:
            Forbidden. SheetUnusable. TooManyUnderWay. Unavailable: the file could not be kept.
        """
        self._require(staff, kind)
        imported = self._new(staff, kind, content, file_name, dry_run)
        try:
            self._objects.put(imported.object_key, content, CONTENT_TYPES[imported.written_as])
        except StorageDown as error:
            raise Unavailable() from error
        try:
            return self._transactions.run(lambda session: self._begin(staff, imported, session))
        except BaseException:
            with suppress(StorageDown):
                self._objects.delete([imported.object_key])
            raise

    def run(self, staff: StaffMember, import_id: ObjectId) -> Import:
        """Has what is right in a checked file brought into the store, or the rest of it after a failure.

        Raises:
            NotFound. Forbidden. ImportStateConflict: it has not been checked, or was run before.
        """
        imported = self.get(staff, import_id)
        return self._transactions.run(lambda session: self._start(staff, imported, session))

    def get(self, staff: StaffMember, import_id: ObjectId) -> Import:
        """Raises NotFound, for another store's import too, or Forbidden."""
        imported = Import.find_in_store(staff.store_id, import_id)
        if imported is None:
            raise NotFound()
        self._require(staff, imported.kind)
        return imported

    def list_in_store(self, staff: StaffMember, page: PageRequest) -> Page[Import]:
        """Returns the store's imports of what the caller may write, the newest first."""
        kinds = [kind for kind, parts in self._kinds.items() if parts.permission in staff.permissions]
        return Import.page_in_store(staff.store_id, kinds, page)

    def findings(self, staff: StaffMember, import_id: ObjectId, page: PageRequest) -> Page[ImportFinding]:
        """Returns what is wrong in the file by its rows. Raises NotFound or Forbidden."""
        imported = self.get(staff, import_id)
        return ImportFinding.page_of(imported.id, imported.check, page)

    def report(self, staff: StaffMember, import_id: ObjectId, language: Language) -> Iterator[str]:
        """Returns the parts of a CSV file of what is wrong. Raises NotFound or Forbidden."""
        imported = self.get(staff, import_id)
        titles = {column.name: column.title(language) for column in self._kinds[imported.kind].columns}
        return _report(ImportFinding.each_of(imported.id, imported.check), titles, language)

    def purge(self, limit: int) -> int:
        """Forgets at most `limit` imports of long ago with all that belongs to them; returns how many."""
        old = Import.list_old(self._clock.now() - KEPT, limit=limit)
        for imported in old:
            try:
                self._objects.delete([imported.object_key])
            except StorageDown:
                break
            ImportPart.delete_of(imported.id)
            ImportFinding.delete_of(imported.id)
            imported.remove()
        return len(old)

    def _start(self, staff: StaffMember, imported: Import, session: Session) -> Import:
        now, before = self._clock.now(), Import.find_in_store(staff.store_id, imported.id, session=session)
        running = before and before.start(named(staff), session=session)
        # What failed just now has a job that is about to say so.
        if before is None or running is None or not _wanted(before, now, session):
            raise ImportStateConflict({"state": self.get(staff, imported.id).state.value})
        changes = {"state": (before.state, ImportState.RUNNING)}
        record_action(staff, Action.IMPORT_RUN, SUBJECT, imported.id, changes, at=now, session=session)
        return running

    def _require(self, staff: StaffMember, kind: ImportKind) -> None:
        if self._kinds[kind].permission not in staff.permissions:
            raise Forbidden()

    def _new(self, staff: StaffMember, kind: ImportKind, content: bytes, file_name: str, dry_run: bool) -> Import:
        try:
            written_as = format_of(content)
        except FileRefused as refusal:
            raise SheetUnusable({"reason": refusal.fault.value}) from None
        import_id = ObjectId()
        return Import(
            id=import_id,
            store_id=staff.store_id,
            kind=kind,
            written_as=written_as,
            file_name=file_name[:_LONGEST_NAME],
            state=ImportState.CHECKING,
            runs_by_itself=not dry_run,
            staff_id=staff.staff_id,
            **named(staff),
            object_key=f".private/imports/{staff.store_id}/{import_id}",
            created_at=self._clock.now(),
        )

    def _begin(self, staff: StaffMember, imported: Import, session: Session) -> Import:
        since = imported.created_at - _UNDER_WAY_FOR
        if Import.count_under_way(staff.store_id, since=since, session=session) >= MOST_UNDER_WAY:
            raise TooManyUnderWay({"limit": MOST_UNDER_WAY})
        imported.insert(session=session)
        changes = {"kind": (None, imported.kind), "dryRun": (None, not imported.runs_by_itself)}
        now = imported.created_at
        record_action(staff, Action.IMPORT_UPLOAD, SUBJECT, imported.id, changes, at=now, session=session)
        Job.add(job_of(CHECK_KIND, imported), now=now, session=session)
        return imported


def _wanted(imported: Import, now: datetime, session: Session) -> bool:
    """Returns whether there is a job now that will run the import."""
    wanted = job_of(RUN_KIND, imported)
    if imported.state is ImportState.FAILED:
        return Job.revive({"key": wanted.key}, now=now, session=session) == 1
    Job.add(wanted, now=now, session=session)
    return True


def _report(findings: Iterator[ImportFinding], titles: Mapping[str, str], language: Language) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_rows([_TITLES[language]])
    while some := list(islice(findings, _ROWS_AT_ONCE)):
        yield csv_rows([_told(finding, titles, language) for finding in some])


def _told(finding: ImportFinding, titles: Mapping[str, str], language: Language) -> list[str | int]:
    column = titles.get(finding.column, finding.column)
    return [finding.row, column, finding.value, message_of(finding, language)]
