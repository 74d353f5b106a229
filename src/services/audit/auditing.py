"""One audit: all checks over one snapshot, and the money it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bson import ObjectId

from src.models.jobs import Job
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.snapshots import Snapshot, snapshot
from src.models.stores import Store
from src.services.audit import checks
from src.services.audit.counting import documents_can_be_counted
from src.services.audit.dossiers import Dossier, Shelf
from src.services.audit.money import Money
from src.services.audit.reference_checks import order_lines_name_skus
from src.services.audit.results import Check, CheckResult, Nature, Results
from src.services.audit.scopes import Scope
from src.services.audit.stock_checks import StockBooks
from src.utils.clock import Clock
from src.utils.job_states import JobState

__all__ = ["Audit", "AuditReport", "CheckResult", "Money", "Nature"]


@dataclass(frozen=True)
class ForStaff:
    """What is as it should be and waits for a person."""

    payments_held: int
    refunds_abnormal: int
    jobs_failed: int


@dataclass(frozen=True)
class AuditReport:
    """The result of each check that was made, the money of each store by its code, and what waits for a person."""

    results: list[CheckResult]
    money: dict[str, Money]
    for_staff: ForStaff

    @property
    def findings(self) -> int:
        return sum(result.count for result in self.results)

    def of_the_books(self) -> AuditReport:
        """Returns this report without the checks that ask whether somebody works on what is due."""
        return replace(self, results=[result for result in self.results if result.nature is Nature.TRUTH])


class Audit:
    """Checks what must be true of all documents together. It only reads, beside whoever writes.

    All of it is read at one instant. In memory are at a time: the counters of one store's SKUs, one order with what
    belongs to it, and the first findings of each check. The time it takes grows with the number of documents; as
    events and ledger rows have no order within their store, it also grows with stores times those.
    """

    def __init__(self, *, clock: Clock, keep_events: timedelta) -> None:
        self._clock = clock
        self._keep_events = keep_events

    def run(self, store_id: ObjectId | None = None) -> AuditReport:
        """Audits one store, or all of them and what belongs to none.

        Raises:
            pymongo.errors.PyMongoError: the database cannot be read, or forgot the instant before the end.
        """
        results = Results(checks.NATURES if store_id is None else _of_one_store())
        with snapshot() as view:
            scope = Scope(view, self._clock.now(), store_id)
            stores = list(view.rows(Store, {"_id": store_id} if store_id else {}, ["code"], order_by=["code"]))
            money = {row["code"]: self._audit_store(scope, row["_id"], results) for row in stores}
            results.apply((*checks.SCOPES, *checks.LIVENESS), scope)
            if store_id is None:
                results.apply((*checks.WHOLE, *checks.WHOLE_LIVENESS), scope)
            return AuditReport(results.all(), money, _for_staff(scope))

    def _audit_store(self, scope: Scope, store_id: ObjectId, results: Results) -> Money:
        shelf = Shelf(scope.view, store_id, scope.now - self._keep_events)
        books = _audit_stock(shelf, results)
        money = _audit_orders(shelf, books, results)
        results.apply(checks.BOOKS, books)
        for dossiers, asked in (
            (shelf.payments(), checks.PAYMENTS),
            (shelf.refunds(), checks.REFUNDS),
            (shelf.reconciliations(), checks.COUNTED),
            (shelf.products(), checks.PRODUCTS),
        ):
            for dossier in dossiers:
                _ask(results, asked, dossier)
        return money


def _audit_stock(shelf: Shelf, results: Results) -> StockBooks:
    books = StockBooks()
    for dossier in shelf.skus():
        if dossier.document is not None:
            books.items[dossier.id] = dossier.document
        _ask(results, (*checks.SKUS, *checks.COUNTED), dossier)
    for move in shelf.moves():
        results.apply(checks.MOVES, move)
        results.ask(documents_can_be_counted, move, books.ledger)
    return books


def _audit_orders(shelf: Shelf, books: StockBooks, results: Results) -> Money:
    money = Money()
    for dossier in shelf.orders():
        _ask(results, checks.ORDERS, dossier)
        results.ask(documents_can_be_counted, dossier, money)
        if dossier.document is not None:
            results.ask(documents_can_be_counted, dossier, books.demand)
            results.ask(order_lines_name_skus, dossier, books)
    return money


def _ask(results: Results, asked: Sequence[Check], dossier: Dossier) -> None:
    results.apply(checks.ORPHANS if dossier.document is None else asked, dossier)


def _of_one_store() -> dict[Nature, Sequence[Check]]:
    whole = {*checks.WHOLE, *checks.WHOLE_LIVENESS}
    return {nature: [check for check in asked if check not in whole] for nature, asked in checks.NATURES.items()}


def _for_staff(scope: Scope) -> ForStaff:
    view: Snapshot = scope.view
    return ForStaff(
        payments_held=view.count(Payment, {**scope.within, "held": True}),
        refunds_abnormal=view.count(Refund, {**scope.within, "status": "abnormal"}),
        jobs_failed=view.count(Job, {**scope.within, "state": JobState.FAILED.value}),
    )
