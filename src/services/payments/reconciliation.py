"""Reconciliation: WeChat's bill of a day against our books, and the report of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice

import structlog
from bson import ObjectId

from src.models.reconciliations import Reconciliation
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.events import record_reconciliation_event
from src.services.payments.bill_comparison import BillComparison, Findings
from src.services.stores.stores import Stores
from src.services.wechat.bills import BillClient
from src.utils.beijing import beijing_day
from src.utils.clock import Clock
from src.utils.difference_kinds import DifferenceKind
from src.utils.errors import NotFound
from src.utils.pages import Page, PageRequest

log = structlog.get_logger(__name__)

# WeChat gives bills of the last three months.
OLDEST = timedelta(days=89)
_ROWS_AT_ONCE = 500
Progress = Callable[[int], object]


class NotBilled(Exception):
    """WeChat gives no bill of such a day: it is not over, or too long ago."""


class Reconciliations:
    """Compares, keeps the latest report of each day, and shows it."""

    def __init__(self, *, stores: Stores, bills: BillClient, transactions: Transactions, clock: Clock) -> None:
        self._stores = stores
        self._bills = bills
        self._transactions = transactions
        self._clock = clock

    def yesterday(self) -> date:
        return beijing_day(self._clock.now()) - timedelta(days=1)

    def compare(self, store: Store, day: date, progress: Progress = lambda _: None) -> Findings:
        """Returns what the books and the bill of `day` (Beijing) have and where they differ; stores nothing.

        `progress` is told how many rows have been compared.

        Raises:
            NotBilled. NoBillYet. UnreadableBill. PayError. OutcomeUnknown.
        """
        self._require_billed(day)
        siblings = [sibling for sibling in Store.list_by_mchid(store.mchid) if sibling.id != store.id]
        comparison, done = BillComparison(store, siblings), 0
        with self._bills.trade_bill(self._stores.merchant(store), day) as rows:
            while portion := list(islice(rows, _ROWS_AT_ONCE)):
                comparison.take(portion)
                done += len(portion)
                progress(done)
        return comparison.finish(day)

    def record(self, store: Store, day: date, findings: Findings) -> Reconciliation:
        """Stores the report in place of an earlier one of that day, with an event if it shows something new."""
        if findings.differs:
            log.error("reconciliation_differs", store=store.code, day=day.isoformat(), **_counts(findings))
        try:
            return self._transactions.run(lambda session: self._store(store, day, findings, session))
        except AlreadyStored:  # somebody stored the first report of that day meanwhile: replace it
            return self._transactions.run(lambda session: self._store(store, day, findings, session))

    def list_in_store(self, staff: StaffMember, page: PageRequest) -> Page[Reconciliation]:
        return Reconciliation.page_in_store(staff.store_id, page)

    def get_in_store(self, staff: StaffMember, reconciliation_id: ObjectId) -> Reconciliation:
        """Raises NotFound."""
        found = Reconciliation.find_in_store(staff.store_id, reconciliation_id)
        if found is None:
            raise NotFound()
        return found

    def _require_billed(self, day: date) -> None:
        latest = self.yesterday()
        if not latest - OLDEST <= day <= latest:
            raise NotBilled(f"WeChat has bills of {latest - OLDEST} to {latest} now")

    def _store(self, store: Store, day: date, findings: Findings, session: Session) -> Reconciliation:
        now = self._clock.now()
        values = {
            "mchid": store.mchid,
            "differs": findings.differs,
            **_counts(findings),
            "differences": [difference.to_mongo().to_dict() for difference in findings.differences],
            "ours": findings.ours.to_mongo().to_dict(),
            "wechat": findings.wechat.to_mongo().to_dict(),
            "finished_at": now,
        }
        stored, is_news = Reconciliation.put(store.id, day.isoformat(), values, session=session)
        if is_news:
            record_reconciliation_event(stored, at=now, session=session)
        return stored


def _counts(findings: Findings) -> dict[str, int]:
    return {kind.value: findings.counts[kind] for kind in DifferenceKind}
