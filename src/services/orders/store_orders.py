"""A store's orders as its staff find, read and annotate them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bson import ObjectId

from src.models.events import Event
from src.models.order_notes import set_staff_note
from src.models.order_search import OrderFilter, give_keys, orders_without_keys, page_of_orders
from src.models.orders import Order
from src.models.payments import Payment
from src.models.products import ProductStatus
from src.models.refunds import Refund
from src.models.stock_moves import StockMove
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.orders.orders import Orders
from src.services.search.matching import matching_products
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound
from src.utils.pages import Page, PageRequest
from src.utils.permissions import Permission

# A product's name finds the orders of so many products, those that fit it best. With more of them, times the statuses
# of orders, MongoDB would sort in memory what the index has sorted.
MOST_PRODUCTS = 40
_GIVEN_KEYS_AT_ONCE = 500


@dataclass(frozen=True)
class OrderDossier:
    """An order with all that belongs to it; None for what the reader may not see. The oldest come first."""

    order: Order
    refunds: list[Refund]
    payments: list[Payment] | None
    stock_moves: list[StockMove] | None
    events: list[Event]


class StoreOrders:
    """Reads a store's orders, and keeps what staff note about them."""

    def __init__(self, *, orders: Orders, transactions: Transactions, clock: Clock) -> None:
        self._orders = orders
        self._transactions = transactions
        self._clock = clock

    def find(
        self, staff: StaffMember, wanted: OrderFilter, page: PageRequest, *, product_name: str | None = None
    ) -> Page[Order]:
        """Returns the wanted orders, the newest first; with `product_name` those of products that fit it."""
        if product_name is not None:
            named = matching_products(staff.store_id, product_name, statuses=tuple(ProductStatus), limit=MOST_PRODUCTS)
            wanted = replace(wanted, product_ids=named)
        return page_of_orders(staff.store_id, wanted, page)

    def dossier(self, staff: StaffMember, order_id: ObjectId) -> OrderDossier:
        """Raises NotFound, for another store's order too."""
        order = self._orders.get_in_store(staff, order_id)
        refunds = Refund.list_of_order(staff.store_id, order.id)
        refund_ids = [refund.id for refund in refunds]
        payments = moves = None
        if Permission.PAYMENTS_READ in staff.permissions:
            payments = Payment.list_of_order(staff.store_id, order.id)
        if Permission.STOCK_READ in staff.permissions:
            moves = StockMove.list_of_order(staff.store_id, order.id, refund_ids)
        told = [order.id, *refund_ids, *(payment.id for payment in payments or [])]
        return OrderDossier(order, refunds, payments, moves, Event.list_about(told))

    def set_note(self, staff: StaffMember, order_id: ObjectId, note: str) -> Order:
        """Replaces what staff have noted. Raises NotFound."""
        now = self._clock.now()

        def work(session: Session) -> Order:
            order = Order.find_in_store(staff.store_id, order_id, session=session)
            if order is None:
                raise NotFound()
            if order.staff_note == note:
                return order
            noted = set_staff_note(order, note, now=now, session=session)
            changes = {"staffNote": (order.staff_note, note)}
            record_action(staff, Action.ORDER_NOTE, "order", order_id, changes, at=now, session=session)
            return noted

        return self._transactions.run(work, contended=[order_id])

    def make_findable(self) -> int:
        """Gives the orders of an earlier release what they are found by; returns how many. It may be repeated."""
        given, last = 0, None
        while orders := orders_without_keys(last, limit=_GIVEN_KEYS_AT_ONCE):
            give_keys(orders)
            given, last = given + len(orders), orders[-1].id
        return given


__all__ = ["OrderDossier", "OrderFilter", "StoreOrders"]
