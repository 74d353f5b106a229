"""Stores that share a merchant number: the bill of that number holds the money of all of them."""

from __future__ import annotations

import pytest

from tests.factories.bills import bend, next_morning, reconcile, reports
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop


@pytest.fixture
def sibling(shop: Shop) -> Shop:
    return Shop.open(shop.app, shop.sandbox, shop.credentials, code="sibling", is_default=False)


def test_each_accounts_for_its_own(shop: Shop, sibling: Shop, clock: MovableClock) -> None:
    for store, units in ((shop, 1), (sibling, 2)):
        store.paid_order(store.buyer(), (store.sku(price=1000), units))
    next_morning(shop, clock)
    assert [reconcile(store).exit_code for store in (shop, sibling)] == [0, 0]
    assert {report.store_id: report.wechat.paid_fen for report in reports()} == {
        shop.store_id: 1000,
        sibling.store_id: 2000,
    }


def test_an_unknown_payment_is_the_business_of_its_mini_program(shop: Shop, sibling: Shop, clock: MovableClock) -> None:
    sibling.configure(appid="wx0000000000000000")
    day = next_morning(shop, clock)
    bend(shop, day, extra=[{"outTradeNo": "T20260105000001", "amount": 7}])
    assert [reconcile(store).exit_code for store in (shop, sibling)] == [1, 0]
