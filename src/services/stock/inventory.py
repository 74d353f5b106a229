"""Stock: every change is a guarded update and a ledger row in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from src.models.order_parts import OrderLine
from src.models.orders import Order
from src.models.products import Product
from src.models.refunds import Refund
from src.models.stock import StockItem
from src.models.stock_moves import MoveKind, StockCause, StockMove
from src.models.transaction import Session
from src.services.stock.levels import StockLevels
from src.utils.errors import OutOfStock


class StockBroken(Exception):
    """An order's reservation is not there: the books are wrong and a person must look."""


class Inventory:
    """Moves stock. SKUs are always taken in the order of their ids, so that two orders cannot block each other."""

    def __init__(self, *, levels: StockLevels) -> None:
        self._levels = levels

    def reserve(self, order: Order, *, session: Session) -> None:
        """Takes all lines from what is available.

        Raises:
            OutOfStock: naming every line that is short; the transaction must not commit.
        """
        lines, ledger = _sorted(order.items), _Ledger.of_order(order, MoveKind.RESERVE)
        for index, line in enumerate(lines):
            item = StockItem.reserve(order.store_id, line.sku_id, line.quantity, now=order.created_at, session=session)
            if item is None:
                # The lines before this one have been taken already; counted again they would look short.
                raise OutOfStock({"items": self.shortages(order.store_id, lines[index:], session=session)})
            self._levels.fell(item, line.quantity, now=order.created_at, session=session)
            ledger.note(item, line.quantity)
        ledger.store(session)

    def release(self, order: Order, *, now: datetime, session: Session) -> None:
        """Gives all lines back."""
        ledger = _Ledger.of_order(order, MoveKind.RELEASE)
        for line in _sorted(order.items):
            item = StockItem.release(order.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                raise StockBroken(f"order {order.order_no}, sku {line.sku_id}")
            self._levels.rose(item, line.quantity, session=session)
            ledger.note(item, line.quantity)
        ledger.store(session)

    def sell(self, order: Order, *, now: datetime, session: Session) -> None:
        """Turns all reservations into sales."""
        ledger = _Ledger.of_order(order, MoveKind.SELL)
        for line in _sorted(order.items):
            item = StockItem.sell(order.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                raise StockBroken(f"order {order.order_no}, sku {line.sku_id}")
            Product.add_sales(line.product_id, line.quantity, session=session)
            ledger.note(item, line.quantity)
        ledger.store(session)

    def resell(self, order: Order, *, now: datetime, session: Session) -> bool:
        """Sells all lines of an order whose reservations were released; False if one is short.

        After False the transaction must not commit: some lines have been taken.
        """
        ledger = _Ledger.of_order(order, MoveKind.RESELL)
        for line in _sorted(order.items):
            item = StockItem.resell(order.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                return False
            self._levels.fell(item, line.quantity, now=now, session=session)
            Product.add_sales(line.product_id, line.quantity, session=session)
            ledger.note(item, line.quantity)
        ledger.store(session)
        return True

    def restock(self, refund: Refund, *, now: datetime, session: Session) -> None:
        """Puts the sold units of a refund back on the shelf, once."""
        ledger = _Ledger(MoveKind.RESTOCK, StockCause(refund_id=refund.id))
        for line in sorted(refund.items, key=lambda line: line.sku_id):
            item = StockItem.restock(refund.store_id, line.sku_id, line.quantity, now=now, session=session)
            if item is None:
                raise StockBroken(f"refund {refund.refund_no}, sku {line.sku_id}")
            self._levels.rose(item, line.quantity, session=session)
            Product.add_sales(line.product_id, -line.quantity, session=session)
            ledger.note(item, line.quantity)
        ledger.store(session)

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
        item = StockItem(
            id=sku_id,
            store_id=store_id,
            product_id=product_id,
            available=quantity,
            reserved=0,
            sold=0,
            received=quantity,
            move_seq=1,
            updated_at=now,
        ).insert(session=session)
        StockMove.of(item, MoveKind.RECEIVE, quantity, cause=cause).insert(session=session)
        self._levels.opened(item, now=now, session=session)


class _Ledger:
    """The rows of one cause's moves, stored together."""

    def __init__(self, kind: MoveKind, cause: StockCause) -> None:
        self._kind = kind
        self._cause = cause
        self._moves: list[StockMove] = []

    @classmethod
    def of_order(cls, order: Order, kind: MoveKind) -> _Ledger:
        return cls(kind, StockCause(order_id=order.id))

    def note(self, item: StockItem, quantity: int) -> None:
        self._moves.append(StockMove.of(item, self._kind, quantity, cause=self._cause))

    def store(self, session: Session) -> None:
        StockMove.insert_all(self._moves, session=session)


def _sorted(lines: Sequence[OrderLine]) -> list[OrderLine]:
    return sorted(lines, key=lambda line: line.sku_id)
