"""Placing an order while MongoDB fails inside the transaction: one order or none, and never a long wait."""

from __future__ import annotations

import time
from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.models.connection import client, database
from src.models.orders import Order
from tests.factories.books import assert_books_balance
from tests.factories.contents import contents
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.fault.failpoints import CLOSED_CONNECTION, UNACKNOWLEDGED, WRITE_CONFLICT, failing, slow

Sku = dict[str, Any]


@pytest.fixture
def impatient(impatient_shop: Shop, buyer: Buyer) -> Buyer:
    """The same buyer at the app whose transactions have one second."""
    return Buyer(impatient_shop, buyer.headers, buyer.id, wechat_user=buyer.wechat_user)


def keyed(buyer: Buyer, sku: Sku) -> TestResponse:
    return buyer.order((sku, 1), Idempotency_Key="key-1")


def assert_one_order(shop: Shop, sku: Sku) -> None:
    assert Order.collection().count_documents({}) == 1
    assert shop.stock_of(sku) == 9
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize(
    ("command", "collection"),
    [("findAndModify", "stock_items"), ("insert", "orders"), ("insert", "stock_moves"), ("insert", "events")],
)
def test_a_conflict_anywhere_in_an_order_is_not_seen(
    shop: Shop, buyer: Buyer, sku: Sku, command: str, collection: str
) -> None:
    with failing(command, collection=collection, times=1, failure=WRITE_CONFLICT):
        data_of(buyer.order((sku, 1)), 201)

    assert_one_order(shop, sku)


@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, UNACKNOWLEDGED], ids=["closed", "unacknowledged"])
def test_a_lost_answer_of_the_commit_is_not_seen(shop: Shop, buyer: Buyer, sku: Sku, failure: dict[str, Any]) -> None:
    with failing("commitTransaction", times=1, failure=failure):
        data_of(buyer.order((sku, 1)), 201)

    assert_one_order(shop, sku)


def test_endless_conflicts_are_a_503_and_change_nothing(shop: Shop, impatient: Buyer, sku: Sku) -> None:
    before, begun = contents(), time.monotonic()

    with failing("findAndModify", collection="stock_items", failure=WRITE_CONFLICT):
        answer = impatient.order((sku, 1))

    refused(answer, 503)
    assert answer.headers["Retry-After"] == "1"
    assert time.monotonic() - begun < 3
    assert contents() == before


@pytest.mark.parametrize("failure", [CLOSED_CONNECTION, UNACKNOWLEDGED], ids=["closed", "unacknowledged"])
def test_an_outcome_that_stays_unknown_is_settled_by_the_same_key(
    shop: Shop, buyer: Buyer, impatient: Buyer, sku: Sku, failure: dict[str, Any]
) -> None:
    with failing("commitTransaction", failure=failure):
        refused(keyed(impatient, sku), 503)

    data_of(keyed(buyer, sku), 201)

    assert_one_order(shop, sku)


def test_a_stuck_transaction_does_not_hold_other_buyers_up(
    shop: Shop, buyer: Buyer, impatient: Buyer, sku: Sku
) -> None:
    with client().start_session() as stuck, stuck.start_transaction():
        database()["stock_items"].update_one({}, {"$currentDate": {"updated_at": True}}, session=stuck)
        before, begun = contents(), time.monotonic()

        refused(impatient.order((sku, 1)), 503)

        assert time.monotonic() - begun < 3
        assert contents() == before

    data_of(buyer.order((sku, 1)), 201)
    assert_one_order(shop, sku)


def test_a_transaction_that_ran_out_of_time_does_not_hold_the_stock(
    shop: Shop, buyer: Buyer, impatient: Buyer, sku: Sku
) -> None:
    """The server is slow after the stock was taken: nobody is left to give it back but the server itself."""
    with failing("insert", collection="orders", failure=slow(1_500)):
        refused(impatient.order((sku, 1)), 503)
    begun = time.monotonic()

    data_of(buyer.order((sku, 1)), 201)

    assert time.monotonic() - begun < 3
    assert_one_order(shop, sku)
