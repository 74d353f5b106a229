"""Subscribe messages while WeChat fails and workers die: at most one for each occasion."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from src.models.jobs import Job
from src.models.message_sends import MessageSend
from src.services.messages.subscribe_messages import KIND
from src.services.wechat.subscribe import SubscribeClient
from src.utils.job_states import JobState
from tests.factories.jobs import jobs_of, tick
from tests.factories.races import at_once, results, run_before
from tests.factories.subscriptions import (
    PAID,
    TEMPLATES,
    Till,
    accept,
    end_of,
    granted,
    sent,
    the_message_job,
    use_templates,
)
from tests.factories.wechat import calls_of, fault, heal


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
    assert end_of(the_message_job())[:2] == (JobState.SUCCEEDED, {"sent": True})


@pytest.mark.parametrize("errcode", [40003, 40037, 41030, 43107, 45168, 47003, 99999])
def test_a_refusal_fails_at_once_and_says_why(till: Till, errcode: int) -> None:
    accept(till.buyer, PAID)
    fault(till.shop, "subscribe_send", "errcode", errcode=errcode, errmsg="argument invalid! data.thing2.value invalid")
    till.sell()

    till.work()

    job = the_message_job()
    assert (job.state, job.attempts) == (JobState.FAILED, 1)
    assert job.reason.startswith(f"wechat_{errcode}: argument invalid! data.thing2.value invalid")
    assert (len(sent(till.shop)), granted(till.buyer, PAID)) == (0, 1)  # WeChat has not used the grant up


def test_a_failed_message_is_sent_when_staff_have_mended_the_template(till: Till) -> None:
    wrong = {**TEMPLATES["order_paid"], "fields": {"enum1": "=no value of the template", "amount2": "productName"}}
    use_templates(till.shop, {"order_paid": wrong})
    accept(till.buyer, PAID)
    till.sell()
    till.work()
    assert the_message_job().state is JobState.FAILED

    use_templates(till.shop)
    assert till.shop.staff().post(f"/api/jobs/{the_message_job().id}/retry").status_code == 200
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

    job = the_message_job()
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

    assert end_of(the_message_job())[:2] == (JobState.SUCCEEDED, {"skipped": "earlier_try"})
    assert (len(sent(till.shop)), granted(till.buyer, PAID)) == (1, 1)


def test_a_worker_that_died_before_sending_costs_the_message(till: Till) -> None:
    accept(till.buyer, PAID)
    till.sell()

    with run_before(SubscribeClient, "send", _die), pytest.raises(SystemExit):
        till.work()
    till.clock.advance(minutes=10)
    till.work()

    assert end_of(the_message_job())[:2] == (JobState.SUCCEEDED, {"skipped": "earlier_try"})
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


def _die() -> None:
    raise SystemExit


class _Run:
    """One attempt whose worker keeps no lease."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def progress(self, done: int, total: int | None = None) -> None:
        pass
