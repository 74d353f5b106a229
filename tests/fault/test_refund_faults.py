"""Refunds while WeChat misbehaves: the money goes back once, and never gets stuck."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from src.models.events import Event
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.refunds import asked, decide, plan, refund_document, refunds_at_wechat, settle, tell, wanted
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import WITH_EFFECT, WITHOUT_EFFECT, calls_of, fault, heal, ledger, pass_time

Document = dict[str, Any]
Drive = Callable[..., None]


@pytest.fixture
def paid(shop: Shop, buyer: Buyer, sku: Document) -> Document:
    plan(shop)
    return shop.paid_order(buyer, (sku, 3))


@pytest.fixture
def request_(buyer: Buyer, paid: Document, sku: Document) -> Document:
    return asked(buyer, paid, (sku, 1))


@pytest.fixture
def drive(shop: Shop, services: Services, clock: MovableClock) -> Drive:
    """Lets time pass, then what is due for refunds be done."""

    def later(seconds: float = 61) -> None:
        pass_time(shop, clock, seconds)
        services.refund_execution.drive_due(10)

    return later


def assert_returned_once(shop: Shop, drive: Drive, refund: Document) -> None:
    """Whatever happened before, the refund ends with its money back, once."""
    heal(shop)
    drive(3700)
    for number, status in refunds_at_wechat(shop).items():
        if status == "PROCESSING":
            settle(shop, number)
    drive(7300)
    assert refund_document(refund).status.value == "succeeded"
    assert sum(ledger(shop)["refunded"].values()) == 1000
    assert Order.objects.get().refunded_amount == 1000
    assert Event.objects(type="refund.succeeded").count() == 1
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("kind", WITHOUT_EFFECT[:-1])
def test_a_refund_that_wechat_never_saw_is_sent_with_the_same_number(
    shop: Shop, drive: Drive, request_: Document, kind: str
) -> None:
    fault(shop, "refund", kind)
    decided = decide(shop, request_, "approve")
    assert decided["status"] == "processing"
    assert refunds_at_wechat(shop) == {}
    drive()
    assert list(refunds_at_wechat(shop)) == [decided["outRefundNo"]]
    assert_returned_once(shop, drive, request_)


@pytest.mark.parametrize("kind", WITH_EFFECT)
def test_a_refund_that_was_made_though_we_saw_no_answer_is_not_made_again(
    shop: Shop, drive: Drive, request_: Document, kind: str
) -> None:
    fault(shop, "refund", kind)
    decided = decide(shop, request_, "approve")
    assert (decided["status"], refunds_at_wechat(shop)) == ("processing", {decided["outRefundNo"]: "PROCESSING"})
    drive()
    assert calls_of(shop, "refund") == 1
    assert_returned_once(shop, drive, request_)


@pytest.mark.parametrize("kind", ["system_error", "reset_before", "garbage", "forged", "html"])
def test_a_query_that_fails_is_repeated(shop: Shop, drive: Drive, request_: Document, kind: str) -> None:
    decide(shop, request_, "approve")
    fault(shop, "refund_query", kind, times=None)
    drive()
    assert refund_document(request_).status.value == "processing"
    assert_returned_once(shop, drive, request_)


def test_a_low_balance_is_shown_and_tried_again(shop: Shop, drive: Drive, request_: Document) -> None:
    fault(shop, "refund", "error", status=403, code="NOT_ENOUGH", message="基本账户余额不足")
    decided = decide(shop, request_, "approve")
    assert (decided["status"], decided["problem"]) == ("processing", "NOTENOUGH")
    drive()
    assert refunds_at_wechat(shop) == {}
    drive(3600)
    assert refund_document(request_).problem == ""
    assert_returned_once(shop, drive, request_)


def test_a_payer_without_account_is_for_staff(shop: Shop, drive: Drive, request_: Document) -> None:
    fault(shop, "refund", "error", status=403, code="USER_ACCOUNT_ABNORMAL", message="账户注销")
    decided = decide(shop, request_, "approve")
    assert (decided["status"], decided["problem"], decided["allowedActions"]) == (
        "abnormal",
        "USERACCOUNTABNORMAL",
        ["retry", "settle_outside"],
    )
    drive(3700)
    assert refund_document(request_).status.value == "abnormal"
    assert decide(shop, request_, "retry")["status"] == "processing"
    assert_returned_once(shop, drive, request_)


def test_the_callback_before_the_answer(shop: Shop, drive: Drive, request_: Document) -> None:
    plan(shop, after_s=0)
    fault(shop, "refund", "slow_answer", seconds=0.5)
    shop.control("notifications/resume")
    decided = decide(shop, request_, "approve")
    shop.control("clock/advance", {"seconds": 0})
    assert refund_document(request_).status.value == "succeeded"
    assert calls_of(shop, "refund") == 1
    assert decided["outRefundNo"] in refunds_at_wechat(shop)
    assert_returned_once(shop, drive, request_)


def test_success_after_abnormal_and_abnormal_after_success(
    shop: Shop, drive: Drive, services: Services, request_: Document
) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number, "ABNORMAL")
    assert [answer["status"] for answer in tell(shop, number)] == [200]
    assert refund_document(request_).status.value == "abnormal"
    settle(shop, number, "SUCCESS")
    assert [answer["status"] for answer in tell(shop, number)] == [200]
    assert refund_document(request_).status.value == "succeeded"
    with nothing_changes():
        services.refund_execution.drive_due(10)
    later = {"refund_status": "ABNORMAL", "event_type": "REFUND.ABNORMAL", "id": "later"}
    assert [answer["status"] for answer in tell(shop, number, overrides=later)] == [200]
    assert_returned_once(shop, drive, request_)


@pytest.mark.parametrize("state", ["CLOSED", "ABNORMAL", "PROCESSING"])
def test_a_notification_that_contradicts_itself_moves_nothing(shop: Shop, request_: Document, state: str) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number)
    before = refund_document(request_)
    assert [answer["status"] for answer in tell(shop, number, overrides={"refund_status": state})] == [200]
    assert refund_document(request_) == before
    assert Notification.objects.get(event_type="REFUND.SUCCESS").outcome.value == "mismatch"
    assert_books_balance(shop.store_id)


def test_fifty_copies_of_the_notification_count_once(shop: Shop, drive: Drive, request_: Document) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number)
    assert {answer["status"] for answer in tell(shop, number, copies=50)} == {200}
    assert_returned_once(shop, drive, request_)


@pytest.mark.parametrize("flaw", ["forged", "signtest", "stale", "future", "unknown_serial", "unsigned", "garbled"])
def test_a_notification_that_is_not_wechats_changes_nothing(shop: Shop, request_: Document, flaw: str) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number)
    with nothing_changes():
        assert [answer["status"] for answer in tell(shop, number, flaw=flaw)] == [401]


@pytest.mark.parametrize(
    "override", [{"amount_refund": 999}, {"amount_total": 2999}, {"transaction_id": "4200000000000000000000000000"}]
)
def test_a_notification_that_differs_is_for_staff(shop: Shop, request_: Document, override: Document) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number)
    assert [answer["status"] for answer in tell(shop, number, overrides=override)] == [200]
    refund = refund_document(request_)
    assert (refund.status.value, refund.problem, refund.succeeded_at) == ("abnormal", "MISMATCH", None)
    assert Order.objects.get().refunded_amount == 0
    assert_books_balance(shop.store_id)


def test_a_notification_of_a_refund_nobody_asked_for_is_kept(shop: Shop, request_: Document) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number)
    overrides = {"out_refund_no": "R20261121000000NOBODYASKED1"}
    assert [answer["status"] for answer in tell(shop, number, overrides=overrides)] == [404]
    assert refund_document(request_).status.value == "processing"


def test_payment_and_refund_addresses_do_not_mix(shop: Shop, request_: Document, paid: Document) -> None:
    number = decide(shop, request_, "approve")["outRefundNo"]
    settle(shop, number)
    sent = shop.control("notifications/deliver", {"outRefundNo": number, "copies": 0})["sent"]
    payment = shop.control("notifications/deliver", {"outTradeNo": paid["orderNo"], "copies": 0})["sent"]
    with nothing_changes():
        wrong = shop.client.post("/api/wechat/pay/notify", headers=sent["headers"], data=sent["body"].encode())
        other = shop.client.post("/api/wechat/refund/notify", headers=payment["headers"], data=payment["body"].encode())
        assert (wrong.status_code, other.status_code) == (401, 401)


def test_of_twenty_requests_for_three_units_three_are_taken(
    shop: Shop, buyer: Buyer, paid: Document, sku: Document
) -> None:
    ask = partial(buyer.post, f"/api/orders/{paid['id']}/refunds", wanted((sku, 1)))
    answers = results(at_once([ask] * 20))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    order = Order.objects.get()
    assert (order.refund_held, order.items[0].refund_quantity) == (3000, 3)
    assert_books_balance(shop.store_id)


def test_the_same_key_twenty_times_makes_one_request(shop: Shop, buyer: Buyer, paid: Document, sku: Document) -> None:
    def ask() -> Any:
        return buyer.post(f"/api/orders/{paid['id']}/refunds", wanted((sku, 1)), Idempotency_Key="once")

    answers = results(at_once([ask] * 20))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Refund.objects.count() == 1
    assert_books_balance(shop.store_id)


def test_twenty_approvals_ask_wechat_once(shop: Shop, request_: Document) -> None:
    owner = shop.staff()
    approve = partial(owner.post, f"/api/merchant/refunds/{request_['id']}/approve", {})
    answers = results(at_once([approve] * 20))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert (calls_of(shop, "refund"), len(refunds_at_wechat(shop))) == (1, 1)
    assert_books_balance(shop.store_id)


def test_approving_rejecting_withdrawing_and_cancelling_have_one_winner(
    shop: Shop, buyer: Buyer, paid: Document, sku: Document
) -> None:
    owner = shop.staff()
    for _ in range(3):
        order = shop.paid_order(buyer, (sku, 1))
        refund = asked(buyer, order, (sku, 1))
        path = f"/api/merchant/refunds/{refund['id']}"
        answers = results(
            at_once(
                [
                    partial(owner.post, f"{path}/approve", {}),
                    partial(owner.post, f"{path}/reject", {"reason": "不符合"}),
                    partial(buyer.post, f"/api/refunds/{refund['id']}/withdraw"),
                    partial(buyer.post, f"/api/orders/{order['id']}/cancel"),
                    partial(owner.post, f"/api/orders/{order['id']}/ship", {"company": "SF", "trackingNo": "SF1234"}),
                ]
            )
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert_books_balance(shop.store_id)


def test_two_drivers_send_one_refund(
    shop: Shop, drive: Drive, services: Services, clock: MovableClock, request_: Document
) -> None:
    fault(shop, "refund", "reset_before")
    decide(shop, request_, "approve")
    pass_time(shop, clock, 61)
    results(at_once([partial(services.refund_execution.drive_due, 10)] * 8))
    assert len(refunds_at_wechat(shop)) == 1
    assert calls_of(shop, "refund") == 2
    assert_returned_once(shop, drive, request_)


@pytest.mark.parametrize("step", ["take_refund_slot", "mark_sent", "mark_accepted"])
def test_a_process_that_dies_between_two_steps_is_followed_by_another(
    shop: Shop, drive: Drive, request_: Document, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step itself still happens; whoever made it does nothing more."""
    owner: Any = Payment if step == "take_refund_slot" else Refund
    original = getattr(owner, step)

    def dies(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, staticmethod(dies) if step == "take_refund_slot" else dies)
        with pytest.raises(KeyboardInterrupt):
            decide(shop, request_, "approve")
    drive()
    assert_returned_once(shop, drive, request_)


def test_cancelling_a_paid_order_returns_everything(
    shop: Shop, drive: Drive, buyer: Buyer, paid: Document, sku: Document
) -> None:
    asked(buyer, paid, (sku, 1))
    fault(shop, "refund", "reset_after")
    cancelled = data_of(buyer.post(f"/api/orders/{paid['id']}/cancel"), 200)
    assert (cancelled["status"], cancelled["refundingAmount"]) == ("cancelled", 3000)
    assert shop.stock_of(sku) == 10
    kinds = {refund.kind.value: refund.status.value for refund in Refund.objects}
    assert kinds == {"after_sale": "withdrawn", "cancellation": "processing"}
    drive()
    for number in refunds_at_wechat(shop):
        settle(shop, number)
        tell(shop, number)
    assert sum(ledger(shop)["refunded"].values()) == 3000
    assert Order.objects.get().refunded_amount == 3000
    assert_books_balance(shop.store_id)
