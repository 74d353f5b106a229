"""Stock from files: what somebody has counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from src.models.sku_lookups import products_with_codes, sku_with_code
from src.models.stock import StockItem
from src.models.stock_moves import MoveKind, StockCause, StockMove
from src.models.transaction import Session
from src.services.imports.contracts import Outcome
from src.services.imports.product_columns import SKU
from src.services.imports.rows import Finding, PartRefused, Row, values_of
from src.services.imports.stock_columns import COLUMNS
from src.services.stock.levels import StockLevels
from src.utils.clock import Clock
from src.utils.sheet_problems import Problem

_REASON = "import"


class StockImport:
    """Makes what a row says what is available, with a row of the ledger. The same number leaves no trace."""

    def __init__(self, *, levels: StockLevels, clock: Clock) -> None:
        self._levels = levels
        self._clock = clock

    def check(self, store_id: ObjectId, rows: Sequence[Row]) -> None:
        _found(store_id, rows[0], values_of(rows[0], COLUMNS), None)

    def bring(self, store_id: ObjectId, staff_id: ObjectId, rows: Sequence[Row], *, session: Session) -> Outcome:
        values = values_of(rows[0], COLUMNS)
        item = _found(store_id, rows[0], values, session)
        delta = values["available"] - item.available
        if delta == 0:
            return Outcome.UNCHANGED
        now = self._clock.now()
        after = StockItem.adjust(store_id, item.id, delta, now=now, session=session)
        assert after is not None, "the snapshot of this transaction has that much"
        self._levels.moved(after, delta, now=now, session=session)
        cause = StockCause(staff_id=staff_id, reason=values.get("reason", _REASON))
        StockMove.of(after, MoveKind.SET, delta, cause=cause, now=now).insert(session=session)
        return Outcome.CHANGED


def _found(store_id: ObjectId, row: Row, values: dict[str, Any], session: Session | None) -> StockItem:
    """Returns the counters of the row's SKU. Raises PartRefused."""
    products = products_with_codes(store_id, [values[SKU]], session=session)
    sku = sku_with_code(products[0], values[SKU]) if products else None
    item = None if sku is None else StockItem.find_by_sku(store_id, sku.id, session=session)
    if item is None:
        raise PartRefused(Finding(row.number, SKU, Problem.SKU_UNKNOWN, values[SKU]))
    # Where it is as it shall be, nothing has to be expected: the same file may come twice.
    if item.available not in (values["available"], values.get("expected", item.available)):
        raise PartRefused(Finding(row.number, "expected", Problem.STOCK_CHANGED, str(item.available)))
    return item
