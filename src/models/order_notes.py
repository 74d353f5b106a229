"""What staff write about an order, for staff alone."""

from __future__ import annotations

from datetime import datetime

from pymongo.client_session import ClientSession

from src.models.orders import Order


def set_staff_note(order: Order, note: str, *, now: datetime, session: ClientSession) -> Order:
    """Returns the order with the note instead of the one before."""
    values = {"staff_note": note, "updated_at": now}
    changed = Order.change({"_id": order.id, "store_id": order.store_id}, {"$set": values}, session=session)
    assert changed is not None, "orders are never deleted"
    return changed
