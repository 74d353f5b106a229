"""Staff decide refunds; WeChat pays back."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.stock import StockItem
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.refunds import (
    PARCEL,
    asked,
    decide,
    plan,
    read_refund,
    refund_document,
    refunds_at_wechat,
    settle,
    shipped_order,
)
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused
from tests.factories.wechat import pass_time

Document = dict[str, Any]
ACTIONS: dict[str, Document] = {
    "approve": {},
    "reject": {"reason": "不符合"},
    "receive": {"restock": True},
    "retry": {},
    "settle-outside": {"note": "已转账"},
}
ALLOWED = {
    "requested": {"approve", "reject"},
    "awaiting_return": {"receive", "reject"},
    "returning": {"receive", "reject"},
    "processing": set(),
    "abnormal": {"retry", "settle-outside"},
    "succeeded": set(),
    "rejected": set(),
    "withdrawn": set(),
}


@pytest.fixture(autouse=True)
def wechat_waits(shop: Shop) -> None:
    """No refund ends by itself."""
    plan(shop)


def counters(sku: Document) -> tuple[int, int, int]:
    item = StockItem.objects.get(id=ObjectId(sku["skuId"]))
    return item.available, item.reserved, item.sold


def refund_in(status: str, shop: Shop) -> Document:
    """Returns a refund of one unit in this status."""
    sku, buyer = shop.sku(), shop.buyer()
    returned = status in ("awaiting_return", "returning")
    order = shipped_order(buyer, (sku, 1)) if returned else shop.paid_order(buyer, (sku, 1))
    refund = asked(buyer, order, (sku, 1))
    if status == "withdrawn":
        data_of(buyer.post(f"/api/refunds/{refund['id']}/withdraw"), 200)
    elif status == "rejected":
        decide(shop, refund, "reject", {"reason": "不符合"})
    elif status != "requested":
        refund = decide(shop, refund, "approve")
    if status == "returning":
        data_of(buyer.post(f"/api/refunds/{refund['id']}/return", PARCEL), 200)
    if status in ("abnormal", "succeeded"):
        settle(shop, refund["outRefundNo"], "ABNORMAL" if status == "abnormal" else "SUCCESS")
    assert read_refund(buyer, refund)["status"] == status
    return refund


@pytest.mark.parametrize("status", ALLOWED)
def test_every_status_refuses_what_is_not_its_turn(shop: Shop, status: str) -> None:
    refund = refund_in(status, shop)
    shown = data_of(shop.staff().get(f"/api/merchant/refunds/{refund['id']}"), 200)["allowedActions"]
    assert {action.replace("_", "-") for action in shown} == ALLOWED[status]
    for action in ACTIONS.keys() - ALLOWED[status]:
        with nothing_changes():
            answer = shop.staff().post(f"/api/merchant/refunds/{refund['id']}/{action}", ACTIONS[action])
            assert refused(answer, 40911) == {"status": status}


@pytest.mark.parametrize("action", ACTIONS)
def test_nobodys_and_another_stores_refund_is_not_found(shop: Shop, other_shop: Shop, action: str) -> None:
    refund = refund_in("requested", shop)
    stranger, owner = other_shop.staff(), shop.staff()
    with nothing_changes():
        refused(stranger.post(f"/api/merchant/refunds/{refund['id']}/{action}", ACTIONS[action]), 404)
        refused(owner.post(f"/api/merchant/refunds/{NOBODYS_ID}/{action}", ACTIONS[action]), 404)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_clerk_reads_and_does_not_decide(shop: Shop, action: str) -> None:
    refund = refund_in("requested", shop)
    clerk = shop.staff(Role.CLERK)
    data_of(clerk.get(f"/api/merchant/refunds/{refund['id']}"), 200)
    with nothing_changes():
        refused(clerk.post(f"/api/merchant/refunds/{refund['id']}/{action}", ACTIONS[action]), 403)


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("approve", {"amount": 1001}, "amount"),
        ("approve", {"amount": 999}, "amount"),
        ("approve", {"amount": 0}, "amount"),
        ("approve", {"amount": -1}, "amount"),
        ("approve", {"amount": "1000"}, "amount"),
        ("approve", {"returnGoods": True}, "returnGoods"),
        ("reject", {}, "reason"),
        ("settle-outside", {}, "note"),
        ("receive", {}, "restock"),
    ],
)
def test_a_bad_decision_changes_nothing(shop: Shop, action: str, body: Document, field: str) -> None:
    refund = refund_in("requested", shop)
    with nothing_changes():
        answer = shop.staff().post(f"/api/merchant/refunds/{refund['id']}/{action}", body)
        assert list(refused(answer, 400)["errors"]) == [field]


def test_a_partial_refund_of_unshipped_goods(shop: Shop) -> None:
    sku, buyer = shop.sku(price=1000, stock=10), shop.buyer()
    order = shop.paid_order(buyer, (sku, 3))
    refund = decide(shop, asked(buyer, order, (sku, 1)), "approve")
    assert (refund["status"], refund["restocked"]) == ("processing", True)
    assert refunds_at_wechat(shop) == {refund["outRefundNo"]: "PROCESSING"}
    assert counters(sku) == (8, 0, 2)
    settle(shop, refund["outRefundNo"])
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["refundedAmount"], shown["refundingAmount"]) == ("paid", 1000, 0)
    assert [(entry["status"], entry["amount"]) for entry in shown["refunds"]] == [("succeeded", 1000)]
    assert shown["refunds"][0]["succeededAt"] is not None
    data_of(shop.staff().post(f"/api/orders/{order['id']}/ship", PARCEL), 200)
    assert_books_balance(shop.store_id)


def test_an_order_of_which_nothing_is_left_is_cancelled(shop: Shop) -> None:
    sku, other, buyer = shop.sku(), shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1), (other, 1))
    decide(shop, asked(buyer, order, (sku, 1)), "approve")
    assert buyer.read_order(order["id"])["status"] == "paid"
    decide(shop, asked(buyer, order, (other, 1)), "approve")
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["history"][-1]["reason"]) == ("cancelled", "refunded")
    refused(shop.staff().post(f"/api/orders/{order['id']}/ship", PARCEL), 40902)
    assert_books_balance(shop.store_id)


def test_less_than_asked_leaves_the_rest_with_the_merchant(shop: Shop) -> None:
    sku, other, buyer = shop.sku(price=1000), shop.sku(price=500), shop.buyer()
    order = shipped_order(buyer, (sku, 1), (other, 1))
    refund = decide(shop, asked(buyer, order, (sku, 1), (other, 1)), "approve", {"amount": 100, "returnGoods": False})
    assert (refund["amount"], refund["askedAmount"], refund["status"]) == (100, 1500, "processing")
    assert sum(item["amount"] for item in refund["items"]) == 100
    assert sorted(item["amount"] for item in refund["items"]) == [34, 66] or sorted(
        item["amount"] for item in refund["items"]
    ) == [33, 67]
    settle(shop, refund["outRefundNo"])
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["refundedAmount"], shown["refundingAmount"]) == ("shipped", 100, 0)
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("restock", [True, False])
def test_returned_goods_go_back_on_the_shelf_by_choice(shop: Shop, restock: bool) -> None:
    sku, buyer = shop.sku(stock=10), shop.buyer()
    order = shipped_order(buyer, (sku, 2))
    refund = asked(buyer, order, (sku, 2))
    decide(shop, refund, "approve")
    data_of(buyer.post(f"/api/refunds/{refund['id']}/return", PARCEL), 200)
    assert counters(sku) == (8, 0, 2)
    received = decide(shop, refund, "receive", {"restock": restock})
    assert (received["status"], received["restocked"]) == ("processing", restock)
    assert counters(sku) == ((10, 0, 0) if restock else (8, 0, 2))
    settle(shop, received["outRefundNo"])
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["refundedAmount"]) == ("shipped", 2000)
    assert_books_balance(shop.store_id)


def test_goods_may_come_back_without_a_parcel_number(shop: Shop) -> None:
    refund = refund_in("awaiting_return", shop)
    assert decide(shop, refund, "receive", {"restock": True})["status"] == "processing"


def test_rejecting_frees_units_and_money(shop: Shop) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 1))
    refund = asked(buyer, order, (sku, 1))
    decide(shop, refund, "reject", {"reason": "商品已使用"})
    shown = read_refund(buyer, refund)
    assert (shown["status"], shown["rejectReason"]) == ("rejected", "商品已使用")
    assert buyer.read_order(order["id"])["refundingAmount"] == 0
    asked(buyer, order, (sku, 1))
    assert_books_balance(shop.store_id)


def test_an_abnormal_refund_is_retried(shop: Shop) -> None:
    refund = refund_in("abnormal", shop)
    assert data_of(shop.staff().get(f"/api/merchant/refunds/{refund['id']}"), 200)["problem"] == "ABNORMAL"
    settle(shop, refund["outRefundNo"], "SUCCESS")
    assert data_of(shop.staff().get(f"/api/merchant/refunds/{refund['id']}"), 200)["status"] == "succeeded"
    assert_books_balance(shop.store_id)


def test_retrying_asks_wechat_about_the_same_number(shop: Shop) -> None:
    refund = refund_in("abnormal", shop)
    retried = decide(shop, refund, "retry")
    assert (retried["status"], retried["outRefundNo"]) == ("abnormal", refund["outRefundNo"])
    assert list(refunds_at_wechat(shop)) == [refund["outRefundNo"]]


def test_an_abnormal_refund_is_settled_outside(shop: Shop) -> None:
    refund = refund_in("abnormal", shop)
    settled = decide(shop, refund, "settle-outside", {"note": "银行转账 2026-11-21"})
    assert (settled["status"], settled["problem"]) == ("succeeded", "")
    document = refund_document(refund)
    assert (document.history[-1].actor.split(":")[0], document.history[-1].reason) == ("staff", "银行转账 2026-11-21")
    assert document.due_at is None
    assert_books_balance(shop.store_id)


def test_a_closed_refund_gets_a_new_number(shop: Shop, services: Services, clock: MovableClock) -> None:
    refund = refund_in("processing", shop)
    settle(shop, refund["outRefundNo"], "CLOSED")
    pass_time(shop, clock, 61)
    services.refund_execution.drive_due(10)
    second = f"{refund['refundNo']}-2"
    assert refunds_at_wechat(shop) == {refund["outRefundNo"]: "CLOSED", second: "PROCESSING"}
    settle(shop, second)
    shown = data_of(shop.staff().get(f"/api/merchant/refunds/{refund['id']}"), 200)
    assert (shown["status"], shown["outRefundNo"]) == ("succeeded", second)
    assert_books_balance(shop.store_id)


def test_refunds_of_one_payment_are_a_minute_apart(shop: Shop, services: Services, clock: MovableClock) -> None:
    sku, buyer = shop.sku(), shop.buyer()
    order = shop.paid_order(buyer, (sku, 2))
    first = decide(shop, asked(buyer, order, (sku, 1)), "approve")
    second = decide(shop, asked(buyer, order, (sku, 1)), "approve")
    services.refund_execution.drive_due(10)
    assert list(refunds_at_wechat(shop)) == [first["outRefundNo"]]
    pass_time(shop, clock, 61)
    services.refund_execution.drive_due(10)
    assert list(refunds_at_wechat(shop)) == [first["outRefundNo"], second["outRefundNo"]]


def test_the_list_is_filtered_and_the_newest_comes_first(shop: Shop, other_shop: Shop) -> None:
    first, second = refund_in("requested", shop), refund_in("rejected", shop)
    refund_in("requested", other_shop)
    staff = shop.staff()
    assert [r["id"] for r in data_of(staff.get("/api/merchant/refunds"), 200)["list"]] == [second["id"], first["id"]]
    only = data_of(staff.get("/api/merchant/refunds", status="requested"), 200)["list"]
    assert [r["id"] for r in only] == [first["id"]]
    refused(staff.get("/api/merchant/refunds", status="gone"), 400)


def test_a_free_order_is_refunded_without_wechat(shop: Shop) -> None:
    sku, buyer = shop.sku(price=0), shop.buyer()
    order = buyer.placed((sku, 1))
    assert data_of(buyer.pay(order["id"]), 200)["paid"] is True
    refund = decide(shop, asked(buyer, buyer.read_order(order["id"]), (sku, 1)), "approve")
    assert (refund["status"], refund["amount"]) == ("succeeded", 0)
    assert refunds_at_wechat(shop) == {}
    assert_books_balance(shop.store_id)
