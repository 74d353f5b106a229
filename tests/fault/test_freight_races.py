"""Freight that is asked back, or taken back, at one moment."""

from __future__ import annotations

import pytest

from src.models.orders import Order
from src.models.refunds import Refund
from tests.factories.books import assert_books_balance
from tests.factories.freight import charge, shown_money
from tests.factories.races import together
from tests.factories.refunds import asked, plan, wanted
from tests.factories.shop import Buyer, Shop, data_of

UNITS = 4


@pytest.fixture
def dear(shop: Shop) -> Shop:
    plan(shop)
    charge(shop, 600)
    return shop


def test_of_all_units_asked_back_at_once_one_has_the_freight(dear: Shop) -> None:
    buyer, sku = dear.buyer(), dear.sku()
    order = dear.paid_order(buyer, (sku, UNITS))
    path = f"/api/orders/{order['id']}/refunds"
    answers = together(*(lambda: buyer.post(path, wanted((sku, 1))).status_code for _ in range(UNITS)))
    assert answers == [201] * UNITS
    assert sorted(refund.freight_fen for refund in Refund.objects) == [0] * (UNITS - 1) + [600]
    assert Order.objects.get().freight_held == 600
    assert_books_balance(dear.store_id)


@pytest.mark.parametrize("turn", range(3))
def test_an_approval_beside_a_withdrawal(dear: Shop, turn: int) -> None:
    buyer, sku = dear.buyer(), dear.sku()
    order = dear.paid_order(buyer, (sku, 2))
    first, last = (asked(buyer, order, (sku, 1)) for _ in range(2))
    dear.staff()
    together(lambda: _withdraw(buyer, first["id"]), lambda: _approve(dear, last["id"]))
    assert shown_money(buyer, order) == ("paid", 1000, 1600)
    assert Order.objects.get().freight_held == 0
    assert_books_balance(dear.store_id)


@pytest.mark.parametrize("turn", range(3))
def test_two_approvals_give_the_freight_once(dear: Shop, turn: int) -> None:
    buyer, sku = dear.buyer(), dear.sku()
    order = dear.paid_order(buyer, (sku, 2))
    requests = [asked(buyer, order, (sku, 1)) for _ in range(2)]
    dear.staff()
    together(*(lambda request=request: _approve(dear, request["id"]) for request in requests))
    assert shown_money(buyer, order) == ("cancelled", 2600, 0)
    assert sorted(refund.freight_fen for refund in Refund.objects) == [0, 600]
    assert_books_balance(dear.store_id)


@pytest.mark.parametrize("turn", range(3))
def test_a_cancellation_beside_an_approval(dear: Shop, turn: int) -> None:
    buyer, sku = dear.buyer(), dear.sku()
    order = dear.paid_order(buyer, (sku, 2))
    _, last = (asked(buyer, order, (sku, 1)) for _ in range(2))
    dear.staff()
    together(
        lambda: data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200),
        lambda: dear.staff().post(f"/api/merchant/refunds/{last['id']}/approve", {}),
    )
    assert shown_money(buyer, order) == ("cancelled", 2600, 0)
    assert sum(refund.freight_fen for refund in Refund.objects(status="processing")) == 600
    assert_books_balance(dear.store_id)


def _withdraw(buyer: Buyer, refund_id: str) -> None:
    data_of(buyer.post(f"/api/refunds/{refund_id}/withdraw"), 200)


def _approve(shop: Shop, refund_id: str) -> None:
    data_of(shop.staff().post(f"/api/merchant/refunds/{refund_id}/approve", {}), 200)
