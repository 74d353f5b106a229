"""Our books against WeChat's bill of one day, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from src.models.reconciliations import Difference, Totals
from src.models.recorded_money import (
    RecordedMoney,
    payments_by_number,
    payments_received,
    refunds_accepted,
    refunds_by_number,
)
from src.models.stores import Store
from src.services.wechat.bill_rows import BillRow, RowKind
from src.utils.beijing import bounds_of
from src.utils.difference_kinds import DifferenceKind, MoneyKind

MAX_DIFFERENCES = 200
_MONEY = {RowKind.PAYMENT: MoneyKind.PAYMENT, RowKind.REFUND: MoneyKind.REFUND}
_BY_NUMBER: Mapping[MoneyKind, Callable[[Sequence[str]], dict[str, RecordedMoney]]] = {
    MoneyKind.PAYMENT: payments_by_number,
    MoneyKind.REFUND: refunds_by_number,
}
_OF_DAY = {MoneyKind.PAYMENT: payments_received, MoneyKind.REFUND: refunds_accepted}
# A refund that WeChat has given up may still be listed.
_MOVED_NOTHING = frozenset({"CLOSED", "FAIL"})


@dataclass
class Findings:
    """What the two sides have and where they do not agree. `differences` are the first ones, `counts` count all."""

    ours: Totals = field(default_factory=Totals)
    wechat: Totals = field(default_factory=Totals)
    counts: dict[DifferenceKind, int] = field(default_factory=lambda: dict.fromkeys(DifferenceKind, 0))
    differences: list[Difference] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return any(self.counts.values())

    def note(self, difference: Difference) -> None:
        self.counts[difference.kind] += 1
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(difference)


class BillComparison:
    """Takes the rows of a bill in any portions, then looks for what the bill lacks.

    A row is compared with our record of its number, whatever that record's time: WeChat's day is not exactly ours.
    """

    def __init__(self, store: Store, siblings: Iterable[Store]) -> None:
        """`siblings` are our other stores with the same merchant number: their money is in the bill too."""
        self._store = store
        self._sibling_appids = {sibling.appid for sibling in siblings} - {store.appid}
        self._seen: dict[MoneyKind, set[str]] = {kind: set() for kind in MoneyKind}
        self.findings = Findings()

    def take(self, rows: Sequence[BillRow]) -> None:
        for row_kind, money in _MONEY.items():
            portion = [row for row in rows if row.kind is row_kind and row.refund_status not in _MOVED_NOTHING]
            records = _BY_NUMBER[money]([row.number for row in portion])
            for row in portion:
                self._compare(money, row, records.get(row.number))

    def finish(self, day: date) -> Findings:
        """Adds what we have of that day and the bill does not, and returns everything that was found."""
        for money, read in _OF_DAY.items():
            for record in read(self._store.id, self._store.mchid, *bounds_of(day)):
                if record.number not in self._seen[money]:
                    _add(self.findings.ours, money, record.amount_fen)
                    self._note(DifferenceKind.MISSING_THERE, money, record.number, record.amount_fen, None)
        return self.findings

    def _compare(self, money: MoneyKind, row: BillRow, record: RecordedMoney | None) -> None:
        if self._is_anothers(row, record):
            return
        _add(self.findings.wechat, money, row.amount_fen)
        if record is None or record.amount_fen is None or _is_other_money(row, record):
            self._note(DifferenceKind.MISSING_HERE, money, row.number, None, row.amount_fen)
            return
        self._seen[money].add(row.number)
        _add(self.findings.ours, money, record.amount_fen)
        if record.amount_fen != row.amount_fen:
            self._note(DifferenceKind.AMOUNTS_DIFFER, money, row.number, record.amount_fen, row.amount_fen)

    def _is_anothers(self, row: BillRow, record: RecordedMoney | None) -> bool:
        """Returns whether the money is for another store of ours to account for."""
        if record is None:
            return row.appid in self._sibling_appids
        return record.store_id != self._store.id

    def _note(self, kind: DifferenceKind, money: MoneyKind, number: str, ours: int | None, theirs: int | None) -> None:
        self.findings.note(Difference(kind=kind, money=money, number=number, our_fen=ours, wechat_fen=theirs))


def _is_other_money(row: BillRow, record: RecordedMoney) -> bool:
    """Returns whether the row is about a transaction that is not the recorded one, though the number is the same."""
    return record.transaction_id not in (None, row.transaction_id)


def _add(totals: Totals, money: MoneyKind, amount_fen: int | None) -> None:
    if money is MoneyKind.PAYMENT:
        totals.payments += 1
        totals.paid_fen += amount_fen or 0
    else:
        totals.refunds += 1
        totals.refunded_fen += amount_fen or 0
