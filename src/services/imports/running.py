"""Bringing what a checked file holds into the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from src.models.import_findings import ImportFinding
from src.models.import_parts import ImportPart
from src.models.imports import Import
from src.models.jobs import Job
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.imports.checking import MOST_FINDINGS, RUN_KIND, import_of, stored_findings
from src.services.imports.contracts import KindOfImport
from src.services.imports.rows import Finding, PartRefused, Row
from src.services.imports.starters import starter_of
from src.services.jobs.contracts import Handler, JobRun, Postponed
from src.utils.clock import Clock
from src.utils.errors import AppError, SkuCodeTaken, StoreLimitReached, Unavailable
from src.utils.sheet_kinds import ImportKind, ImportState
from src.utils.sheet_problems import Problem

_AT_ONCE = 50
_PROBLEMS = {SkuCodeTaken: Problem.CODE_TAKEN, StoreLimitReached: Problem.LIMIT_REACHED}


class RunningImports:
    """Brings one product, or one SKU's stock, per transaction, which marks it as done: it happens once or not at all.

    A worker that dies in between leaves the rest to the next attempt.
    """

    def __init__(self, *, kinds: Mapping[ImportKind, KindOfImport], transactions: Transactions, clock: Clock) -> None:
        self._kinds = kinds
        self._transactions = transactions
        self._clock = clock
        self.handler = Handler(RUN_KIND, self.run, given_up=self.give_up)

    def run(self, run: JobRun) -> dict[str, int]:
        """Brings all parts that are not done yet.

        Raises:
            LeaseLost. Postponed: some wait for the next attempt. GiveUp: whoever started it may not any more, or the
            store is suspended. That is looked at again before every portion.
        """
        imported = Import.taken_up(run.job.store_id, import_of(run.job), ImportState.RUNNING)
        if imported is None:
            return {}
        done = imported.done
        run.progress(done, imported.parts)
        while parts := ImportPart.list_waiting(imported.id, imported.check, limit=_AT_ONCE):
            starter = self._starter(imported)
            for part in parts:
                self._bring(imported, starter, part)
            done += len(parts)
            run.progress(done, imported.parts)
            if run.should_pause:
                raise Postponed("the rest follows at once", timedelta(0))
        return self._finish(imported)

    def give_up(self, job: Job, reason: str) -> None:
        """Says in the import that the rest of it was not brought."""
        Import.fail(import_of(job), ImportState.RUNNING, reason, now=self._clock.now())

    def _starter(self, imported: Import) -> StaffMember:
        permission, now = self._kinds[imported.kind].permission, self._clock.now()
        return self._transactions.run(lambda session: starter_of(imported, permission, now=now, session=session))

    def _bring(self, imported: Import, starter: StaffMember, part: ImportPart) -> None:
        rows = [Row(raw["row"], raw["cells"]) for raw in part.rows]
        try:
            self._bring_once_more(imported, starter, part, rows)
        except PartRefused as refusal:
            self._refuse(imported, part, list(refusal.findings))
        except Unavailable:
            raise
        except AppError as error:
            problem = _PROBLEMS.get(type(error), Problem.NOT_POSSIBLE)
            self._refuse(imported, part, [Finding(part.position, "", problem, str(int(error.code)))])

    def _bring_once_more(self, imported: Import, starter: StaffMember, part: ImportPart, rows: list[Row]) -> None:
        work = partial(self._brought, imported, starter, part, rows)
        try:
            self._transactions.run(work)
        except AlreadyStored:  # somebody was faster with one of the codes: now it is there to be seen
            self._transactions.run(work)

    def _brought(
        self, imported: Import, starter: StaffMember, part: ImportPart, rows: list[Row], session: Session
    ) -> None:
        if not part.finish(session=session):
            return
        importer = self._kinds[imported.kind].importer
        outcome = importer.bring(starter, rows, session=session)
        imported.count({outcome.value: 1}, session=session)

    def _refuse(self, imported: Import, part: ImportPart, findings: list[Finding]) -> None:
        def work(session: Session) -> None:
            now = Import.find_in_store(imported.store_id, imported.id, session=session)
            if now is None or not part.finish(session=session):
                return
            if stored := stored_findings(imported, part.check, findings[: max(0, MOST_FINDINGS - now.findings)]):
                ImportFinding.insert_all(stored, session=session)
            imported.count({"refused": 1, "findings": len(findings)}, session=session)

        self._transactions.run(work)

    def _finish(self, imported: Import) -> dict[str, int]:
        ended = {"finished_at": self._clock.now()}

        def work(session: Session) -> Import | None:
            return imported.move(ImportState.RUNNING, ImportState.FINISHED, ended, session=session)

        finished = self._transactions.run(work)
        ImportPart.delete_of(imported.id)
        return {} if finished is None else _counts(finished)


def _counts(imported: Import) -> dict[str, int]:
    return {name: getattr(imported, name) for name in ("created", "changed", "unchanged", "refused")}
