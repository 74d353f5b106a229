"""Pictures of after-sales requests that WeChat is asked to judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.jobs import Job
from src.models.media_checks import MediaCheck
from src.services.moderation.media_checking import KIND
from src.services.registry import Services, build_services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs, tick
from tests.factories.races import run_before
from tests.factories.refunds import wanted
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import Sku, calls_of, fault

ONE, TWO = "https://example.com/1.png", "https://example.com/2.png"


@dataclass
class Claim:
    """A shopper who asks money back with pictures, and a worker that works when told to."""

    shop: Shop
    buyer: Buyer
    sku: Sku
    services: Services

    def ask(self, *images: str) -> dict[str, Any]:
        order = self.shop.paid_order(self.buyer, (self.sku, 1))
        body = {**wanted((self.sku, 1)), "images": list(images)}
        asked: dict[str, Any] = data_of(self.buyer.post(f"/api/orders/{order['id']}/refunds", body), 201)
        return asked

    def work(self) -> None:
        run_jobs(self.services)

    def try_once(self) -> Job:
        """Returns the job after one attempt."""
        tick(self.services, "dispatch_events")
        self.services.jobs.running.run(the_job().id)
        return the_job()


@pytest.fixture
def claim(shop: Shop, buyer: Buyer, sku: Sku, services: Services) -> Claim:
    return Claim(shop, buyer, sku, services)


def the_job() -> Job:
    (job,) = jobs_of(KIND)
    return job


def checks_of(refund: dict[str, Any]) -> list[str]:
    return sorted(check.url for check in MediaCheck.objects(subject_id=ObjectId(refund["id"])))


def test_public_pictures_are_submitted(claim: Claim) -> None:
    refund = claim.ask(ONE, "/media/refunds/1.jpg", TWO)

    claim.work()

    job = the_job()
    assert (job.state, job.result, job.done, job.total) == (JobState.SUCCEEDED, {"submitted": 2}, 2, 2)
    assert checks_of(refund) == [ONE, TWO]
    assert calls_of(claim.shop, "media_check_async") == 2


@pytest.mark.parametrize("images", [(), ("/media/refunds/1.jpg",)])
def test_without_public_pictures_there_is_no_job(claim: Claim, images: tuple[str, ...]) -> None:
    claim.ask(*images)
    claim.work()
    assert jobs_of(KIND) == []


def test_pictures_of_this_server_are_submitted_with_its_host(
    claim: Claim, settings: Settings, movable_clock: MovableClock
) -> None:
    refund = claim.ask("/media/refunds/1.jpg")
    run_jobs(build_services(replace(settings, public_url="https://shop.example"), movable_clock))
    assert checks_of(refund) == ["https://shop.example/media/refunds/1.jpg"]


@pytest.mark.parametrize(("kind", "options"), [("bad_gateway", {}), ("errcode", {"errcode": 44991})])
def test_a_busy_wechat_is_asked_again_about_the_rest(
    claim: Claim, clock: MovableClock, kind: str, options: dict[str, Any]
) -> None:
    refund = claim.ask(ONE, TWO)
    tick(claim.services, "dispatch_events")
    with run_before(MediaCheck, "record_asked", lambda: fault(claim.shop, "media_check_async", kind, **options)):
        assert claim.try_once().state is JobState.WAITING
    assert checks_of(refund) == [ONE]

    clock.advance(minutes=10)
    claim.work()

    assert the_job().state is JobState.SUCCEEDED
    assert checks_of(refund) == [ONE, TWO]
    assert calls_of(claim.shop, "media_check_async") == 3


@pytest.mark.parametrize("errcode", [40003, 43104, 61010, 87020])
def test_a_refusal_fails_the_job_but_not_the_other_pictures(claim: Claim, errcode: int) -> None:
    refund = claim.ask(ONE, TWO)
    fault(claim.shop, "media_check_async", "errcode", errcode=errcode)

    claim.work()

    job = the_job()
    assert (job.state, job.reason, job.attempts) == (JobState.FAILED, f"wechat_{errcode}", 1)
    assert checks_of(refund) == [TWO]


def test_a_job_that_ran_before_submits_nothing_again(claim: Claim) -> None:
    claim.ask(ONE)
    claim.work()
    Job.collection().update_many({}, {"$set": {"state": "waiting"}, "$unset": {"finished_at": ""}})

    claim.work()

    assert calls_of(claim.shop, "media_check_async") == 1
