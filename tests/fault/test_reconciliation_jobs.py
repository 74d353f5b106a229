"""Reconciling by itself while WeChat is late, down or refuses."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from src.models.connection import database
from src.models.jobs import Job
from src.services.payments.reconciliation_jobs import KIND
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.bills import bend, next_morning, reports
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs, tick
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of
from tests.factories.wechat import calls_of, fault, heal, paid_at_wechat, pass_time

WORK = "reconcile_yesterday"
UNKNOWN = [{"outTradeNo": "T20260105000001", "amount": 7}]


def days_of(shop: Shop) -> list[str]:
    return sorted(job.payload["day"] for job in jobs_of(KIND) if job.store_id == shop.store_id)


def the_job(shop: Shop) -> Job:
    (job,) = [job for job in jobs_of(KIND) if job.store_id == shop.store_id]
    return job


def test_nothing_is_wanted_before_wechat_has_made_the_bill(shop: Shop, services: Services, clock: MovableClock) -> None:
    next_morning(shop, clock, at=time(10, 14, 59))
    assert (tick(services, WORK), jobs_of(KIND)) == (0, [])
    clock.advance(seconds=2)
    assert tick(services, WORK) == 1


def test_each_store_has_one_job_a_day(shop: Shop, other_shop: Shop, services: Services, clock: MovableClock) -> None:
    days = []
    for _ in range(3):
        days.append(str(next_morning(shop, clock)))
        assert [tick(services, WORK) for _ in range(3)] == [2, 0, 0]
    assert days_of(shop) == days_of(other_shop) == days


def test_ticks_at_once_want_it_once(shop: Shop, services: Services, clock: MovableClock) -> None:
    next_morning(shop, clock)
    results(at_once([lambda: tick(services, WORK) for _ in range(4)]))
    assert len(jobs_of(KIND)) == 1


def test_days_on_which_nothing_ran_are_made_up_for(shop: Shop, services: Services, clock: MovableClock) -> None:
    opened = next_morning(shop, clock)
    clock.advance(days=2)
    assert tick(services, WORK) == 3
    assert days_of(shop) == [str(opened + timedelta(days=n)) for n in range(3)]
    clock.advance(days=100)
    assert tick(services, WORK) == 7


def test_no_more_than_the_limit_is_added_at_once(
    shop: Shop, other_shop: Shop, services: Services, clock: MovableClock
) -> None:
    next_morning(shop, clock)
    work = services.jobs.scheduling.works[WORK]
    assert [work.run(1) for _ in range(3)] == [1, 1, 0]


def test_the_job_leaves_a_report_and_says_so(shop: Shop, services: Services, clock: MovableClock) -> None:
    bend(shop, next_morning(shop, clock), extra=UNKNOWN)
    tick(services, WORK)
    assert run_jobs(services)[0] is JobState.SUCCEEDED
    (report,) = reports()
    job = the_job(shop)
    assert job.result == {"reconciliationId": str(report.id), "differs": True}
    assert (job.done, report.missing_here) == (1, 1)
    told = database()["events"].find_one({"type": "reconciliation.differs"})
    assert told is not None and told["aggregate_id"] == report.id


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({"endpoint": "tradebill", "kind": "error", "code": "STATEMENT_CREATING"}, "still making the bill"),
        ({"endpoint": "tradebill", "kind": "system_error"}, "did not give the bill: 500"),
        ({"endpoint": "tradebill", "kind": "too_many_requests"}, "did not give the bill: 429"),
        ({"endpoint": "tradebill", "kind": "unsigned"}, "signature"),
        ({"endpoint": "billdownload", "kind": "reset_after"}, "did not give the bill"),
        ({"endpoint": "billdownload", "kind": "garbage"}, "promised"),
    ],
)
def test_what_may_pass_is_tried_again_later(
    shop: Shop, services: Services, clock: MovableClock, failure: dict[str, Any], reason: str
) -> None:
    bend(shop, next_morning(shop, clock), extra=UNKNOWN)
    tick(services, WORK)
    fault(shop, **failure)
    assert run_jobs(services) == [JobState.WAITING]
    assert (reports(), reason in the_job(shop).reason) == ([], True)
    pass_time(shop, clock, 14 * 60)
    assert run_jobs(services) == []
    pass_time(shop, clock, 61)
    assert run_jobs(services)[0] is JobState.SUCCEEDED
    assert len(reports()) == 1


def test_a_refusal_is_for_a_person_who_may_try_again(shop: Shop, services: Services, clock: MovableClock) -> None:
    next_morning(shop, clock)
    tick(services, WORK)
    fault(shop, "tradebill", "error", status=403, code="NO_AUTH", times=None)
    assert run_jobs(services) == [JobState.FAILED]
    assert (the_job(shop).reason, reports()) == ("the bill cannot be had: 403 NO_AUTH", [])
    assert tick(services, WORK) == 0
    heal(shop)
    data_of(shop.staff().post(f"/api/jobs/{the_job(shop).id}/retry"), 200)
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert len(reports()) == 1


def test_one_store_that_fails_does_not_stop_the_other(
    shop: Shop, other_shop: Shop, services: Services, clock: MovableClock
) -> None:
    next_morning(shop, clock)
    tick(services, WORK)
    fault(shop, "tradebill", "error", status=403, code="NO_AUTH")
    assert sorted(filter(None, run_jobs(services))) == [JobState.FAILED, JobState.SUCCEEDED]
    assert len(reports()) == 1


def test_first_reports_at_once_are_one_report(shop: Shop, services: Services, clock: MovableClock) -> None:
    day = next_morning(shop, clock)
    bend(shop, day, extra=UNKNOWN)
    with shop.app.app_context():
        store = services.stores.get(shop.store_id)
        findings = services.reconciliations.compare(store, day)
    results(at_once([lambda: services.reconciliations.record(store, day, findings) for _ in range(6)]))
    (report,) = reports()
    told = list(database()["events"].find({"aggregate_id": report.id}))
    assert (report.event_seq, [event["seq"] for event in told]) == (1, [1])
    assert_books_balance(shop.store_id)


def test_a_long_bill_is_compared_in_portions(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = paid_at_wechat(shop.buyer(), (shop.sku(price=1000), 1))
    shop.deliver(order["orderNo"])
    bend(shop, next_morning(shop, clock), extra=[{"outTradeNo": f"T{n:014d}", "amount": 1} for n in range(1_200)])
    tick(services, WORK)
    assert run_jobs(services)[0] is JobState.SUCCEEDED
    (report,) = reports()
    assert (the_job(shop).done, report.missing_here, report.missing_there) == (1_201, 1_200, 0)
    assert (report.ours.payments, report.wechat.payments) == (1, 1_201)
    assert calls_of(shop, "billdownload") == 1
