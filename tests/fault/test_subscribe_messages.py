"""Subscribe messages: at most one for each occasion, whatever WeChat answers and whoever dies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from src.models.jobs import Job
from src.models.message_sends import MessageSend
from src.services.registry import Services
from src.services.subscribe_messages import KIND
from src.services.wechat.subscribe import SubscribeClient
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs, tick
from tests.factories.races import at_once, results, run_before
from tests.factories.refunds import asked, decide, plan, settle
from tests.factories.shipments import ship
from tests.factories.shop import Buyer, Shop
from tests.factories.subscriptions import (
    PAID,
    REFUNDED,
    SHIPPED,
    TEMPLATES,
    accept,
    granted,
    sent,
    tell,
    use_templates,
)
from tests.factories.wechat import Sku, calls_of, fault, heal


@dataclass
class Till:
    """A shop with message templates, a shopper, and a worker that works when told to."""

    shop: Shop
    buyer: Buyer
    sku: Sku
    services: Services
    clock: MovableClock

    def sell(self, quantity: int = 1) -> dict[str, Any]:
        """Returns an order that was paid."""
        return self.shop.paid_order(self.buyer, (self.sku, quantity))

    def work(self) -> None:
        run_jobs(self.services)

    def try_once(self) -> Job:
        """Returns the message's job after one attempt."""
        tick(self.services, "dispatch_events")
        self.services.jobs.running.run(the_job().id)
        return the_job()


@pytest.fixture
def till(shop: Shop, buyer: Buyer, sku: Sku, services: Services, clock: MovableClock) -> Till:
    use_templates(shop)
    return Till(shop, buyer, sku, services, clock)


def the_job() -> Job:
    (job,) = jobs_of(KIND)
    return job


def outcome(job: Job) -> tuple[JobState, dict[str, Any], str]:
    return job.state, dict(job.result), job.reason


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
    assert outcome(the_job()) == (JobState.SUCCEEDED, {"sent": True}, "")
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

    assert outcome(the_job()) == (JobState.SUCCEEDED, {"skipped": "no_grant"}, "")
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

    assert outcome(the_job()) == (JobState.SUCCEEDED, {"skipped": "no_template"}, "")


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


@pytest.mark.parametrize("errcode", [-1, 43108, 45009, 45011])
def test_a_busy_wechat_is_asked_again(till: Till, errcode: int) -> None:
    accept(till.buyer, PAID)
    fault(till.shop, "subscribe_send", "errcode", errcode=errcode)
    till.sell()

    waiting = till.try_once()
    assert (waiting.state, waiting.reason) == (JobState.WAITING, f"wechat_{errcode}")
    assert granted(till.buyer, PAID) == 1
    till.clock.advance(minutes=10)
    till.work()

    assert len(sent(till.shop)) == 1
    assert outcome(the_job())[:2] == (JobState.SUCCEEDED, {"sent": True})


@pytest.mark.parametrize("errcode", [40003, 40037, 41030, 43107, 45168, 47003, 99999])
def test_a_refusal_fails_at_once_and_says_why(till: Till, errcode: int) -> None:
    accept(till.buyer, PAID)
    fault(till.shop, "subscribe_send", "errcode", errcode=errcode, errmsg="argument invalid! data.thing2.value invalid")
    till.sell()

    till.work()

    job = the_job()
    assert (job.state, job.attempts) == (JobState.FAILED, 1)
    assert job.reason.startswith(f"wechat_{errcode}: argument invalid! data.thing2.value invalid")
    assert (len(sent(till.shop)), granted(till.buyer, PAID)) == (0, 1)  # WeChat has not used the grant up


