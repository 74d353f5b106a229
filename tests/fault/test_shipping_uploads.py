"""WeChat is told of every shipping exactly once, whatever happens on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from src.models.jobs import Job
from src.services import shipping_uploads
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.races import at_once, results
from tests.factories.shipments import (
    SF,
    ZTO,
    correct,
    parcels_at_wechat,
    ship,
    shipped_order,
    stored,
    wechat_shipping,
)
from tests.factories.shop import Buyer, Shop, refused
from tests.factories.wechat import calls_of, fault, pass_time

CALL = "upload_shipping_info"
SF_AT_WECHAT, ZTO_AT_WECHAT = [("SF", "SF1234567890")], [("ZTO", "73123456789")]
BUSY = [-1, 45009, 45011, 10060012, 10060019]
FINAL = {10060004: "not_shippable", 10060031: "payer_differs", 48001: "not_authorised", 10060014: "wechat_10060014"}
NO_ANSWER = ["bad_gateway", "reset_before", "system_error"]
LOST_ANSWER = ["reset_after", "system_error_after", "html", "garbage"]


def job() -> Job:
    (found,) = jobs_of(shipping_uploads.KIND)
    return found


@dataclass
class Worker:
    """Runs the jobs of the shop."""

    shop: Shop
    services: Services
    clock: MovableClock

    def run(self) -> list[JobState | None]:
        return run_jobs(self.services)

    def run_later(self) -> list[JobState | None]:
        """Runs the jobs whose pause is over for this test; no login ends meanwhile."""
        Job.collection().update_many({"state": "waiting"}, {"$set": {"due_at": self.clock.now()}})
        return self.run()


@pytest.fixture
def worker(shop: Shop, services: Services, clock: MovableClock) -> Worker:
    return Worker(shop, services, clock)


def told(shop: Shop, order: dict[str, Any]) -> tuple[str, str, int]:
    known = wechat_shipping(shop, order["id"])
    return known["status"], known["reason"], known["uploads"]


@pytest.fixture
def order(buyer: Buyer, sku: dict[str, Any], clock: MovableClock) -> dict[str, Any]:
    """A shipped order that WeChat is yet to be told of."""
    return shipped_order(buyer, sku, clock, SF)


def test_a_payment_that_wechat_does_not_see_yet_is_waited_for(
    shop: Shop, buyer: Buyer, sku: dict[str, Any], worker: Worker
) -> None:
    shop.control("shipping/visibility", {"seconds": 60})
    order = shop.paid_order(buyer, (sku, 1))
    ship(shop, order["id"])
    assert worker.run() == [JobState.WAITING]
    assert told(shop, order) == ("pending", "payment_not_visible_yet", 0)
    waiting = job()
    assert waiting.reason == "payment_not_visible_yet"
    assert timedelta(0) < waiting.due_at - worker.clock.now() <= timedelta(seconds=5)
    pass_time(shop, worker.clock, 6)
    assert worker.run() == [JobState.WAITING]
    assert timedelta(seconds=5) < job().due_at - worker.clock.now() <= timedelta(seconds=10)
    pass_time(shop, worker.clock, 60)
    assert worker.run() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT]


@pytest.mark.parametrize("errcode", BUSY)
def test_a_busy_wechat_is_told_later(shop: Shop, order: dict[str, Any], worker: Worker, errcode: int) -> None:
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run() == [JobState.WAITING]
    assert told(shop, order) == ("pending", "busy", 0)
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)


@pytest.mark.parametrize("errcode", FINAL)
def test_a_refusal_is_final_and_has_a_reason(shop: Shop, order: dict[str, Any], worker: Worker, errcode: int) -> None:
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run() == [JobState.FAILED]
    assert told(shop, order) == ("failed", FINAL[errcode], 0)
    assert job().reason == FINAL[errcode]
    assert worker.run_later() == []


def test_what_was_refused_is_told_again_on_demand(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    fault(shop, CALL, "errcode", errcode=48001)
    worker.run()
    assert shop.staff().post(f"/api/jobs/{job().id}/retry").status_code == 200
    assert worker.run() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)


def test_what_was_refused_can_be_corrected(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    fault(shop, CALL, "errcode", errcode=10060025)
    worker.run()
    assert told(shop, order) == ("failed", "company_too_long", 0)
    correct(shop, order["id"], ZTO)
    assert worker.run() == [JobState.SUCCEEDED]
    assert parcels_at_wechat(shop, order["orderNo"]) == [ZTO_AT_WECHAT]
    assert told(shop, order) == ("uploaded", "", 1)


@pytest.mark.parametrize("kind", [*NO_ANSWER, *LOST_ANSWER])
def test_without_an_answer_wechat_is_told_again_and_knows_it_once(
    shop: Shop, order: dict[str, Any], worker: Worker, kind: str
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
    worker: Worker,
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


def test_a_worker_that_runs_a_stale_job_changes_nothing(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    worker.run()
    calls = calls_of(shop, CALL)
    Job.collection().update_one({"_id": job().id}, {"$set": {"state": "waiting"}})
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert (calls_of(shop, CALL), job().result) == (calls, {"skipped": "known_or_replaced"})
    assert told(shop, order) == ("uploaded", "", 1)


def test_an_upload_in_doubt_counts_as_one_that_wechat_has_taken(
    shop: Shop, order: dict[str, Any], worker: Worker
) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    correct(shop, order["id"], ZTO)
    assert told(shop, order) == ("pending", "", 1)
    worker.run_later()
    assert told(shop, order) == ("uploaded", "", 2)
    assert parcels_at_wechat(shop, order["orderNo"]) == [SF_AT_WECHAT, ZTO_AT_WECHAT]
    staff = shop.staff()
    with nothing_changes():
        refused(staff.put(f"/api/orders/{order['id']}/shipment", SF), 40930)


def test_a_refusal_does_not_settle_what_an_earlier_try_left_in_doubt(
    shop: Shop, order: dict[str, Any], worker: Worker
) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    fault(shop, CALL, "errcode", errcode=-1)
    worker.run_later()
    assert stored(order["id"]).wechat_shipping.uploads_at_most == 1


@pytest.mark.parametrize("errcode", [10060002, 10060003])
def test_when_wechat_takes_no_more_it_is_asked_what_it_has(
    shop: Shop, order: dict[str, Any], worker: Worker, errcode: int
) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    fault(shop, CALL, "errcode", errcode=errcode)
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert calls_of(shop, "get_order") == 1
    assert told(shop, order) == ("uploaded", "", 1)


def test_other_parcels_at_wechat_are_no_success(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    worker.run()
    correct(shop, order["id"], ZTO)
    fault(shop, CALL, "errcode", errcode=10060003)
    assert worker.run_later() == [JobState.FAILED]
    assert told(shop, order) == ("failed", "resend_used_up", 1)


def test_a_question_without_an_answer_is_asked_again(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    fault(shop, CALL, "reset_after")
    worker.run()
    for endpoint, kind in ((CALL, "errcode"), ("get_order", "bad_gateway")):
        fault(shop, endpoint, kind, errcode=10060003)
    assert worker.run_later() == [JobState.WAITING]
    assert worker.run_later() == [JobState.SUCCEEDED]
    assert told(shop, order) == ("uploaded", "", 1)


def test_tries_are_bounded(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    fault(shop, CALL, "bad_gateway", times=None)
    states = worker.run()
    while states[-1] is JobState.WAITING:
        states += worker.run_later()
    assert states == [JobState.WAITING] * 11 + [JobState.FAILED]
    assert (told(shop, order), job().reason) == (("failed", "no_answer", 0), "no_answer")


def test_each_upload_is_later_than_the_one_before(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    worker.run()
    first = stored(order["id"]).wechat_shipping.tried_at
    correct(shop, order["id"], ZTO)
    worker.clock.advance(seconds=-3600)
    worker.run_later()
    assert stored(order["id"]).wechat_shipping.tried_at == first + timedelta(milliseconds=1)
    worker.clock.reset()
    assert told(shop, order) == ("uploaded", "", 2)


def test_corrections_at_one_moment_come_one_after_the_other(shop: Shop, order: dict[str, Any], worker: Worker) -> None:
    worker.run()
    staff = shop.staff()
    parcels = [{"company": "ZTO", "trackingNo": f"ZTO{number:04}"} for number in range(8)]
    calls = [partial(staff.put, f"/api/orders/{order['id']}/shipment", parcel) for parcel in parcels]
    codes = [answer.get_json()["code"] for answer in results(at_once(calls))]
    won = codes.count(0)
    assert (won >= 1, set(codes) <= {0, 40902}) == (True, True)
    assert stored(order["id"]).wechat_shipping.revision == 1 + won
    worker.run()
    assert told(shop, order) == ("uploaded", "", 2)
    assert len(parcels_at_wechat(shop, order["orderNo"])) == 2


def test_a_correction_that_races_the_upload_is_told(
    shop: Shop, order: dict[str, Any], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The correction comes after the old parcels were read, and before WeChat has them."""
    original = shipping_uploads.ShippingClient.upload
    waiting = [lambda: correct(shop, order["id"], ZTO)]

    def upload(*args: Any, **kwargs: Any) -> None:
        if waiting:
            waiting.pop()()
        original(*args, **kwargs)

    monkeypatch.setattr(shipping_uploads.ShippingClient, "upload", upload)
    worker.run()
    worker.run_later()
    assert parcels_at_wechat(shop, order["orderNo"])[-1] == ZTO_AT_WECHAT
    assert told(shop, order) == ("uploaded", "", 2)
    assert stored(order["id"]).shipped_parcels[0].company == "ZTO"
