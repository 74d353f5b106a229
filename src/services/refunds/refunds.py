"""Reading refunds within their owner's or their store's bounds."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from src.models.orders import Order
from src.models.refunds import Refund, RefundKind
from src.services.accounts.callers import Shopper, StaffMember
from src.services.orders.orders import Orders
from src.services.refunds.pictures import RefundWithChecks, with_checks
from src.utils.errors import NotFound
from src.utils.pages import Page, PageRequest
from src.utils.refund_states import RefundStatus

__all__ = ["Refund", "RefundKind", "RefundWithChecks", "Refunds"]


@dataclass(frozen=True)
class OrderWithRefunds:
    """An order with its refunds, the oldest first."""

    order: Order
    refunds: list[Refund]


class Refunds:
    """Reads refunds."""

    def __init__(self, *, orders: Orders) -> None:
        self._orders = orders

    def get_own(self, shopper: Shopper, refund_id: ObjectId) -> Refund:
        """Raises NotFound, for another user's refund too."""
        return _found(Refund.find_for_user(shopper.store_id, shopper.user_id, refund_id))

    def get_in_store(self, staff: StaffMember, refund_id: ObjectId) -> Refund:
        """Raises NotFound, for another store's refund too."""
        return _found(Refund.find_in_store(staff.store_id, refund_id))

    def list_of_own_order(self, shopper: Shopper, order_id: ObjectId) -> list[Refund]:
        """Returns the refunds of an own order, the oldest first. Raises NotFound."""
        order = self._orders.get_own(shopper, order_id)
        return Refund.list_of_order(shopper.store_id, order.id)

    def with_refunds(self, order: Order) -> OrderWithRefunds:
        return OrderWithRefunds(order, Refund.list_of_order(order.store_id, order.id))

    def for_staff(self, refund: Refund) -> RefundWithChecks:
        (seen,) = with_checks(refund.store_id, [refund])
        return seen

    def list_in_store(
        self, staff: StaffMember, status: RefundStatus | None, page: PageRequest
    ) -> Page[RefundWithChecks]:
        """Returns the store's refunds, the newest first."""
        found = Refund.page_in_store(staff.store_id, status, page)
        return Page(with_checks(staff.store_id, found.items), found.total, page)


def _found(refund: Refund | None) -> Refund:
    if refund is None:
        raise NotFound()
    return refund
