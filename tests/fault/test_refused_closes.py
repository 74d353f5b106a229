"""Numbers that WeChat refuses to close and does not know: they end, but no earlier than nobody can pay them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from src.services.orders.closing import ExpiryReport
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import fault, pass_time, states_at_wechat

Sku = dict[str, Any]
CODES = ["TRADE_ERROR", "INVALID_REQUEST", "RESOURCE_NOT_EXISTS", "RULE_LIMIT"]


def refuse_to_close(shop: Shop, code: str) -> None:
    fault(shop, "close", "error", status=403, code=code, times=None)


@pytest.fixture
def unseen(shop: Shop, buyer: Buyer, sku: Sku) -> dict[str, Any]:
    """An order whose prepay never reached WeChat."""
    order = buyer.placed((sku, 1))
    fault(shop, "prepay", "reset_before")
    refused(buyer.pay(order["id"]), 50301)
    return order


@pytest.fixture
def expire(shop: Shop, services: Services, clock: MovableClock) -> Callable[[], ExpiryReport]:
    """Lets the time of every order run out."""

    def run() -> ExpiryReport:
        pass_time(shop, clock, 1_801)
        return services.closing.expire_due(limit=10)

    return run


@pytest.mark.parametrize("code", CODES)
@pytest.mark.usefixtures("unseen")
def test_an_order_that_wechat_never_heard_of_expires(
    shop: Shop, expire: Callable[[], ExpiryReport], sku: Sku, code: str
) -> None:
    refuse_to_close(shop, code)
    assert expire() == ExpiryReport(cancelled=1, paid=0, failed=0)
    assert (states_at_wechat(shop), shop.stock_of(sku)) == ({}, 10)
    assert_books_balance(shop.store_id)


def test_an_order_that_wechat_never_heard_of_can_be_cancelled(
    shop: Shop, buyer: Buyer, sku: Sku, unseen: dict[str, Any]
) -> None:
    refuse_to_close(shop, "TRADE_ERROR")
    assert data_of(buyer.post(f"/api/orders/{unseen['id']}/cancel"), 200)["status"] == "cancelled"
    assert shop.stock_of(sku) == 10


def test_a_prepared_number_may_be_paid_until_its_time_is_over(
    shop: Shop, expire: Callable[[], ExpiryReport], buyer: Buyer, sku: Sku
) -> None:
    """WeChat may only not know it yet."""
    order = buyer.placed((sku, 1))
    data_of(buyer.pay(order["id"]), 200)
    refuse_to_close(shop, "TRADE_ERROR")
    fault(shop, "query", "error", status=404, code="ORDER_NOT_EXIST", times=None)
    with nothing_changes():
        refused(buyer.post(f"/api/orders/{order['id']}/cancel"), 50301)
    assert expire() == ExpiryReport(cancelled=1, paid=0, failed=0)
    assert shop.stock_of(sku) == 10


def test_a_close_without_an_answer_proves_nothing(shop: Shop, buyer: Buyer, unseen: dict[str, Any]) -> None:
    fault(shop, "close", "reset_before", times=None)
    with nothing_changes():
        refused(buyer.post(f"/api/orders/{unseen['id']}/cancel"), 50301)
