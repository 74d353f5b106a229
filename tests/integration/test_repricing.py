"""Staff changing what a pending order costs."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.payments import Payment
from src.utils.permissions import Role
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.pricing import reprice, repriced
from tests.factories.refunds import asked, decide
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import fault, heal, paid_at_wechat, pass_time, states_at_wechat

Json = dict[str, Any]


def pay(buyer: Buyer, order: Json) -> str:
    """Pays in WeChat and has the notification delivered; returns the payment's number."""
    assert buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200)) == "requestPayment:ok"
    payment = Payment.objects(live=True).get()
    buyer.shop.deliver(payment.out_trade_no)
    return str(payment.out_trade_no)


def two_lines(shop: Shop, buyer: Buyer) -> tuple[Json, Json, Json]:
    """Returns two SKUs of 1000 and 333 fen, and an order of three and one of them."""
    tea, cup = shop.sku(price=1000), shop.sku(price=333, name="茶杯")
    return tea, cup, buyer.placed((tea, 3), (cup, 1))


def test_only_who_may_change_prices_does(shop: Shop, other_shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    path, body = f"/api/merchant/orders/{order['id']}/reprice", {"totalAmount": 1, "expected": 1000}
    callers = ((shop.anonymous, 401), (buyer, 401), (shop.staff(Role.CLERK), 403), (other_shop.staff(), 404))
    with nothing_changes():
        for caller, code in callers:
            refused(caller.post(path, body), code)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "totalAmount"),
        ({"totalAmount": -1}, "totalAmount"),
        ({"totalAmount": 1_000_000_001}, "totalAmount"),
        ({"totalAmount": 1, "adjustments": [{"orderItemId": NOBODYS_ID, "amount": 1}]}, "totalAmount"),
        ({"adjustments": []}, "adjustments"),
        ({"adjustments": [{"orderItemId": NOBODYS_ID, "amount": 1}] * 2}, "adjustments"),
        ({"totalAmount": 1, "expected": "1000"}, "expected"),
    ],
)
def test_a_price_that_is_none(shop: Shop, body: Json, field: str) -> None:
    order = shop.buyer().placed((shop.sku(), 1))
    shop.staff()
    with nothing_changes():
        assert list(refused(reprice(shop, order, **body), 400)["errors"]) == [field]


def test_a_line_costs_no_less_than_nothing(shop: Shop) -> None:
    tea, _, order = two_lines(shop, shop.buyer())
    shop.staff()
    with nothing_changes():
        refused(reprice(shop, order, adjustments=[{"orderItemId": tea["skuId"], "amount": -3001}]), 400)
        refused(reprice(shop, order, adjustments=[{"orderItemId": NOBODYS_ID, "amount": -1}]), 404)


def test_a_price_that_is_out_of_date_is_refused(shop: Shop) -> None:
    order = shop.buyer().placed((shop.sku(), 1))
    shop.staff()
    with nothing_changes():
        assert refused(reprice(shop, order, totalAmount=1, expected=999), 40929) == {"totalAmount": 1000}
    repriced(shop, order, totalAmount=900)
    with nothing_changes():
        assert refused(reprice(shop, order, totalAmount=1), 40929) == {"totalAmount": 900}


def test_an_order_that_is_paid_cancelled_or_over_keeps_its_price(shop: Shop, clock: MovableClock) -> None:
    buyer, sku = shop.buyer(), shop.sku()
    paid, cancelled, late = shop.paid_order(buyer, (sku, 1)), buyer.placed((sku, 1)), buyer.placed((sku, 1))
    data_of(buyer.post(f"/api/orders/{cancelled['id']}/cancel"), 200)
    shop.staff()
    with nothing_changes():
        assert refused(reprice(shop, paid, totalAmount=1), 40902) == {"status": "paid"}
        assert refused(reprice(shop, cancelled, totalAmount=1), 40902) == {"status": "cancelled"}
    pass_time(shop, clock, 31 * 60)
    refused(reprice(shop, late, totalAmount=1), 40907)


def test_a_total_is_divided_exactly(shop: Shop) -> None:
    buyer = shop.buyer()
    tea, _, order = two_lines(shop, buyer)
    changed = repriced(shop, order, totalAmount=2000)
    assert [line["amount"] for line in changed["items"]] == [1800, 200]
    assert (changed["totalAmount"], changed["listedAmount"]) == (2000, 3333)
    again = repriced(shop, changed, adjustments=[{"orderItemId": tea["skuId"], "amount": -1}])
    assert [line["amount"] for line in again["items"]] == [1799, 200]
    assert [(one["before"], one["after"]) for one in again["repricings"]] == [(3333, 2000), (2000, 1999)]
    assert (again["repricings"][0]["actor"], buyer.read_order(order["id"])["totalAmount"]) == (
        f"staff:{shop.staff().id}",
        1999,
    )
    assert_books_balance(shop.store_id)


