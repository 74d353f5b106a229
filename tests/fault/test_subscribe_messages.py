"""Subscribe messages: who gets which, and when none is sent."""

from __future__ import annotations

from src.services.messages.subscribe_messages import KIND
from src.utils.job_states import JobState
from tests.factories.jobs import jobs_of, tick
from tests.factories.refunds import asked, decide, plan, settle
from tests.factories.shipments import ship
from tests.factories.subscriptions import (
    PAID,
    REFUNDED,
    SHIPPED,
    Till,
    accept,
    end_of,
    granted,
    sent,
    tell,
    the_message_job,
    use_templates,
)
from tests.factories.wechat import calls_of


def test_a_paid_order_is_told(till: Till) -> None:
    accept(till.buyer, PAID)
    order = till.sell(2)

    till.work()

    (message,) = sent(till.shop)
    paid_at = message["data"].pop("time4")
    assert paid_at.startswith("20") and "年" in paid_at
    assert message["data"] == {
        "character_string1": order["orderNo"],
        "thing2": "高山乌龙茶",
        "amount3": "¥20.00",
        "phrase5": "已付款",
        "number6": "2",
        "thing7": "感谢您的光临",
    }
    assert (message["templateId"], message["page"]) == (PAID, f"pages/order/index?id={order['id']}")
    assert end_of(the_message_job()) == (JobState.SUCCEEDED, {"sent": True}, "")
    assert granted(till.buyer, PAID) == 0


def test_a_shipped_order_is_told(till: Till) -> None:
    accept(till.buyer, SHIPPED)
    order = till.sell()
    ship(till.shop, order["id"], {"company": "ZTO", "trackingNo": "73123456789"})

    till.work()

    (message,) = sent(till.shop)
    assert (message["data"]["thing1"], message["data"]["character_string2"]) == ("ZTO", "73123456789")


def test_a_refund_is_told(till: Till) -> None:
    accept(till.buyer, REFUNDED)
    refund = asked(till.buyer, till.sell(), (till.sku, 1))
    plan(till.shop)
    decided = decide(till.shop, refund, "approve")
    settle(till.shop, decided["outRefundNo"])
    till.shop.control("notifications/deliver", {"outRefundNo": decided["outRefundNo"]})

    till.work()

    (message,) = sent(till.shop)
    assert message["templateId"] == REFUNDED
    assert (message["data"]["amount1"], message["data"]["character_string2"]) == ("¥10.00", refund["refundNo"])


def test_without_a_grant_nothing_is_sent(till: Till) -> None:
    till.sell()

    till.work()

    assert end_of(the_message_job()) == (JobState.SUCCEEDED, {"skipped": "no_grant"}, "")
    assert calls_of(till.shop, "subscribe_send") == 0


def test_without_a_template_there_is_no_job(till: Till) -> None:
    use_templates(till.shop, {})
    till.sell()

    till.work()

    assert jobs_of(KIND) == []


def test_a_template_that_is_gone_meanwhile_sends_nothing(till: Till) -> None:
    accept(till.buyer, PAID)
    till.sell()
    tick(till.services, "dispatch_events")
    use_templates(till.shop, {})

    till.work()

    assert end_of(the_message_job()) == (JobState.SUCCEEDED, {"skipped": "no_template"}, "")


def test_one_grant_is_one_message(till: Till) -> None:
    accept(till.buyer, PAID)
    for _ in range(3):
        till.sell()

    till.work()

    assert len(sent(till.shop)) == calls_of(till.shop, "subscribe_send") == 1


def test_a_user_who_has_switched_messages_off_is_left_alone(till: Till) -> None:
    for _ in range(3):
        tell(till.buyer, {PAID: "accept"})  # of which WeChat knows nothing
    for _ in range(2):
        till.sell()

    till.work()

    ends = [(job.state, job.result) for job in jobs_of(KIND)]
    assert ends == [
        (JobState.SUCCEEDED, {"skipped": "not_subscribed"}),
        (JobState.SUCCEEDED, {"skipped": "no_grant"}),
    ]
    assert (calls_of(till.shop, "subscribe_send"), granted(till.buyer, PAID)) == (1, 0)


def test_the_same_event_twice_is_one_job(till: Till) -> None:
    accept(till.buyer, PAID, times=2)
    order = till.sell()
    till.work()

    till.shop.deliver(order["orderNo"], copies=3)
    till.work()

    assert len(sent(till.shop)) == 1
