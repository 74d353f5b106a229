"""The life of an order."""

from __future__ import annotations

from enum import StrEnum

from src.utils.state_machine import StateMachine


class OrderStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


order_states = StateMachine(
    {
        OrderStatus.PENDING: [OrderStatus.PAID, OrderStatus.CANCELLED],
        OrderStatus.PAID: [OrderStatus.SHIPPED, OrderStatus.CANCELLED],
        OrderStatus.SHIPPED: [OrderStatus.COMPLETED],
        OrderStatus.COMPLETED: [],
        # Only when the money of an expired order arrives late and every line is still there.
        OrderStatus.CANCELLED: [OrderStatus.PAID],
    }
)