def test_the_same_price_leaves_no_trace_and_another_one_an_entry(shop: Shop) -> None:
    order = shop.buyer().placed((shop.sku(), 1))
    shop.staff()
    with nothing_changes():
        repriced(shop, order, totalAmount=1000)
    repriced(shop, order, totalAmount=700)
    (entry,) = AuditLogEntry.objects(action="order.reprice")
    assert str(entry.subject_id) == order["id"]
    assert entry.changes[0] == {"field": "totalAmount", "before": 1000, "after": 700}


@pytest.mark.parametrize("total", [1, 700, 1500])
def test_the_new_price_is_paid_after_the_old_prepay_was_closed(shop: Shop, total: int) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    old = data_of(buyer.pay(order["id"]), 200)
    repriced(shop, order, totalAmount=total)
    assert states_at_wechat(shop) == {order["orderNo"]: "CLOSED"}
    assert buyer.pay_in_wechat(old) != "requestPayment:ok"
    number = pay(buyer, order)
    assert number == f"{order['orderNo']}-2"
    assert Payment.objects.get(out_trade_no=number).received_fen == total
    assert data_of(shop.staff().get("/api/merchant/orders", amount=total), 200)["list"][0]["status"] == "paid"
    assert_books_balance(shop.store_id)


def test_an_order_may_be_given_away_and_charged_again(shop: Shop) -> None:
    buyer = shop.buyer()
    gift, again = buyer.placed((shop.sku(), 1)), buyer.placed((shop.sku(), 1))
    repriced(shop, gift, totalAmount=0)
    assert data_of(buyer.pay(gift["id"]), 200)["paid"]
    free = repriced(shop, again, totalAmount=0)
    assert [line["amount"] for line in repriced(shop, free, totalAmount=300)["items"]] == [300]
    pay(buyer, again)
    assert_books_balance(shop.store_id)


def test_what_was_paid_meanwhile_stays_as_it_is(shop: Shop) -> None:
    buyer = shop.buyer()
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    assert refused(reprice(shop, order, totalAmount=700), 40902) == {"status": "paid"}
    assert (buyer.read_order(order["id"])["totalAmount"], AuditLogEntry.objects(action="order.reprice").count()) == (
        1000,
        0,
    )
    assert_books_balance(shop.store_id)


def test_nothing_changes_while_wechat_does_not_say(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    data_of(buyer.pay(order["id"]), 200)
    shop.staff()
    for endpoint in ("close", "query"):
        fault(shop, endpoint, "system_error", times=None)
    with nothing_changes():
        refused(reprice(shop, order, totalAmount=700), 50301)
    heal(shop)
    repriced(shop, order, totalAmount=700)
    assert_books_balance(shop.store_id)


def test_money_of_the_old_price_that_comes_after_all_goes_back(shop: Shop) -> None:
    shop.control("notifications/suspend")
    buyer = shop.buyer()
    order = paid_at_wechat(buyer, (shop.sku(), 1))
    # As if WeChat had said that it closed what it then took money for.
    Payment.objects.update(status="closed", live=False)
    repriced(shop, order, totalAmount=700)
    shop.deliver(order["orderNo"])
    assert (Payment.objects.get().status.value, buyer.read_order(order["id"])["status"]) == ("surplus", "pending")
    pay(buyer, order)
    assert buyer.read_order(order["id"])["status"] == "paid"
    assert_books_balance(shop.store_id)


def test_refunds_of_a_changed_price_are_exact(shop: Shop) -> None:
    buyer = shop.buyer()
    tea, cup, order = two_lines(shop, buyer)
    changed = repriced(shop, order, totalAmount=1001)
    pay(buyer, order)
    units = [asked(buyer, order, (tea, 1)) for _ in range(3)]
    assert sum(refund["amount"] for refund in units) == changed["items"][0]["amount"]
    for refund in [*units, asked(buyer, order, (cup, 1))]:
        decide(shop, refund, "approve")
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["refundingAmount"] + shown["refundedAmount"]) == ("cancelled", 1001)
    assert_books_balance(shop.store_id)
