"""The life of an order."""

from __future__ import annotations

from itertools import product

import pytest

from src.models.order_parts import OrderLine
from src.models.orders import Order
from src.utils.order_states import OrderStatus, order_states

ALLOWED = {
    ("pending", "paid"),
    ("pending", "cancelled"),
    ("paid", "shipped"),
    ("paid", "cancelled"),
    ("shipped", "completed"),
    ("cancelled", "paid"),
}


@pytest.mark.parametrize(("source", "target"), list(product(OrderStatus, repeat=2)))
def test_every_pair_of_states(source: OrderStatus, target: OrderStatus) -> None:
    assert order_states.allows(source, target) is ((source.value, target.value) in ALLOWED)


@pytest.mark.parametrize(
    ("status", "shopper", "staff"),
    [
        ("pending", ["pay", "cancel"], ["reprice"]),
        ("paid", ["cancel", "refund"], ["ship"]),
        ("shipped", ["confirm", "refund"], []),
        ("completed", ["refund"], []),
        ("cancelled", [], []),
    ],
)
def test_what_may_be_done_in_every_state(status: str, shopper: list[str], staff: list[str]) -> None:
    order = order_in(status, refund_quantity=1)
    assert (order.allowed_actions, order.staff_actions) == (shopper, staff)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_what_is_promised_to_refunds_is_not_refunded_again(status: OrderStatus) -> None:
    left, promised = (order_in(status, refund_quantity=units).allowed_actions for units in (1, 2))
    assert promised == [action for action in left if action != "refund"]


def order_in(status: str, *, refund_quantity: int) -> Order:
    """Returns an order of two units, so many of them promised to refunds."""
    return Order(status=OrderStatus(status), items=[OrderLine(quantity=2, refund_quantity=refund_quantity)])