def test_a_failed_message_is_sent_when_staff_have_mended_the_template(till: Till) -> None:
    wrong = {**TEMPLATES["order_paid"], "fields": {"enum1": "=no value of the template", "amount2": "productName"}}
    use_templates(till.shop, {"order_paid": wrong})
    accept(till.buyer, PAID)
    till.sell()
    till.work()
    assert the_job().state is JobState.FAILED

    use_templates(till.shop)
    assert till.shop.staff().post(f"/api/jobs/{the_job().id}/retry").status_code == 200
    till.work()

    assert len(sent(till.shop)) == 1


@pytest.mark.parametrize("kind", ["reset_after", "system_error_after", "garbage", "html"])
def test_a_message_that_may_have_been_sent_is_not_sent_again(till: Till, kind: str) -> None:
    accept(till.buyer, PAID)
    accept(till.buyer, PAID)
    fault(till.shop, "subscribe_send", kind)
    till.sell()

    till.work()
    till.clock.advance(hours=1)
    till.work()

    job = the_job()
    assert (job.state, list(job.result)) == (JobState.SUCCEEDED, ["in_doubt"])
    assert (calls_of(till.shop, "subscribe_send"), granted(till.buyer, PAID)) == (1, 1)


def test_without_an_access_token_nothing_was_sent_and_it_is_tried_again(till: Till) -> None:
    accept(till.buyer, PAID)
    till.sell()
    till.clock.advance(hours=3)  # past the end of any token
    fault(till.shop, "stable_token", "bad_gateway", times=None)

    waiting = till.try_once()
    assert (waiting.state, granted(till.buyer, PAID)) == (JobState.WAITING, 1)
    heal(till.shop)
    till.clock.advance(minutes=10)
    till.work()

    assert len(sent(till.shop)) == 1


def test_a_worker_that_died_after_sending_sends_no_second_message(till: Till) -> None:
    accept(till.buyer, PAID)
    accept(till.buyer, PAID)
    till.sell()
    tick(till.services, "dispatch_events")
    (job_id,) = [job.id for job in jobs_of(KIND)]
    dying = Job.claim(job_id, now=till.clock.now(), lease=timedelta(seconds=60))
    assert dying is not None
    till.services.jobs.running._handlers[KIND].handle(_Run(dying))  # and then nothing is written any more
    assert len(sent(till.shop)) == 1

    till.clock.advance(minutes=2)
    till.work()

    assert outcome(the_job())[:2] == (JobState.SUCCEEDED, {"skipped": "earlier_try"})
    assert (len(sent(till.shop)), granted(till.buyer, PAID)) == (1, 1)


def test_a_worker_that_died_before_sending_costs_the_message(till: Till) -> None:
    accept(till.buyer, PAID)
    till.sell()

    with run_before(SubscribeClient, "send", _die), pytest.raises(SystemExit):
        till.work()
    till.clock.advance(minutes=10)
    till.work()

    assert outcome(the_job())[:2] == (JobState.SUCCEEDED, {"skipped": "earlier_try"})
    assert sent(till.shop) == []


def test_twenty_workers_at_once_send_one_message(till: Till) -> None:
    accept(till.buyer, PAID, times=5)
    till.sell()
    tick(till.services, "dispatch_events")
    (job,) = jobs_of(KIND)
    handle = till.services.jobs.running._handlers[KIND].handle

    ends = results(at_once([partial(handle, _Run(job))] * 20))

    assert sorted(str(end) for end in ends) == sorted([str({"sent": True})] + [str({"skipped": "earlier_try"})] * 19)
    assert (len(sent(till.shop)), granted(till.buyer, PAID), MessageSend.objects.count()) == (1, 4, 1)


def test_the_same_event_twice_is_one_job(till: Till) -> None:
    accept(till.buyer, PAID, times=2)
    order = till.sell()
    till.work()

    till.shop.deliver(order["orderNo"], copies=3)
    till.work()

    assert len(sent(till.shop)) == 1


def _die() -> None:
    raise SystemExit


class _Run:
    """One attempt whose worker keeps no lease."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def progress(self, done: int, total: int | None = None) -> None:
        pass
