"""An order after it was placed: reading it, shipping it, confirming it."""

from __future__ import annotations

import structlog
from bson import ObjectId

from src.models.orders import Order
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import Shopper, StaffMember
from src.services.events import record_order_event
from src.services.stores.times import StoreTimes
from src.utils.clock import Clock
from src.utils.errors import NotFound, OrderStateConflict
from src.utils.order_states import OrderStatus, order_states
from src.utils.pages import Page, PageRequest

log = structlog.get_logger(__name__)


class Orders:
    """Reads orders within their owner's or their store's bounds, and moves paid ones on."""

    def __init__(self, *, transactions: Transactions, clock: Clock, times: StoreTimes) -> None:
        self._transactions = transactions
        self._clock = clock
        self._times = times

    def get_own(self, shopper: Shopper, order_id: ObjectId) -> Order:
        """Raises NotFound, for another user's order too."""
        return _found(Order.find_for_user(shopper.store_id, shopper.user_id, order_id))

    def list_own(self, shopper: Shopper, status: OrderStatus | None, page: PageRequest) -> Page[Order]:
        """Returns the shopper's orders, the newest first."""
        return Order.page_for_user(shopper.store_id, shopper.user_id, status, page)

    def get_in_store(self, staff: StaffMember, order_id: ObjectId) -> Order:
        """Raises NotFound, for another store's order too."""
        return _found(Order.find_in_store(staff.store_id, order_id))

    def confirm(self, shopper: Shopper, order_id: ObjectId) -> Order:
        """Moves a shipped order to completed. Raises NotFound or OrderStateConflict."""
        order = self.get_own(shopper, order_id)
        return self.move(order, OrderStatus.COMPLETED, actor=shopper.subject, values={})

    def confirm_due(self, limit: int) -> int:
        """Completes at most `limit` orders that were shipped long enough ago; returns how many."""
        return sum(self._confirm(order) for order in self._confirmable(limit))

    def _confirmable(self, limit: int) -> list[Order]:
        now, (usual, own) = self._clock.now(), self._times.confirm_after()
        due = Order.list_shipped_before(now - usual, {"$nin": list(own)}, limit=limit)
        for store_id, after in own.items():
            due += Order.list_shipped_before(now - after, store_id, limit=limit - len(due)) if len(due) < limit else []
        return due

    def _confirm(self, order: Order) -> bool:
        try:
            self.move(order, OrderStatus.COMPLETED, actor="system", values={})
        except OrderStateConflict:  # its shopper was faster
            return False
        except Exception:  # one broken order must not stop the others
            log.exception("order_not_confirmed", order_no=order.order_no)
            return False
        return True

    def move(self, order: Order, target: OrderStatus, *, actor: str, values: dict[str, object]) -> Order:
        """Moves an order on, sets `values`, and tells of it. Raises OrderStateConflict."""
        if not order_states.allows(order.status, target):
            raise OrderStateConflict({"status": order.status.value})
        now = self._clock.now()

        def work(session: Session) -> Order | None:
            moved = order.move(target, actor=actor, now=now, values=values, session=session)
            if moved is not None:
                record_order_event(moved, session=session)
            return moved

        moved = self._transactions.run(work)
        if moved is None:
            current = _found(Order.find_in_store(order.store_id, order.id))
            raise OrderStateConflict({"status": current.status.value})
        return moved


def _found(order: Order | None) -> Order:
    if order is None:
        raise NotFound()
    return order
