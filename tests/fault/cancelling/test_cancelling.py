"""Cancelling an unpaid order: unpayable at WeChat first, cancelled here second, or nothing at all.

What turns out to be paid is cancelled all the same, and its money goes back.
"""

from __future__ import annotations

from functools import partial

import pytest

from src.models.connection import database
from src.models.events import Event
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.transaction import Transactions
from tests.factories.contents import contents
from tests.factories.races import at_once, results, run_before
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import (
    WITH_EFFECT,
    WITHOUT_EFFECT,
    calls_of,
    fault,
    paid_at_wechat,
    states_at_wechat,
    take_money_after_all,
    transaction_at_wechat,
)
from tests.fault.cancelling.cancelled_orders import Placed, Sku, assert_cancelled, assert_refunded, cancel


def test_what_nobody_began_to_pay_needs_no_wechat(shop: Shop, buyer: Buyer, sku: Sku, order: Placed) -> None:
    assert data_of(cancel(buyer, order), 200)["status"] == "cancelled"

    assert calls_of(shop, "close") == 0
    assert_cancelled(shop, sku, order)


def test_it_is_closed_at_wechat_first(shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed) -> None:
    states: dict[str, str] = {}

    with run_before(Transactions, "run", lambda: states.update(states_at_wechat(shop))):
        data_of(cancel(buyer, prepared), 200)

    assert states == {prepared["orderNo"]: "CLOSED"}
    assert_cancelled(shop, sku, prepared)


def test_a_second_cancelling_is_refused(shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed) -> None:
    cancel(buyer, prepared)

    assert refused(cancel(buyer, prepared), 40902) == {"status": "cancelled"}

    assert_cancelled(shop, sku, prepared)


def test_twenty_at_once_cancel_once(shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed) -> None:
    answers = results(at_once([partial(cancel, buyer, prepared)] * 20))

    assert {data_of(answer, 200)["status"] for answer in answers if answer.status_code == 200} == {"cancelled"}
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert_cancelled(shop, sku, prepared)


def test_what_was_paid_meanwhile_is_refunded(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    order = paid_at_wechat(buyer, (sku, 3))

    cancelled = data_of(cancel(buyer, order), 200)

    assert (cancelled["status"], cancelled["refundingAmount"]) == ("cancelled", 3000)
    assert_refunded(shop, sku, order)


@pytest.mark.parametrize("kind", WITH_EFFECT)
def test_a_close_whose_answer_is_worthless_is_looked_up(
    shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed, kind: str
) -> None:
    fault(shop, "close", kind)

    data_of(cancel(buyer, prepared), 200)

    assert (states_at_wechat(shop), calls_of(shop, "query")) == ({prepared["orderNo"]: "CLOSED"}, 1)
    assert_cancelled(shop, sku, prepared)


@pytest.mark.parametrize("kind", WITHOUT_EFFECT)
def test_a_close_that_had_no_effect_changes_nothing(
    shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed, kind: str
) -> None:
    fault(shop, "close", kind)
    before = contents()

    answer = cancel(buyer, prepared)

    refused(answer, 50301)
    assert int(answer.headers["Retry-After"]) == 2
    assert contents() == before
    data_of(cancel(buyer, prepared), 200)
    assert_cancelled(shop, sku, prepared)


@pytest.mark.parametrize("close", ["reset_before", "reset_after"])
@pytest.mark.parametrize("query", ["reset_before", "system_error", "garbage", "forged", "error"])
def test_while_nothing_is_certain_nothing_changes(
    shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed, *, close: str, query: str
) -> None:
    fault(shop, "close", close)
    fault(shop, "query", query)
    before = contents()

    refused(cancel(buyer, prepared), 50301)

    assert contents() == before
    data_of(cancel(buyer, prepared), 200)
    assert_cancelled(shop, sku, prepared)


@pytest.mark.parametrize(("kind", "status"), [("latency", 503), ("slow_answer", 200)])
def test_a_close_that_takes_too_long_is_looked_up(
    impatient_shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed, *, kind: str, status: int
) -> None:
    fault(impatient_shop, "close", kind, seconds=0.6)

    answer = impatient_shop.client.post(f"/api/orders/{prepared['id']}/cancel", headers=buyer.headers)

    assert answer.status_code == status
    if status == 503:
        data_of(cancel(buyer, prepared), 200)
    assert_cancelled(impatient_shop, sku, prepared)


def test_paid_while_the_close_fails_is_refunded(shop: Shop, buyer: Buyer, sku: Sku) -> None:
    order = paid_at_wechat(buyer, (sku, 1))
    fault(shop, "close", "reset_before")

    data_of(cancel(buyer, order), 200)

    assert_refunded(shop, sku, order)


def test_money_after_the_cancelling_goes_back_as_surplus(shop: Shop, buyer: Buyer, sku: Sku, prepared: Placed) -> None:
    data_of(cancel(buyer, prepared), 200)
    take_money_after_all(buyer, prepared["orderNo"], prepared["arguments"])

    answers = shop.deliver(prepared["orderNo"], copies=10)

    assert [answer["status"] for answer in answers] == [200] * 10
    payment = Payment.objects.get()
    assert (payment.status.value, payment.transaction_id) == (
        "surplus",
        transaction_at_wechat(shop, prepared["orderNo"]),
    )
    event = Event.objects.get(type="payment.surplus")
    assert event.data == {
        "orderId": prepared["id"],
        "orderNo": prepared["orderNo"],
        "outTradeNo": prepared["orderNo"],
        "amount": 3000,
    }
    refund = Refund.objects.get()
    assert (refund.kind.value, refund.status.value, refund.amount_fen) == ("surplus", "processing", 3000)
    assert_cancelled(shop, sku, prepared)


def test_a_free_order_is_cancelled_without_wechat(shop: Shop, buyer: Buyer) -> None:
    free = shop.sku(price=0, stock=10)
    order = buyer.placed((free, 1))

    data_of(cancel(buyer, order), 200)

    assert states_at_wechat(shop) == {}
    assert_cancelled(shop, free, order)


def test_broken_books_are_not_made_worse(shop: Shop, buyer: Buyer, sku: Sku, order: Placed) -> None:
    database()["stock_items"].update_one({}, {"$set": {"reserved": 0}})
    before = contents()

    refused(cancel(buyer, order), 500)

    assert contents() == before
