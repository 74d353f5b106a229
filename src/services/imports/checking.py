"""Reading an imported file: what is right is kept to be run, what is wrong is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from bson import ObjectId

from src.models.import_findings import ImportFinding
from src.models.import_parts import ImportPart
from src.models.imports import Import
from src.models.jobs import Job, NewJob
from src.models.transaction import Session, Transactions
from src.services.imports.contracts import KindOfImport
from src.services.imports.grouping import Group, batches
from src.services.imports.rows import Finding, rows_of
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.media.object_store import ObjectMissing, ObjectStore, StorageDown
from src.services.sheets.failures import FileRefused, SheetRefused
from src.services.sheets.limits import MAX_FILE_BYTES
from src.services.sheets.reading import lines
from src.utils.clock import Clock
from src.utils.sheet_kinds import ImportKind, ImportState
from src.utils.sheet_problems import Problem

CHECK_KIND, RUN_KIND = "imports.check", "imports.run"
# Of what is wrong, so many places are told; all are counted.
MOST_FINDINGS = 1_000
_AT_ONCE = 200
_LATER = timedelta(seconds=30)


def job_of(kind: str, imported: Import) -> NewJob:
    return NewJob(kind, f"{kind}:{imported.id}", imported.store_id, {"importId": str(imported.id)})


def import_of(job: Job) -> ObjectId:
    return ObjectId(job.payload["importId"])


class Checking:
    """Checks each file. Nothing of the store changes."""

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
        self.handler = Handler(CHECK_KIND, self.run, given_up=self.give_up, is_long=True)

    def run(self, run: JobRun) -> dict[str, int]:
        """Reads the file anew, whatever an attempt before this one has left.

        Raises:
            RetryLater: the object store failed. GiveUp: the file is gone.
        """
        imported = Import.taken_up(run.job.store_id, import_of(run.job), ImportState.CHECKING)
        if imported is None:
            return {}
        try:
            content = self._objects.get(imported.object_key, most=MAX_FILE_BYTES)
            tally = self._read(imported, content, run)
            self._objects.delete([imported.object_key])
        except ObjectMissing as error:
            raise GiveUp("the file is gone") from error
        except StorageDown as error:
            raise RetryLater("the object store failed", _LATER) from error
        return tally

    def give_up(self, job: Job, reason: str) -> None:
        """Says in the import that it was not checked."""
        Import.fail(import_of(job), ImportState.CHECKING, reason, now=self._clock.now())

    def _read(self, imported: Import, content: bytes, run: JobRun) -> dict[str, int]:
        report = _Report(imported, run, self._transactions)
        kind = self._kinds[imported.kind]
        try:
            groups = kind.grouping(rows_of(lines(content, imported.written_as), kind.columns))
            for some in batches(groups, _AT_ONCE):
                found = kind.importer.check(imported.store_id, [group.rows for group in some])
                for group, findings in zip(some, found, strict=True):
                    report.add(group, [*group.findings, *findings])
            report.require_rows()
        except (SheetRefused, FileRefused) as refusal:
            report.begin_anew(_whole(refusal))
            self._finish(imported, report, ImportState.REFUSED)
        else:
            self._finish(imported, report, ImportState.CHECKED)
        return report.tally

    def _finish(self, imported: Import, report: _Report, state: ImportState) -> None:
        report.flush()
        runs = state is ImportState.CHECKED and imported.runs_by_itself
        now = self._clock.now()
        ended = {} if state is ImportState.CHECKED else {"finished_at": now}

        def work(session: Session) -> None:
            target = ImportState.RUNNING if runs else state
            values = {**report.tally, **ended, "check": report.check}
            if imported.move(ImportState.CHECKING, target, values, session=session) and runs:
                Job.add(job_of(RUN_KIND, imported), now=now, session=session)

        self._transactions.run(work)


class _Report:
    """What one attempt at checking has found, stored in pieces under the number of the attempt."""

    def __init__(self, imported: Import, run: JobRun, transactions: Transactions) -> None:
        self._imported = imported
        self._run = run
        self._transactions = transactions
        self.check = run.job.fence
        self._forget(self.check)
        self._start()

    def _start(self) -> None:
        self.tally = {"rows": 0, "parts": 0, "findings": 0, "refused": 0}
        self._parts: list[ImportPart] = []
        self._findings: list[ImportFinding] = []

    def add(self, group: Group, findings: list[Finding]) -> None:
        self.tally["rows"] += len(group.rows)
        self.tally["parts"] += 1
        if findings:
            self.tally["refused"] += 1
            self._note(findings)
        else:
            self._parts.append(self._part(group))
        if len(self._parts) + len(self._findings) >= _AT_ONCE:
            self.flush()

    def require_rows(self) -> None:
        if not self.tally["rows"]:
            raise SheetRefused(Problem.EMPTY)

    def begin_anew(self, finding: Finding) -> None:
        """Forgets what was found before it turned out that the file cannot be used."""
        self._forget(self.check + 1)
        self._start()
        self._note([finding])

    def flush(self) -> None:
        """Raises LeaseLost."""
        self._run.progress(self.tally["rows"])
        parts, findings = self._parts, self._findings
        self._parts, self._findings = [], []

        def work(session: Session) -> None:
            if parts:
                ImportPart.insert_all(parts, session=session)
            if findings:
                ImportFinding.insert_all(findings, session=session)

        self._transactions.run(work)

    def _note(self, findings: list[Finding]) -> None:
        room = max(0, MOST_FINDINGS - self.tally["findings"])
        self.tally["findings"] += len(findings)
        self._findings += stored_findings(self._imported, self.check, findings[:room])

    def _part(self, group: Group) -> ImportPart:
        return ImportPart(
            store_id=self._imported.store_id,
            import_id=self._imported.id,
            check=self.check,
            position=group.rows[0].number,
            rows=[{"row": row.number, "cells": dict(row.cells)} for row in group.rows],
        )

    def _forget(self, before: int) -> None:
        ImportPart.delete_of(self._imported.id, before=before)
        ImportFinding.delete_of(self._imported.id, before=before)


def stored_findings(imported: Import, check: int, findings: list[Finding]) -> list[ImportFinding]:
    return [
        ImportFinding(store_id=imported.store_id, import_id=imported.id, check=check, **asdict(finding))
        for finding in findings
    ]


def _whole(refusal: SheetRefused | FileRefused) -> Finding:
    if isinstance(refusal, FileRefused):
        return Finding(1, "", Problem.UNREADABLE, refusal.fault.value)
    return Finding(refusal.row, refusal.column, refusal.problem, refusal.value)
