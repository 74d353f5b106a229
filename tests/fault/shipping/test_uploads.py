"""WeChat is told of every shipping exactly once, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from src.models.jobs import Job
from src.services.orders import shipping_uploads
from src.utils.job_states import JobState
from tests.factories.shipments import ZTO, correct, parcels_at_wechat, ship
from tests.factories.shop import Buyer, Shop
from tests.factories.wechat import calls_of, fault, pass_time
from tests.fault.shipping.upload_worker import CALL, SF_AT_WECHAT, ZTO_AT_WECHAT, UploadWorker, told, upload_job

BUSY = [-1, 45009, 45011, 10060012, 10060019]
FINAL = {10060004: "not_shippable", 10060031: "payer_differs", 48001: "not_authorised", 10060014: "wechat_10060014"}
NO_ANSWER = ["bad_gateway", "reset_before", "system_error"]
LOST_ANSWER = ["reset_after", "system_error_after", "html", "garbage"]


def test_a_payment_that_wechat_does_not_see_yet_is_waited_for(
    shop: Shop, buyer: Buyer, sku: dict[str, Any], worker: UploadWorker
) -> None:
    shop.control("shipping/visibility", {"seconds": 60})
    order = shop.paid_order(buyer, (sku, 1))
    ship(shop, order["id"])
    assert worker.run() == [JobState.WAITING]
    assert told(shop, order) == ("pending", "payment_not_visible_yet", 0)
    waiting = upload_job()
    assert waiting.reason == "payment_not_visible_yet"
    assert timedelta(0) < waiting.due_at - worker.clock.now() <= timedelta(seconds=5)
    pass_time(shop, worker.clock, 6)
    assert worker.run() == [JobState.WAITING]
    assert timedelta(seconds=5) < upload_job().due_at - worker.clock.now() <= timedelta(seconds=10)
    pass_time(shop, worker.clock, 60)
    assert worker.run() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT]


@pytest.mark.parametrize("errcode", BUSY)
def test_a_busy_wechat_is_told_later(shop: Shop, order: dict[str, Any], worker: UploadWorker, errcode: int) -> None:
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run() == [JobState.WAITING]
    assert told(shop, order) == ("pending", "busy", 0)
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)


@pytest.mark.parametrize("errcode", FINAL)
def test_a_refusal_is_final_and_has_a_reason(
    shop: Shop, order: dict[str, Any], worker: UploadWorker, errcode: int
) -> None:
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run() == [JobState.FAILED]
    assert told(shop, order) == ("failed", FINAL[errcode], 0)
    assert upload_job().reason == FINAL[errcode]
    assert worker.run_later() == []


def test_what_was_refused_is_told_again_on_demand(shop: Shop, order: dict[str, Any], worker: UploadWorker) -> None:
    fault(shop, CALL, "errcode", errcode=48001)
    worker.run()
    assert shop.staff().post(f"/api/jobs/{upload_job().id}/retry").status_code == 200
    assert worker.run() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)


def test_what_was_refused_can_be_corrected(shop: Shop, order: dict[str, Any], worker: UploadWorker) -> None:
    fault(shop, CALL, "errcode", errcode=10060025)
    worker.run()
    assert told(shop, order) == ("failed", "company_too_long", 0)
    correct(shop, order["id"], ZTO)
    assert worker.run() == [JobState.SUCCEEDED]
    assert parcels_at_wechat(shop, order["orderNo"]) == [ZTO_AT_WECHAT]
    assert told(shop, order) == ("uploaded", "", 1)


@pytest.mark.parametrize("kind", [*NO_ANSWER, *LOST_ANSWER])
def test_without_an_answer_wechat_is_told_again_and_knows_it_once(
    shop: Shop, order: dict[str, Any], worker: UploadWorker, kind: str
) -> None:
    fault(shop, CALL, kind)
    assert worker.run() == [JobState.WAITING]
    assert told(shop, order) == ("pending", "no_answer", 0)
    assert parcels_at_wechat(shop, order["orderNo"]) == ([SF_AT_WECHAT] if kind in LOST_ANSWER else [])
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT]


@pytest.mark.parametrize(
    "step", [(moment, name) for name in ("begin_upload", "record_uploaded") for moment in ("before", "after")]
)
def test_a_worker_that_dies_between_two_steps_leaves_nothing_undone(
    shop: Shop,
    order: dict[str, Any],
    worker: UploadWorker,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[str, str],
) -> None:
    moment, name = step
    original = getattr(shipping_uploads, name)

    def dies(*args: Any, **kwargs: Any) -> None:
        if moment == "after":
            original(*args, **kwargs)
        raise MemoryError("the worker dies here")

    with monkeypatch.context() as patched:
        patched.setattr(shipping_uploads, name, dies)
        assert worker.run() == [JobState.WAITING]
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT]


def test_a_worker_that_runs_a_stale_job_changes_nothing(
    shop: Shop, order: dict[str, Any], worker: UploadWorker
) -> None:
    worker.run()
    calls = calls_of(shop, CALL)
    Job.collection().update_one({"_id": upload_job().id}, {"$set": {"state": "waiting"}})
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert (calls_of(shop, CALL), upload_job().result) == (calls, {"skipped": "known_or_replaced"})
    assert told(shop, order) == ("uploaded", "", 1)


def test_wechat_is_told_for_more_than_a_day_and_not_for_ever(
    shop: Shop, order: dict[str, Any], worker: UploadWorker
) -> None:
    fault(shop, CALL, "bad_gateway", times=None)
    began, states = worker.clock.now(), worker.run()
    while states[-1] is JobState.WAITING:
        pass_time(shop, worker.clock, (upload_job().due_at - worker.clock.now()).total_seconds())
        states += worker.run()
    assert states == [JobState.WAITING] * 35 + [JobState.FAILED]
    assert timedelta(days=1) < worker.clock.now() - began < timedelta(days=1, hours=3)
    assert (told(shop, order), upload_job().reason) == (("failed", "no_answer", 0), "no_answer")
