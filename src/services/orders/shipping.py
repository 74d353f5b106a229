"""Sending an order's goods, and correcting what was said about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from src.models.jobs import Job
from src.models.order_search import search_keys
from src.models.order_shipping import add_parcels, replace_parcels
from src.models.orders import Order
from src.models.parcels import Shipment, UploadStatus, next_version, stored_parcels
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import changes_between, record_action
from src.services.events import record_order_event
from src.services.orders.orders import Orders
from src.services.orders.parcel_contents import ParcelInput, ParcelItem, refuse_beyond, sent_with, stored_parcel
from src.services.orders.shipping_uploads import upload_job
from src.services.stores.stores import Stores
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound, OrderStateConflict, ShipmentFixed
from src.utils.order_states import OrderStatus

_TRIES = 5


class Shipping:
    """Moves paid orders to shipped. WeChat is told by a job, see `ShippingUploads`."""

    def __init__(self, *, stores: Stores, orders: Orders, transactions: Transactions, clock: Clock) -> None:
        self._stores = stores
        self._orders = orders
        self._transactions = transactions
        self._clock = clock

    def ship(self, staff: StaffMember, order_id: ObjectId, parcels: Sequence[ParcelInput]) -> Order:
        """Sends parcels of a paid order, which is shipped once all of its units have left.

        Parcels that do not name their items take all that is left. WeChat is told either way.

        Raises:
            NotFound: the order, or a line of it. OrderStateConflict. BadRequest: there is less to send.
        """

        def work(session: Session) -> Order:
            order = Order.find_in_store(staff.store_id, order_id, session=session)
            if order is None:
                raise NotFound()
            if order.status is not OrderStatus.PAID:
                raise OrderStateConflict({"status": order.status.value})
            parcels_then, more_follow = sent_with(order, parcels)
            values = self._values(order, parcels_then, partial=more_follow)
            sent = self._send_some(order, values, session) if more_follow else self._end(staff, order, values, session)
            self._record(staff, Action.ORDER_SHIP, order, sent, session)
            return sent

        return self._transactions.run(work, contended=[order_id])

    def _end(self, staff: StaffMember, order: Order, values: dict[str, object], session: Session) -> Order:
        now = self._clock.now()
        shipped = order.move(OrderStatus.SHIPPED, actor=staff.subject, values=values, now=now, session=session)
        assert shipped is not None, "the snapshot of this transaction has the order paid"
        record_order_event(shipped, session=session)
        return shipped

    def _send_some(self, order: Order, values: dict[str, object], session: Session) -> Order:
        now = self._clock.now()
        sent = add_parcels(order, values, now=now, session=session)
        for wanted in upload_job(sent):
            Job.add(wanted, now=now, session=session)
        return sent

    def correct(self, staff: StaffMember, order_id: ObjectId, parcels: Sequence[ParcelInput]) -> Order:
        """Replaces the parcels of a shipped order, and has WeChat told.

        Raises:
            NotFound: the order, or a line of it. OrderStateConflict: it is not shipped. BadRequest: a parcel has
            more of a line than there was. ShipmentFixed: WeChat takes no other version.
        """
        for _ in range(_TRIES):
            order = self._orders.get_in_store(staff, order_id)
            corrected = self._corrected(staff, order, parcels)
            if corrected is not None:
                return corrected
        raise OrderStateConflict({"status": order.status.value})

    def _corrected(self, staff: StaffMember, order: Order, parcels: Sequence[ParcelInput]) -> Order | None:
        """Returns None if the order, or what WeChat knows of it, changes at this moment."""
        if order.status is not OrderStatus.SHIPPED:
            raise OrderStateConflict({"status": order.status.value})
        if order.wechat_shipping is not None and not order.wechat_shipping.is_correctable:
            raise ShipmentFixed()
        refuse_beyond(order, parcels, {line.item_id: line.quantity for line in order.items})
        values = self._values(order, list(map(stored_parcel, parcels)))
        return self._transactions.run(
            lambda session: self._replace(staff, order, values, session), contended=[order.id]
        )

    def _replace(self, staff: StaffMember, order: Order, values: dict[str, object], session: Session) -> Order | None:
        now = self._clock.now()
        corrected = replace_parcels(order, values, now=now, session=session)
        if corrected is not None:
            for wanted in upload_job(corrected):
                Job.add(wanted, now=now, session=session)
            self._record(staff, Action.ORDER_CORRECT_SHIPMENT, order, corrected, session)
        return corrected

    def _record(self, staff: StaffMember, action: Action, before: Order, after: Order, session: Session) -> None:
        shown = _shown(after)
        changes = changes_between(_shown(before), shown, shown)
        record_action(staff, action, "order", after.id, changes, at=self._clock.now(), session=session)

    def _values(self, order: Order, parcels: list[Shipment], *, partial: bool = False) -> dict[str, object]:
        # WeChat knows nothing of an order that cost nothing.
        needed = order.total_amount > 0 and self._stores.get(order.store_id).upload_shipping
        stored = stored_parcels(parcels, next_version(order.wechat_shipping, needed=needed, partial=partial))
        return {**stored, "search_keys": search_keys(order, parcels=parcels)}


def _shown(order: Order) -> dict[str, Any]:
    parcels = [{"company": parcel.company, "trackingNo": parcel.tracking_no} for parcel in order.shipped_parcels]
    return {"status": order.status, "parcels": parcels}


__all__ = ["ParcelInput", "ParcelItem", "Shipping", "UploadStatus"]
