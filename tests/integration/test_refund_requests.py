"""Shoppers ask for refunds, send goods back, and change their minds."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.events import Event
from src.models.refunds import Refund
from src.utils.permissions import Role
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.refunds import PARCEL, asked, decide, read_refund, shipped_order, wanted
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused

Document = dict[str, Any]


def test_a_request_holds_units_and_money(shop: Shop) -> None:
    sku, buyer = shop.sku(price=1000), shop.buyer()
    order = shop.paid_order(buyer, (sku, 3))
    refund = asked(buyer, order, (sku, 2))
    assert (refund["status"], refund["kind"], refund["amount"], refund["askedAmount"]) == (
        "requested",
        "after_sale",
        2000,
        2000,
    )
    assert refund["items"][0] | {"productId": None} == {
        "orderItemId": sku["skuId"],
        "productId": None,
        "skuId": sku["skuId"],
        "name": "高山乌龙茶",
        "quantity": 2,
        "amount": 2000,
    }
    assert (refund["reason"], refund["allowedActions"], refund["succeededAt"]) == ("不想要了", ["withdraw"], None)
    shown = buyer.read_order(order["id"])
    assert (shown["refundedAmount"], shown["refundingAmount"]) == (0, 2000)
    assert shown["items"][0]["refundQuantity"] == 2
    assert [(entry["id"], entry["status"], entry["amount"]) for entry in shown["refunds"]] == [
        (refund["id"], "requested", 2000)
    ]
    assert_books_balance(shop.store_id)


def test_units_are_held_once(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 3))
    asked(buyer, order, (sku, 2))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 2)))
        assert refused(answer, 40910) == {"reason": "too_much", "item": 0}
    asked(buyer, order, (sku, 1))
    assert "refund" not in buyer.read_order(order["id"])["allowedActions"]


@pytest.mark.parametrize("status", ["pending", "cancelled"])
def test_what_was_not_paid_is_not_refunded(shop: Shop, status: str) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = buyer.placed((sku, 1))
    if status == "cancelled":
        data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1)))
        assert refused(answer, 40902) == {"status": status}


def test_an_item_of_another_order_is_not_found(shop: Shop) -> None:
    sku, other, buyer = shop.sku(), shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1), (other, 1)))
        assert refused(answer, 404) == {"item": 1}


def test_an_item_twice_is_refused(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 2))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1), (sku, 1)))
        assert refused(answer, 404) == {"item": 1}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"orderItemId": "x", "quantity": 1}]}, "items.0.orderItemId"),
        ({"items": [{"orderItemId": NOBODYS_ID, "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"orderItemId": NOBODYS_ID, "quantity": 1, "amount": 1}]}, "items.0.amount"),
        ({"reason": ""}, "reason"),
        ({"reason": "长" * 201}, "reason"),
        ({"images": ["http://example.com/a.jpg"]}, "images.0"),
        ({"images": ["/media/a.jpg"] * 10}, "images"),
        ({"amount": 1}, "amount"),
    ],
)
def test_a_malformed_request_is_refused(shop: Shop, change: Document, field: str) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", {**wanted((sku, 1)), **change})
        assert list(refused(answer, 400)["errors"]) == [field]


def test_the_same_key_makes_one_request(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 3))
    path = f"/api/orders/{order['id']}/refunds"
    first = data_of(buyer.post(path, wanted((sku, 1)), Idempotency_Key="k1"), 201)
    with nothing_changes():
        assert data_of(buyer.post(path, wanted((sku, 1)), Idempotency_Key="k1"), 201) == first
        refused(buyer.post(path, wanted((sku, 2)), Idempotency_Key="k1"), 40904)


def test_after_a_year_wechat_takes_no_refund(shop: Shop, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    clock.advance(days=366)
    buyer.log_in_again()
    answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1)))
    assert refused(answer, 40910) == {"reason": "too_late"}
    assert Refund.objects.count() == 0


def test_fifty_refunds_are_enough(shop: Shop) -> None:
    sku, buyer = shop.sku(stock=51), shop.buyer()
    order = shop.paid_order(buyer, (sku, 51))
    for _ in range(50):
        asked(buyer, order, (sku, 1))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1)))
        assert refused(answer, 40910) == {"reason": "too_many"}


def test_requests_that_pay_nothing_back_use_none_up(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    for _ in range(49):
        data_of(buyer.post(f"/api/refunds/{asked(buyer, order, (sku, 1))['id']}/withdraw"), 200)
    decide(shop, asked(buyer, order, (sku, 1)), "reject", {"reason": "不符合"})
    assert asked(buyer, order, (sku, 1))["status"] == "requested"
    assert_books_balance(shop.store_id)


def test_withdrawing_frees_units_and_money(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 2))
    refund = asked(buyer, order, (sku, 2))
    withdrawn = data_of(buyer.post(f"/api/refunds/{refund['id']}/withdraw"), 200)
    assert (withdrawn["status"], withdrawn["allowedActions"]) == ("withdrawn", [])
    shown = buyer.read_order(order["id"])
    assert (shown["refundingAmount"], shown["items"][0]["refundQuantity"]) == (0, 0)
    with nothing_changes():
        answer = buyer.post(f"/api/refunds/{refund['id']}/withdraw")
        assert refused(answer, 40911) == {"status": "withdrawn"}
    assert_books_balance(shop.store_id)


def test_goods_come_back_before_the_money(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shipped_order(buyer, (sku, 1))
    refund = asked(buyer, order, (sku, 1))
    path = f"/api/refunds/{refund['id']}/return"
    with nothing_changes():
        assert refused(buyer.post(path, PARCEL), 40911) == {"status": "requested"}
    assert decide(shop, refund, "approve")["status"] == "awaiting_return"
    assert read_refund(buyer, refund)["allowedActions"] == ["return", "withdraw"]
    returning = data_of(buyer.post(path, PARCEL), 200)
    assert (returning["status"], returning["parcel"], returning["allowedActions"]) == ("returning", PARCEL, [])
    with nothing_changes():
        assert refused(buyer.post(path, PARCEL), 40911) == {"status": "returning"}
        assert refused(buyer.post(f"/api/refunds/{refund['id']}/withdraw"), 40911) == {"status": "returning"}


@pytest.mark.parametrize("body", [{}, {"company": "SF"}, {"trackingNo": "SF1234"}, {**PARCEL, "trackingNo": "顺丰"}])
def test_a_parcel_needs_company_and_number(shop: Shop, body: Document) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shipped_order(buyer, (sku, 1))
    refund = asked(buyer, order, (sku, 1))
    decide(shop, refund, "approve")
    with nothing_changes():
        refused(buyer.post(f"/api/refunds/{refund['id']}/return", body), 400)


def test_a_refund_is_its_shoppers_own(shop: Shop) -> None:
    sku, buyer, stranger = shop.sku(), shop.buyer(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    refund = asked(buyer, order, (sku, 1))
    with nothing_changes():
        refused(stranger.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1))), 404)
        refused(stranger.get(f"/api/orders/{order['id']}/refunds"), 404)
        refused(stranger.get(f"/api/refunds/{refund['id']}"), 404)
        refused(stranger.post(f"/api/refunds/{refund['id']}/withdraw"), 404)
        refused(stranger.post(f"/api/refunds/{refund['id']}/return", PARCEL), 404)


def test_staff_do_not_ask_and_nobody_asks_without_login(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    owner = shop.staff(Role.OWNER)
    with nothing_changes():
        path = f"/api/orders/{order['id']}/refunds"
        refused(owner.post(path, wanted((sku, 1))), 401)
        refused(shop.anonymous.post(path, wanted((sku, 1))), 401)


def test_the_list_has_the_oldest_first(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 2))
    first, second = asked(buyer, order, (sku, 1)), asked(buyer, order, (sku, 1))
    listed = data_of(buyer.get(f"/api/orders/{order['id']}/refunds"), 200)["refunds"]
    assert listed == [first, second]


def test_shares_of_a_line_add_up_to_the_line(shop: Shop) -> None:
    sku, buyer = shop.sku(price=333), shop.buyer()
    order = shop.paid_order(buyer, (sku, 3))
    amounts = [asked(buyer, order, (sku, 1))["amount"] for _ in range(3)]
    assert (amounts, sum(amounts)) == ([333, 333, 333], order["totalAmount"])


def test_a_risky_reason_is_refused(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    with nothing_changes():
        answer = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1), reason="违禁内容"))
        refused(answer, 40001)


def test_a_doubtful_reason_is_hidden_until_staff_decide(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    body = wanted((sku, 1), reason="可疑内容")
    refund = data_of(buyer.post(f"/api/orders/{order['id']}/refunds", body), 201)
    seen = f"/api/merchant/refunds/{refund['id']}"
    assert (refund["reason"], data_of(shop.staff().get(seen), 200)["reason"]) == ("可疑内容", "")
    (review,) = data_of(shop.staff().get("/api/merchant/text-reviews", status="pending"), 200)["list"]
    assert review["text"] == "可疑内容"
    data_of(shop.staff().post(f"/api/merchant/text-reviews/{review['id']}/approve"), 200)
    assert data_of(shop.staff().get(seen), 200)["reason"] == "可疑内容"


def test_each_step_is_an_event(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shipped_order(buyer, (sku, 1))
    refund = asked(buyer, order, (sku, 1))
    decide(shop, refund, "approve")
    data_of(buyer.post(f"/api/refunds/{refund['id']}/return", PARCEL), 200)
    decide(shop, refund, "reject", {"reason": "商品已使用"})
    events = Event.objects(aggregate="refund").order_by("seq")
    assert [(event.seq, event.type) for event in events] == [
        (1, "refund.requested"),
        (2, "refund.approved"),
        (3, "refund.returned"),
        (4, "refund.rejected"),
    ]
    assert events[3].data == {
        "orderId": order["id"],
        "orderNo": order["orderNo"],
        "refundNo": refund["refundNo"],
        "amount": 1000,
        "reason": "商品已使用",
    }
