"""The life of an order."""

from __future__ import annotations

from itertools import product

import pytest

from src.models.orders import Order
from src.utils.order_states import OrderStatus, order_states

ALLOWED = {
    ("pending", "paid"),
    ("pending", "cancelled"),
    ("paid", "shipped"),
    ("shipped", "completed"),
}


@pytest.mark.parametrize(("source", "target"), list(product(OrderStatus, repeat=2)))
def test_every_pair_of_states(source: OrderStatus, target: OrderStatus) -> None:
    assert order_states.allows(source, target) is ((source.value, target.value) in ALLOWED)


@pytest.mark.parametrize(
    ("status", "shopper", "staff"),
    [
        ("pending", ["pay", "cancel"], []),
        ("paid", [], ["ship"]),
        ("shipped", ["confirm"], []),
        ("completed", [], []),
        ("cancelled", [], []),
    ],
)
def test_what_may_be_done_in_every_state(status: str, shopper: list[str], staff: list[str]) -> None:
    order = Order(status=OrderStatus(status))
    assert (order.allowed_actions, order.staff_actions) == (shopper, staff)
