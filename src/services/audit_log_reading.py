"""Reading the audit log, and forgetting it in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from bson import ObjectId

from src.models.audit_log import AuditLogEntry, AuditLogFilter
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import Changes, record_action
from src.services.jobs.contracts import ScheduledWork
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.csv_rows import BYTE_ORDER_MARK, csv_rows
from src.utils.errors import BadRequest
from src.utils.pages import Page, PageRequest

LONGEST_EXPORT_DAYS = 92
COLUMNS = ("at", "actor", "action", "subjectKind", "subjectId", "changes", "requestId")
_ROWS_AT_ONCE = 100
_PURGED_AT_ONCE = 5_000


class AuditLog:
    """Shows a store what was done in it. Nothing here changes an entry."""

    def __init__(self, *, keep: timedelta, transactions: Transactions, clock: Clock) -> None:
        self._keep = keep
        self._transactions = transactions
        self._clock = clock

    @property
    def purging(self) -> ScheduledWork:
        return ScheduledWork("purge_audit_log", timedelta(days=1), self.purge, limit=_PURGED_AT_ONCE)

    def list_in_store(self, store_id: ObjectId, wanted: AuditLogFilter, page: PageRequest) -> Page[AuditLogEntry]:
        """Returns the store's entries, the newest first."""
        return AuditLogEntry.page_in_store(store_id, wanted, page)

    def export(self, staff: StaffMember, wanted: AuditLogFilter) -> Iterator[str]:
        """Returns the parts of a CSV file of the wanted entries, the newest first.

        Without an end it ends now, without a beginning it goes back LONGEST_EXPORT_DAYS from its end. That it was
        taken has an entry.

        Raises:
            BadRequest: it is longer than that.
        """
        until, longest = wanted.until or self._clock.now(), timedelta(days=LONGEST_EXPORT_DAYS)
        since = wanted.since or until - longest
        if until - since > longest:
            raise BadRequest.for_field("from", f"An export covers at most {LONGEST_EXPORT_DAYS} days.")
        taken = replace(wanted, since=since, until=until)
        self._record(staff, taken)
        return _file_of(AuditLogEntry.each_in_store(staff.store_id, taken))

    def _record(self, staff: StaffMember, taken: AuditLogFilter) -> None:
        def work(session: Session) -> None:
            store_id, now, changes = staff.store_id, self._clock.now(), _asked(taken)
            record_action(staff, Action.AUDIT_LOG_EXPORT, "store", store_id, changes, at=now, session=session)

        self._transactions.run(work)

    def purge(self, limit: int) -> int:
        """Forgets at most `limit` entries that are past their keep; returns how many."""
        return AuditLogEntry.purge(self._clock.now() - self._keep, limit=limit)


def _asked(taken: AuditLogFilter) -> Changes:
    asked = {
        "actor": taken.actor,
        "action": taken.action,
        "subjectId": taken.subject_id,
        "from": taken.since,
        "to": taken.until,
    }
    return {name: (None, value) for name, value in asked.items() if value is not None}


def _file_of(entries: Iterator[AuditLogEntry]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_rows([COLUMNS])
    while rows := [_row(entry) for entry in islice(entries, _ROWS_AT_ONCE)]:
        yield csv_rows(rows)


def _row(entry: AuditLogEntry) -> list[str]:
    return [
        entry.created_at.isoformat(timespec="milliseconds"),
        entry.actor,
        entry.action.value,
        entry.subject_kind,
        str(entry.subject_id),
        json.dumps(entry.changes, ensure_ascii=False),
        entry.request_id,
    ]


__all__ = ["AuditLog", "AuditLogFilter"]
