"""Guarded changes of what a pending order costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.client_session import ClientSession

from src.models.order_parts import Repricing
from src.models.order_search import search_keys
from src.models.orders import Order
from src.utils.order_states import OrderStatus


def change_price(order: Order, amounts: Sequence[int], repricing: Repricing, *, session: ClientSession) -> Order | None:
    """Sets what is paid for each line, in fen.

    None if the order is not pending any more, costs something else, or a payment was begun since it was read.
    """
    values: dict[str, Any] = {f"items.{index}.amount": amount for index, amount in enumerate(amounts)}
    return Order.change(
        {
            "_id": order.id,
            "store_id": order.store_id,
            "status": OrderStatus.PENDING.value,
            "total_amount": order.total_amount,
            "payment_attempts": order.payment_attempts,
        },
        {
            "$set": {
                **values,
                "total_amount": repricing.after,
                "search_keys": search_keys(order, total_amount=repricing.after),
                "updated_at": repricing.at,
            },
            "$push": {"repricings": repricing.to_mongo().to_dict()},
        },
        session=session,
    )
