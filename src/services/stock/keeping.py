"""What staff do with stock: counting, receiving, writing off, saying when little is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from src.models.stock import StockItem
from src.models.stock_lists import counters_without_flags, give_flags, products_with_gone_skus
from src.models.stock_moves import MoveKind, StockCause, StockMove
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import Changes, record_action
from src.services.catalogue.product_skus import gone_skus
from src.services.stock.levels import StockLevels
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound, StockChanged

SUBJECT = "sku"
_COMPLETED_AT_ONCE = 500
_ACTIONS = {
    MoveKind.ADJUST: Action.STOCK_ADJUST,
    MoveKind.SET: Action.STOCK_SET,
    MoveKind.RECEIVE: Action.STOCK_RECEIVE,
    MoveKind.WRITE_OFF: Action.STOCK_WRITE_OFF,
}


@dataclass(frozen=True)
class _Move:
    """`delta` units more (or fewer) are available afterwards, if `expected` were before; None for any number."""

    kind: MoveKind
    delta: int
    reason: str
    reference: str = ""
    expected: int | None = None


class StockKeeping:
    """Moves stock on a person's word: a guarded update, a ledger row and an entry of the audit log, or nothing."""

    def __init__(self, *, levels: StockLevels, transactions: Transactions, clock: Clock) -> None:
        self._levels = levels
        self._transactions = transactions
        self._clock = clock

    def adjust(
        self, staff: StaffMember, sku_id: ObjectId, delta: int, *, reason: str, expected: int | None
    ) -> StockItem:
        """Adds `delta` (may be negative) to what is available and returns the new counters.

        Raises:
            NotFound: no such SKU. StockChanged: `expected` is not what is available, or it would go below zero.
        """
        return self._move(staff, sku_id, _Move(MoveKind.ADJUST, delta, reason, expected=expected))

    def set_to(self, staff: StaffMember, sku_id: ObjectId, available: int, *, reason: str, expected: int) -> StockItem:
        """Makes `available` what is available, if it was `expected`. The same number leaves no trace.

        Raises:
            NotFound: no such SKU. StockChanged: something else is available.
        """
        return self._move(staff, sku_id, _Move(MoveKind.SET, available - expected, reason, expected=expected))

    def receive(
        self, staff: StaffMember, sku_id: ObjectId, quantity: int, *, reason: str, reference: str, expected: int | None
    ) -> StockItem:
        """Adds goods that came. Raises NotFound, or StockChanged: `expected` is not what is available."""
        return self._move(staff, sku_id, _Move(MoveKind.RECEIVE, quantity, reason, reference, expected))

    def write_off(
        self, staff: StaffMember, sku_id: ObjectId, quantity: int, *, reason: str, expected: int | None
    ) -> StockItem:
        """Takes goods away that are lost or broken; those in unpaid orders are not to be had.

        Raises:
            NotFound: no such SKU. StockChanged: fewer are available, or not as many as `expected`.
        """
        return self._move(staff, sku_id, _Move(MoveKind.WRITE_OFF, -quantity, reason, expected=expected))

    def set_threshold(self, staff: StaffMember, sku_id: ObjectId, low_at: int | None) -> StockItem:
        """Says at how many units the SKU is low; None for the shop's own number. Raises NotFound."""
        now = self._clock.now()

        def work(session: Session) -> StockItem:
            before = _found(StockItem.find_by_sku(staff.store_id, sku_id, session=session))
            if before.low_at == low_at:
                return before
            after = _found(StockItem.set_threshold(staff.store_id, sku_id, low_at, now=now, session=session))
            self._levels.threshold_moved(before, after, now=now, session=session)
            changes: Changes = {"lowStockThreshold": (before.low_at, after.low_at)}
            record_action(staff, Action.STOCK_THRESHOLD, SUBJECT, sku_id, changes, at=now, session=session)
            return after

        return self._transactions.run(work, contended=[sku_id])

    def complete_counters(self) -> int:
        """Gives counters of an earlier release the flags that lists look at; returns how many. It may be repeated."""
        completed, last = 0, None
        while counters := counters_without_flags(last, limit=_COMPLETED_AT_ONCE):
            completed += give_flags(counters)
            last = counters[-1]
        return completed

    def note_what_cannot_be_sold(self) -> int:
        """Marks the SKUs that were retired or deleted in an earlier release; returns of how many products."""
        looked_at = 0
        for product in products_with_gone_skus():
            StockItem.mark_retired(product.store_id, product.id, gone_skus(product), session=None)
            looked_at += 1
        return looked_at

    def _move(self, staff: StaffMember, sku_id: ObjectId, wanted: _Move) -> StockItem:
        now = self._clock.now()

        def work(session: Session) -> StockItem:
            before = _found(StockItem.find_by_sku(staff.store_id, sku_id, session=session))
            if wanted.expected not in (None, before.available) or before.available + wanted.delta < 0:
                raise StockChanged({"available": before.available})
            if wanted.delta == 0:
                return before
            after = StockItem.adjust(staff.store_id, sku_id, wanted.delta, now=now, session=session)
            assert after is not None, "the snapshot of this transaction has that much"
            self._levels.moved(after, wanted.delta, now=now, session=session)
            _record(staff, wanted, after, now=now, session=session)
            return after

        return self._transactions.run(work, contended=[sku_id])


def _record(staff: StaffMember, move: _Move, after: StockItem, *, now: datetime, session: Session) -> None:
    cause = StockCause(staff_id=staff.staff_id, reason=move.reason, reference=move.reference)
    units = -move.delta if move.kind is MoveKind.WRITE_OFF else move.delta
    StockMove.of(after, move.kind, units, cause=cause).insert(session=session)
    changes: dict[str, tuple[object, object]] = {"available": (after.available - move.delta, after.available)}
    said = {"reason": move.reason, "reference": move.reference}
    changes |= {name: (None, text) for name, text in said.items() if text}
    record_action(staff, _ACTIONS[move.kind], SUBJECT, after.id, changes, at=now, session=session)


def _found(item: StockItem | None) -> StockItem:
    if item is None:
        raise NotFound()
    return item
