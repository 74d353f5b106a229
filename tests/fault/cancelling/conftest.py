"""Unpaid orders to cancel."""

from __future__ import annotations

import pytest

from tests.factories.shop import Buyer, data_of
from tests.fault.cancelling.cancelled_orders import Placed, Sku


@pytest.fixture
def order(buyer: Buyer, sku: Sku) -> Placed:
    return buyer.placed((sku, 3))


@pytest.fixture
def prepared(buyer: Buyer, order: Placed) -> Placed:
    """An order with what wx.requestPayment needs for it."""
    return {**order, "arguments": data_of(buyer.pay(order["id"]), 200)}
