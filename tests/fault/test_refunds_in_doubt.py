"""Refunds about which WeChat says little, or something else than we expect: never sent twice, never given up early."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from src.models.connection import database
from src.models.events import Event
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.refunds import asked, decide, plan, refund_document, refunds_at_wechat, settle, tell
from tests.factories.shop import Buyer, Person, Shop, data_of, refused
from tests.factories.wechat import calls_of, fault, ledger, pass_time

Document = dict[str, Any]
Later = Callable[..., None]
PASSING = {
    "FREQUENCY_LIMITED": 403,
    "RATELIMIT_EXCEEDED": 403,
    "TRADE_ERROR": 403,
    "SYSTEM_ERROR": 400,
    "BIZERR_NEED_RETRY": 400,
}


@pytest.fixture
def request_(shop: Shop, buyer: Buyer, sku: Document) -> Document:
    """A refund request of 1000 of 3000 fen; WeChat ends no refund by itself."""
    plan(shop)
    return asked(buyer, shop.paid_order(buyer, (sku, 3)), (sku, 1))


@pytest.fixture
def under_way(shop: Shop, request_: Document) -> Document:
    """The refund after WeChat has taken it."""
    return decide(shop, request_, "approve")


def state_of(refund: Document) -> tuple[str, str]:
    document = refund_document(refund)
    return document.status.value, document.problem


@pytest.fixture
def later(shop: Shop, services: Services, clock: MovableClock) -> Later:
    """Lets time pass, then what is due for refunds be done."""

    def drive(seconds: float = 61) -> None:
        pass_time(shop, clock, seconds)
        services.refund_execution.drive_due(10)

    return drive


def settle_outside(staff: Person, refund: Document) -> Any:
    return staff.post(f"/api/merchant/refunds/{refund['id']}/settle-outside", {"note": "银行转账"})


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "PARAM_ERROR"), (403, "FREQUENCY_LIMITED"), (403, "NO_AUTH"), (404, "ORDER_NOT_EXIST")],
)
def test_a_refused_question_says_nothing_about_the_refund(
    shop: Shop, later: Later, under_way: Document, status: int, code: str
) -> None:
    fault(shop, "refund_query", "error", status=status, code=code)
    later()
    assert state_of(under_way) == ("processing", code.replace("_", ""))
    settle(shop, under_way["outRefundNo"])
    later()
    assert state_of(under_way) == ("succeeded", "")
    assert (calls_of(shop, "refund"), sum(ledger(shop)["refunded"].values())) == (1, 1000)
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("code", PASSING)
def test_what_passes_is_tried_again_by_itself(shop: Shop, later: Later, request_: Document, code: str) -> None:
    fault(shop, "refund", "error", status=PASSING[code], code=code)
    refund = decide(shop, request_, "approve")
    assert (refund["status"], refund["problem"]) == ("processing", code.replace("_", ""))
    later()
    assert refunds_at_wechat(shop) == {refund["outRefundNo"]: "PROCESSING"}
    assert state_of(refund) == ("processing", "")


def test_what_never_passes_is_for_staff_in_the_end(shop: Shop, later: Later, request_: Document) -> None:
    fault(shop, "refund", "error", status=403, code="TRADE_ERROR", times=None)
    refund = decide(shop, request_, "approve")
    for _ in range(22):
        later(7201)
    assert state_of(refund) == ("processing", "TRADEERROR")
    later(7201)
    assert state_of(refund) == ("abnormal", "TRADEERROR")


def test_a_refund_of_another_merchant_is_not_touched(shop: Shop, other_shop: Shop, under_way: Document) -> None:
    rival, their_sku = other_shop.buyer(), other_shop.sku()
    order = other_shop.paid_order(rival, (their_sku, 1))
    theirs = decide(other_shop, asked(rival, order, (their_sku, 1)), "approve")
    other_shop.control(f"refunds/{theirs['outRefundNo']}/settle", {"outcome": "SUCCESS", "appid": other_shop.appid})
    overrides = {"out_refund_no": under_way["outRefundNo"], "id": "EV-of-another"}

    assert [answer["status"] for answer in tell(other_shop, theirs["outRefundNo"], overrides=overrides)] == [200]

    assert state_of(under_way) == ("processing", "")
    assert database()["wechat_notifications"].count_documents({"outcome": "mismatch"}) == 1
    assert Event.objects(type="refund.abnormal").count() == 0
    for store in (shop, other_shop):
        assert_books_balance(store.store_id)


def test_a_payment_that_the_previous_release_recorded_is_refunded(shop: Shop, buyer: Buyer, sku: Document) -> None:
    plan(shop)
    order = shop.paid_order(buyer, (sku, 2))
    database()["payments"].update_one({}, {"$unset": {"received_fen": ""}})

    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)

    ((number, status),) = refunds_at_wechat(shop).items()
    assert status == "PROCESSING"
    settle(shop, number)
    tell(shop, number)
    assert sum(ledger(shop)["refunded"].values()) == 2000
    assert database()["refunds"].find_one({}, {"_id": 0, "status": 1, "problem": 1}) == {
        "status": "succeeded",
        "problem": "",
    }


@pytest.fixture
def contradicted(later: Later, under_way: Document) -> Document:
    """WeChat pays; but once it has spoken of another amount than the one we asked for."""
    refund = {"refund_no": under_way["refundNo"]}
    database()["refunds"].update_one(refund, {"$set": {"amount_fen": 999}})
    later()
    database()["refunds"].update_one(refund, {"$set": {"amount_fen": 1000}})
    assert state_of(under_way) == ("abnormal", "MISMATCH")
    return under_way


def test_what_wechat_contradicts_is_not_sent_again(shop: Shop, contradicted: Document) -> None:
    shown = data_of(shop.staff().get(f"/api/merchant/refunds/{contradicted['id']}"), 200)
    assert shown["allowedActions"] == ["settle_outside"]
    with nothing_changes():
        answer = shop.staff().post(f"/api/merchant/refunds/{contradicted['id']}/retry")
        assert refused(answer, 40911) == {"status": "abnormal"}
    assert calls_of(shop, "refund") == 1


def test_what_wechat_is_paying_is_not_settled_outside(shop: Shop, contradicted: Document) -> None:
    assert refused(settle_outside(shop.staff(), contradicted), 40911) == {"status": "processing"}
    assert state_of(contradicted)[0] == "abnormal"


def test_what_wechat_has_paid_is_not_settled_outside(shop: Shop, contradicted: Document) -> None:
    shop.control("notifications/suspend")
    settle(shop, contradicted["outRefundNo"])

    assert refused(settle_outside(shop.staff(), contradicted), 40911) == {"status": "succeeded"}

    document = refund_document(contradicted)
    assert (document.status.value, document.history[-1].actor) == ("succeeded", "wechat")
    assert sum(ledger(shop)["refunded"].values()) == 1000
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("options", [{"kind": "system_error"}, {"kind": "error", "status": 403, "code": "NO_AUTH"}])
def test_while_wechat_does_not_say_nothing_is_settled_outside(
    shop: Shop, contradicted: Document, options: Document
) -> None:
    fault(shop, "refund_query", **options, times=None)
    owner = shop.staff()
    with nothing_changes():
        refused(settle_outside(owner, contradicted), 50301)


def test_what_wechat_does_not_know_is_settled_outside(shop: Shop, request_: Document) -> None:
    fault(shop, "refund", "error", status=403, code="USER_ACCOUNT_ABNORMAL")
    refund = decide(shop, request_, "approve")
    assert state_of(refund) == ("abnormal", "USERACCOUNTABNORMAL")

    assert data_of(settle_outside(shop.staff(), refund), 200)["status"] == "succeeded"

    assert refunds_at_wechat(shop) == {}
    assert_books_balance(shop.store_id)
