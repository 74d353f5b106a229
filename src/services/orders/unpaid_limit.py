"""How many unpaid orders a shopper may have: each one keeps stock from the others."""

from __future__ import annotations

from bson import ObjectId

from src.models.orders import Order
from src.models.purchases import PurchaseTurn
from src.models.transaction import Session
from src.utils.errors import TooManyUnpaidOrders


def refuse_too_many_unpaid(order: Order, limit: int, *, session: Session) -> None:
    """Refuses an order whose shopper has `limit` unpaid ones. Of orders placed at one moment each counts those before.

    Raises:
        TooManyUnpaidOrders: the transaction must not commit.
    """
    PurchaseTurn.take(order.store_id, order.user_id, session=session)
    refuse_one_more_unpaid(order.store_id, order.user_id, limit, session=session)


def refuse_one_more_unpaid(store_id: ObjectId, user_id: ObjectId, limit: int, *, session: Session | None) -> None:
    """Raises TooManyUnpaidOrders if the shopper has `limit` unpaid orders now."""
    if Order.count_pending(store_id, user_id, limit=limit, session=session) >= limit:
        raise TooManyUnpaidOrders({"limit": limit})
