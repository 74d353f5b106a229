"""Freight that goes back: with the whole of an order of which nothing was sent, and else not."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.orders import Order
from src.models.refunds import Refund
from tests.factories.books import assert_books_balance
from tests.factories.contents import nothing_changes
from tests.factories.freight import charge, shown_money
from tests.factories.pricing import reprice, repriced
from tests.factories.refunds import PARCEL, asked, decide, plan, read_refund, settle, shipped_order
from tests.factories.shop import Buyer, Shop, data_of, refused

Json = dict[str, Any]


@pytest.fixture
def dear(shop: Shop) -> Shop:
    """A store that takes 600 fen for sending an order; WeChat ends no refund by itself."""
    plan(shop)
    charge(shop, 600)
    return shop


def two_units(shop: Shop, buyer: Buyer) -> tuple[Json, Json]:
    """Returns a SKU of 1000 fen and a paid order of two of it: 2600 fen."""
    sku = shop.sku(price=1000)
    return sku, shop.paid_order(buyer, (sku, 2))


def money(refund: Json) -> tuple[int, int, int]:
    return refund["askedAmount"], refund["amount"], refund["freightAmount"]


def withdraw(buyer: Buyer, refund: Json) -> None:
    data_of(buyer.post(f"/api/refunds/{refund['id']}/withdraw"), 200)


def freight_held() -> int:
    held: int = Order.objects.get().freight_held
    return held


def test_cancelling_a_paid_order_gives_its_freight_back(dear: Shop) -> None:
    buyer = dear.buyer()
    _, order = two_units(dear, buyer)
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    assert shown_money(buyer, order) == ("cancelled", 2600, 0)
    (refund,) = Refund.objects
    assert (refund.kind.value, refund.amount_fen, refund.freight_fen, freight_held()) == (
        "cancellation",
        2600,
        600,
        600,
    )
    settle(dear, refund.out_refund_no)
    assert buyer.read_order(order["id"])["refundedAmount"] == 2600
    assert_books_balance(dear.store_id)


def test_some_units_go_back_without_freight(dear: Shop) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    refund = decide(dear, asked(buyer, order, (sku, 1)), "approve")
    assert (money(refund), freight_held()) == ((1000, 1000, 0), 0)
    assert shown_money(buyer, order) == ("paid", 1000, 1600)
    data_of(dear.staff().post(f"/api/orders/{order['id']}/ship", PARCEL), 200)
    assert money(asked(buyer, order, (sku, 1))) == (1000, 1000, 0)
    assert_books_balance(dear.store_id)


def test_all_units_at_once_go_back_with_freight(dear: Shop) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    request = asked(buyer, order, (sku, 2))
    assert (money(request), freight_held()) == ((2600, 2600, 600), 600)
    assert_books_balance(dear.store_id)
    assert money(decide(dear, request, "approve")) == (2600, 2600, 600)
    assert shown_money(buyer, order) == ("cancelled", 2600, 0)
    assert_books_balance(dear.store_id)


@pytest.mark.parametrize("first", [0, 1])
def test_freight_goes_with_the_request_that_is_granted_last(dear: Shop, first: int) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    requests = [asked(buyer, order, (sku, 1)) for _ in range(2)]
    assert [money(request) for request in requests] == [(1000, 1000, 0), (1600, 1600, 600)]
    assert money(decide(dear, requests[first], "approve")) == (1000, 1000, 0)
    assert shown_money(buyer, order) == ("paid", 2600 if first == 0 else 2000, 0 if first == 0 else 600)
    assert_books_balance(dear.store_id)
    assert money(decide(dear, requests[1 - first], "approve")) == (1600, 1600, 600)
    assert shown_money(buyer, order) == ("cancelled", 2600, 0)
    assert_books_balance(dear.store_id)


@pytest.mark.parametrize("ending", ["withdraw", "reject"])
def test_a_request_that_ends_gives_freight_back_to_the_order(dear: Shop, ending: str) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    request = asked(buyer, order, (sku, 2))
    if ending == "withdraw":
        withdraw(buyer, request)
    else:
        decide(dear, request, "reject", {"reason": "已备货"})
    assert (shown_money(buyer, order), freight_held()) == (("paid", 0, 2600), 0)
    assert_books_balance(dear.store_id)
    assert money(asked(buyer, order, (sku, 2))) == (2600, 2600, 600)
    assert_books_balance(dear.store_id)


@pytest.mark.parametrize("ending", ["withdraw", "reject"])
def test_freight_is_not_had_by_taking_one_of_two_requests_back(dear: Shop, ending: str) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    first, last = (asked(buyer, order, (sku, 1)) for _ in range(2))
    if ending == "withdraw":
        withdraw(buyer, first)
    else:
        decide(dear, first, "reject", {"reason": "已备货"})
    assert (money(read_refund(buyer, last)), freight_held()) == ((1000, 1000, 0), 0)
    assert_books_balance(dear.store_id)
    data_of(dear.staff().post(f"/api/orders/{order['id']}/ship", PARCEL), 200)
    assert money(decide(dear, last, "approve", {"returnGoods": False})) == (1000, 1000, 0)
    assert_books_balance(dear.store_id)


def test_cancelling_takes_the_place_of_all_requests(dear: Shop) -> None:
    buyer = dear.buyer()
    sku = dear.sku()
    order = dear.paid_order(buyer, (sku, 3))
    first, *_ = (asked(buyer, order, (sku, 1)) for _ in range(3))
    decide(dear, first, "approve")
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    assert shown_money(buyer, order) == ("cancelled", 3600, 0)
    assert [refund.freight_fen for refund in Refund.objects(status="processing").order_by("id")] == [0, 600]
    assert_books_balance(dear.store_id)


def test_what_was_sent_goes_back_without_freight(dear: Shop) -> None:
    buyer, sku = dear.buyer(), dear.sku()
    order = shipped_order(buyer, (sku, 2))
    request = asked(buyer, order, (sku, 2))
    assert money(request) == (2000, 2000, 0)
    decide(dear, request, "approve")
    decide(dear, request, "receive", {"restock": True})
    assert (shown_money(buyer, order), freight_held()) == (("shipped", 2000, 600), 0)
    assert_books_balance(dear.store_id)


def test_what_was_sent_in_part_goes_back_without_freight(dear: Shop) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    parcel = {**PARCEL, "items": [{"orderItemId": sku["skuId"], "quantity": 1}]}
    data_of(dear.staff().post(f"/api/orders/{order['id']}/ship", {"parcels": [parcel]}), 200)
    request = asked(buyer, order, (sku, 2))
    assert money(request) == (2000, 2000, 0)
    assert money(decide(dear, request, "approve", {"returnGoods": False})) == (2000, 2000, 0)
    assert_books_balance(dear.store_id)


def test_staff_cannot_keep_freight_or_give_it_too_early(dear: Shop) -> None:
    buyer = dear.buyer()
    sku, order = two_units(dear, buyer)
    first, last = (asked(buyer, order, (sku, 1)) for _ in range(2))
    path = "/api/merchant/refunds/{}/approve"
    with nothing_changes():
        answer = dear.staff().post(path.format(last["id"]), {"amount": 1600})
        assert list(refused(answer, 400)["errors"]) == ["amount"]
    decide(dear, last, "approve", {"amount": 1000})
    with nothing_changes():
        refused(dear.staff().post(path.format(first["id"]), {"amount": 1000}), 400)
    assert money(decide(dear, first, "approve", {"amount": 1600})) == (1600, 1600, 600)
    assert_books_balance(dear.store_id)


def test_an_order_of_freight_alone(dear: Shop) -> None:
    buyer, sku = dear.buyer(), dear.sku(price=0)
    order = dear.paid_order(buyer, (sku, 2))
    free = decide(dear, asked(buyer, order, (sku, 1)), "approve")
    assert (money(free), free["status"]) == ((0, 0, 0), "succeeded")
    assert money(decide(dear, asked(buyer, order, (sku, 1)), "approve")) == (600, 600, 600)
    assert shown_money(buyer, order) == ("cancelled", 600, 0)
    assert_books_balance(dear.store_id)


def test_a_changed_price_leaves_the_freight_as_it_is(dear: Shop) -> None:
    buyer, sku = dear.buyer(), dear.sku(price=1000)
    order = buyer.placed((sku, 3))
    dear.staff()
    with nothing_changes():
        assert list(refused(reprice(dear, order, totalAmount=599), 400)["errors"]) == ["totalAmount"]
        too_much = {"orderItemId": sku["skuId"], "amount": 999_997_000}
        assert list(refused(reprice(dear, order, adjustments=[too_much]), 400)["errors"]) == ["adjustments"]
        assert refused(reprice(dear, order, totalAmount=700, expected=3000), 40929) == {"totalAmount": 3600}
        repriced(dear, order, totalAmount=3600)
    shown = [repriced(dear, order, totalAmount=600)]
    shown.append(repriced(dear, shown[0], adjustments=[{"orderItemId": sku["skuId"], "amount": 1001}]))
    shown.append(repriced(dear, shown[1], totalAmount=2700))
    told = [(one["goodsAmount"], one["freightAmount"], one["totalAmount"], one["listedAmount"]) for one in shown]
    assert told == [(0, 600, 600, 3600), (1001, 600, 1601, 3600), (2100, 600, 2700, 3600)]
    assert [(one["before"], one["after"]) for one in shown[2]["repricings"]] == [(3600, 600), (600, 1601), (1601, 2700)]
    assert_books_balance(dear.store_id)
