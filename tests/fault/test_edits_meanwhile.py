"""Products that staff change while an order of them waits for its turn: an edit that was answered counts."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.transaction import Transactions
from tests.factories.books import assert_books_balance
from tests.factories.contents import contents
from tests.factories.races import run_before
from tests.factories.shop import Buyer, Shop, data_of, refused

Sku = dict[str, Any]


def test_a_new_price_is_the_orders_price(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    def raise_the_price() -> None:
        data_of(shop.staff().put(f"/api/products/{sku['productId']}", {"price": 2500}), 200)

    with run_before(Transactions, "run", raise_the_price):
        order = data_of(buyer.order((sku, 2)), 201)

    assert (order["items"][0]["price"], order["totalAmount"]) == (2500, 5000)
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("edit", ["delete", "off_sale"])
def test_what_is_not_sold_any_more_is_not_ordered(shop: Shop, buyer: Buyer, sku: Sku, edit: str) -> None:
    path, staff, after = f"/api/products/{sku['productId']}", shop.staff(), []

    def withdraw() -> None:
        answer = staff.delete(path) if edit == "delete" else staff.put(path, {"status": edit})
        assert answer.status_code == 200
        after.append(contents())

    with run_before(Transactions, "run", withdraw):
        assert refused(buyer.order((sku, 1)), 404) == {"item": 0}

    assert [contents()] == after


def test_edits_that_never_end_keep_nobody_from_ordering(
    shop: Shop, buyer: Buyer, sku: Sku, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, names = Transactions.run, iter(f"茶 {number}" for number in range(1_000))
    owner, editing = shop.staff(), []

    def after_one_more_edit(self: Transactions, *args: Any, **kwargs: Any) -> Any:
        if not editing:
            editing.append(True)
            data_of(owner.put(f"/api/products/{sku['productId']}", {"name": next(names)}), 200)
            editing.clear()
        return run(self, *args, **kwargs)

    monkeypatch.setattr(Transactions, "run", after_one_more_edit)
    orders = [data_of(buyer.order((sku, 1)), 201) for _ in range(3)]

    assert [order["items"][0]["name"] for order in orders] == ["茶 0", "茶 1", "茶 2"]
    assert_books_balance(shop.store_id)


def test_a_change_of_stock_is_no_edit(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    def receive() -> None:
        change = {"delta": 5, "reason": "到货"}
        data_of(shop.staff().post(f"/api/merchant/skus/{sku['skuId']}/stock", change), 200)

    with run_before(Transactions, "run", receive):
        data_of(buyer.order((sku, 1)), 201)

    assert shop.stock_of(sku) == 14
    assert_books_balance(shop.store_id)
