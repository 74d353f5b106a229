"""Sending an order's goods, and correcting what was said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bson import ObjectId

from src.models.jobs import Job
from src.models.order_shipping import replace_parcels
from src.models.orders import Order
from src.models.parcels import Shipment, UploadStatus, WeChatShipping, next_version, stored_parcels
from src.models.transaction import Session, Transactions
from src.services.callers import StaffMember
from src.services.orders import Orders
from src.services.shipping_uploads import upload_job
from src.services.stores import Stores
from src.utils.clock import Clock
from src.utils.errors import OrderStateConflict, ShipmentFixed
from src.utils.order_states import OrderStatus

_TRIES = 5


@dataclass(frozen=True)
class ParcelInput:
    """One parcel. Any company is taken; WeChat follows those of its own list, by their ids."""

    company: str
    tracking_no: str


class Shipping:
    """Moves paid orders to shipped. WeChat is told by a job, see `ShippingUploads`."""

    def __init__(self, *, stores: Stores, orders: Orders, transactions: Transactions, clock: Clock) -> None:
        self._stores = stores
        self._orders = orders
        self._transactions = transactions
        self._clock = clock

    def ship(self, staff: StaffMember, order_id: ObjectId, parcels: Sequence[ParcelInput]) -> Order:
        """Moves a paid order to shipped. Raises NotFound or OrderStateConflict."""
        order = self._orders.get_in_store(staff, order_id)
        values = self._values(order, parcels)
        return self._orders.move(order, OrderStatus.SHIPPED, actor=staff.subject, values=values)

    def correct(self, staff: StaffMember, order_id: ObjectId, parcels: Sequence[ParcelInput]) -> Order:
        """Replaces the parcels of a shipped order, and has WeChat told.

        Raises:
            NotFound. OrderStateConflict: the order is not shipped. ShipmentFixed: WeChat takes no other version.
        """
        for _ in range(_TRIES):
            order = self._orders.get_in_store(staff, order_id)
            corrected = self._corrected(order, parcels)
            if corrected is not None:
                return corrected
        raise OrderStateConflict({"status": order.status.value})

    def _corrected(self, order: Order, parcels: Sequence[ParcelInput]) -> Order | None:
        """Returns None if the order, or what WeChat knows of it, changes at this moment."""
        if order.status is not OrderStatus.SHIPPED:
            raise OrderStateConflict({"status": order.status.value})
        if order.wechat_shipping is not None and not order.wechat_shipping.is_correctable:
            raise ShipmentFixed()
        values = self._values(order, parcels)
        return self._transactions.run(lambda session: self._replace(order, values, session), contended=[order.id])

    def _replace(self, order: Order, values: dict[str, object], session: Session) -> Order | None:
        now = self._clock.now()
        corrected = replace_parcels(order, values, now=now, session=session)
        if corrected is not None:
            for wanted in upload_job(corrected):
                Job.add(wanted, now=now, session=session)
        return corrected

    def _values(self, order: Order, parcels: Sequence[ParcelInput]) -> dict[str, object]:
        sent = [Shipment(company=parcel.company, tracking_no=parcel.tracking_no) for parcel in parcels]
        return stored_parcels(sent, self._next_version(order))

    def _next_version(self, order: Order) -> WeChatShipping:
        # WeChat knows nothing of an order that cost nothing.
        needed = order.total_amount > 0 and self._stores.get(order.store_id).upload_shipping
        return next_version(order.wechat_shipping, needed=needed)


__all__ = ["ParcelInput", "Shipping", "UploadStatus"]
