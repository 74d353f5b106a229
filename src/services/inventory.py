"""Stock: every change is a guarded update and a ledger row in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from src.models.orders import Order, OrderLine
from src.models.products import Product
from src.models.refunds import Refund
from src.models.stock import MoveKind, StockCause, StockItem, StockMove
from src.models.transaction import Session, Transactions
from src.services.callers import StaffMember
from src.services.events import record_low_stock
from src.utils.clock import Clock
from src.utils.errors import NotFound, OutOfStock, StockChanged


class StockBroken(Exception):
    """An order's reservation is not there: the books are wrong and a person must look."""


class Inventory:
    """Moves stock. SKUs are always taken in the order of their ids, so that two orders cannot block each other."""

    def __init__(self, *, transactions: Transactions, clock: Clock, low_stock_at: int) -> None:
        self._transactions = transactions
        self._clock = clock
        self._low_stock_at = low_stock_at

    def reserve(self, order: Order, *, session: Session) -> None:
        """Takes all lines from what is available.

        Raises:
            OutOfStock: naming every line that is short; the transaction must not commit.
        """
        lines = _sorted(order.items)
        for index, line in enumerate(lines):
            item = StockItem.reserve(order.store_id, line.sku_id, line.quantity, now=order.created_at, session=session)
            if item is None:
                # The lines before this one have been taken already; counted again they would look short.
                raise OutOfStock({"items": self.shortages(order.store_id, lines[index:], session=session)})
            self._note_taken(item, line.quantity, now=order.created_at, session=session)
        _record(order, MoveKind.RESERVE, order.created_at, session)

    def release(self, order: Order, *, now: datetime, session: Session) -> None:
        """Gives all lines back."""
        for line in _sorted(order.items):
            item = StockItem.release(order.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                raise StockBroken(f"order {order.order_no}, sku {line.sku_id}")
            if item.available == line.quantity:
                Product.mark_available(line.product_id, line.sku_id, session=session)
        _record(order, MoveKind.RELEASE, now, session)

    def sell(self, order: Order, *, now: datetime, session: Session) -> None:
        """Turns all reservations into sales."""
        for line in _sorted(order.items):
            item = StockItem.sell(order.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                raise StockBroken(f"order {order.order_no}, sku {line.sku_id}")
            Product.add_sales(line.product_id, line.quantity, session=session)
        _record(order, MoveKind.SELL, now, session)

    def resell(self, order: Order, *, now: datetime, session: Session) -> bool:
        """Sells all lines of an order whose reservations were released; False if one is short.

        After False the transaction must not commit: some lines have been taken.
        """
        for line in _sorted(order.items):
            item = StockItem.resell(order.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                return False
            self._note_taken(item, line.quantity, now=now, session=session)
            Product.add_sales(line.product_id, line.quantity, session=session)
        _record(order, MoveKind.RESELL, now, session)
        return True

    def restock(self, refund: Refund, *, now: datetime, session: Session) -> None:
        """Puts the sold units of a refund back on the shelf, once."""
        cause = StockCause(refund_id=refund.id)
        moves = []
        for line in sorted(refund.items, key=lambda line: line.sku_id):
            item = StockItem.restock(refund.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                raise StockBroken(f"refund {refund.refund_no}, sku {line.sku_id}")
            if item.available == line.quantity:
                Product.mark_available(line.product_id, line.sku_id, session=session)
            Product.add_sales(line.product_id, -line.quantity, session=session)
            moves.append(
                StockMove.of(
                    refund.store_id,
                    line.product_id,
                    line.sku_id,
                    MoveKind.RESTOCK,
                    line.quantity,
                    cause=cause,
                    now=now,
                )
            )
        StockMove.insert_all(moves, session=session)

    def _note_taken(self, item: StockItem, quantity: int, *, now: datetime, session: Session) -> None:
        """Follows up on `quantity` units that have just left what is available."""
        if item.available == 0:
            Product.mark_sold_out(item.product_id, item.id, session=session)
        if item.available <= self._low_stock_at < item.available + quantity:
            record_low_stock(item, at=now, session=session)

    def shortages(
        self, store_id: ObjectId, lines: Sequence[OrderLine], *, session: Session | None = None
    ) -> list[dict[str, object]]:
        """Returns the lines that ask for more than is available now, as `OutOfStock.data.items` shows them."""
        available = StockItem.available_of(store_id, [line.sku_id for line in lines], session=session)
        return [
            {
                "productId": str(line.product_id),
                "skuId": str(line.sku_id),
                "name": line.name,
                "requested": line.quantity,
                "available": available[line.sku_id],
            }
            for line in lines
            if available[line.sku_id] < line.quantity
        ]

    def receive(
        self,
        store_id: ObjectId,
        product_id: ObjectId,
        sku_id: ObjectId,
        quantity: int,
        *,
        cause: StockCause,
        now: datetime,
        session: Session,
    ) -> None:
        """Opens the counters of a new SKU with `quantity` units."""
        StockItem(
            id=sku_id,
            store_id=store_id,
            product_id=product_id,
            available=quantity,
            reserved=0,
            sold=0,
            received=quantity,
            updated_at=now,
        ).insert(session=session)
        move = StockMove.of(store_id, product_id, sku_id, MoveKind.RECEIVE, quantity, cause=cause, now=now)
        move.insert(session=session)

    def adjust(
        self, staff: StaffMember, sku_id: ObjectId, delta: int, *, reason: str, expected: int | None
    ) -> StockItem:
        """Adds `delta` (may be negative) to what is available and returns the new counters.

        Raises:
            NotFound: no such SKU. StockChanged: `expected` is not what is available, or it would go below zero.
        """
        now = self._clock.now()
        cause = StockCause(staff_id=staff.staff_id, reason=reason)

        def work(session: Session) -> StockItem | None:
            item = StockItem.adjust(staff.store_id, sku_id, delta, expected=expected, now=now, session=session)
            if item is None:
                return None
            if delta < 0:
                self._note_taken(item, -delta, now=now, session=session)
            elif item.available == delta:
                Product.mark_available(item.product_id, sku_id, session=session)
            move = StockMove.of(staff.store_id, item.product_id, sku_id, MoveKind.ADJUST, delta, cause=cause, now=now)
            move.insert(session=session)
            return item

        adjusted = self._transactions.run(work, contended=[sku_id])
        if adjusted is None:
            current = StockItem.find_by_sku(staff.store_id, sku_id)
            raise NotFound() if current is None else StockChanged({"available": current.available})
        return adjusted


def _sorted(lines: Sequence[OrderLine]) -> list[OrderLine]:
    return sorted(lines, key=lambda line: line.sku_id)


def _record(order: Order, kind: MoveKind, now: datetime, session: Session) -> None:
    cause = StockCause(order_id=order.id)
    moves = [
        StockMove.of(order.store_id, line.product_id, line.sku_id, kind, line.quantity, cause=cause, now=now)
        for line in order.items
    ]
    StockMove.insert_all(moves, session=session)
