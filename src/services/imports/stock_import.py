"""Stock from files: what somebody has counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from bson import ObjectId

from src.models.sku_lookups import items_with_codes
from src.models.stock import StockItem
from src.models.stock_moves import MoveKind, StockCause, StockMove
from src.models.transaction import Session
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_consequence
from src.services.imports.contracts import Outcome
from src.services.imports.product_columns import SKU
from src.services.imports.rows import Finding, PartRefused, Row, findings_of, values_of
from src.services.imports.stock_columns import COLUMNS
from src.services.stock.keeping import SUBJECT
from src.services.stock.levels import StockLevels
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.sheet_problems import Problem

_REASON = "import"
_SHOWN = 40


class StockImport:
    """Makes what a row says what is available, with a row of the ledger. The same number leaves no trace."""

    def __init__(self, *, levels: StockLevels, clock: Clock) -> None:
        self._levels = levels
        self._clock = clock

    def check(self, store_id: ObjectId, parts: Sequence[Sequence[Row]]) -> list[Sequence[Finding]]:
        rows = [part[0] for part in parts]
        items = items_with_codes(store_id, _codes(rows), session=None)
        return [findings_of(partial(_found, items, row)) for row in rows]

    def bring(self, staff: StaffMember, rows: Sequence[Row], *, session: Session) -> Outcome:
        values = values_of(rows[0], COLUMNS)
        item = _found(items_with_codes(staff.store_id, _codes(rows), session=session), rows[0])
        delta = values["available"] - item.available
        if delta == 0:
            return Outcome.UNCHANGED
        now = self._clock.now()
        after = StockItem.adjust(staff.store_id, item.id, delta, now=now, session=session)
        assert after is not None, "the snapshot of this transaction has that much"
        self._levels.moved(after, delta, now=now, session=session)
        reason = values.get("reason", _REASON)
        cause = StockCause(staff_id=staff.staff_id, reason=reason)
        StockMove.of(after, MoveKind.SET, delta, cause=cause).insert(session=session)
        changes = {"available": (item.available, after.available), "reason": (None, reason)}
        record_consequence(staff, Action.STOCK_SET, SUBJECT, item.id, changes, at=now, session=session)
        return Outcome.CHANGED


def _codes(rows: Sequence[Row]) -> list[str]:
    return [row.cells[SKU].strip() for row in rows if SKU in row.cells]


def _found(items: Mapping[str, StockItem], row: Row) -> StockItem:
    """Returns the counters of the row's SKU. Raises PartRefused."""
    values = values_of(row, COLUMNS)
    item = items.get(values[SKU])
    if item is None:
        raise PartRefused(Finding(row.number, SKU, Problem.SKU_UNKNOWN, values[SKU]))
    # Where it is as it shall be, nothing has to be expected: the same file may come twice.
    if item.available not in (values["available"], values.get("expected", item.available)):
        raise PartRefused(Finding(row.number, "expected", Problem.STOCK_CHANGED, row.cells["expected"][:_SHOWN]))
    return item
