"""What Prometheus reads besides the counters of the processes."""

from __future__ import annotations

import re

import pytest

from config.settings import Settings
from src.models.connection import database
from src.services.jobs.contracts import GiveUp
from src.services.registry import Services
from tests.factories.bills import bend, next_morning, reconcile
from tests.factories.clock import MovableClock
from tests.factories.job_bench import KIND, JobBench, failing_with, wanted
from tests.factories.messages import pushed, take_messages
from tests.factories.refunds import asked, decide, plan, settle
from tests.factories.shop import Shop, data_of
from tests.factories.wechat import paid_at_wechat
from tests.fault.failpoints import CLOSED_CONNECTION, failing


def metric(shop: Shop, line: str) -> float | None:
    """Returns the value of the metric with these labels; None if it is not shown."""
    answer = shop.client.get("/metrics")
    assert answer.status_code == 200
    found = re.search(rf"^{re.escape(line)} (\S+)$", answer.get_data(as_text=True), re.M)
    return float(found[1]) if found else None


def test_jobs_are_counted_by_kind_and_state(shop: Shop, clock: MovableClock) -> None:
    JobBench(clock, failing_with(GiveUp("no"))).run(wanted(clock))
    wanted(clock)
    clock.advance(seconds=40)
    assert metric(shop, f'minimall_jobs{{kind="{KIND}",state="failed"}}') == 1
    assert metric(shop, f'minimall_jobs{{kind="{KIND}",state="waiting"}}') == 1
    assert metric(shop, f'minimall_jobs{{kind="{KIND}",state="active"}}') == 0
    assert 40 <= (metric(shop, "minimall_jobs_oldest_due_seconds") or 0) < 45


def test_a_schedule_shows_its_last_success(shop: Shop, services: Services, clock: MovableClock) -> None:
    line = 'minimall_schedule_last_success_timestamp_seconds{schedule="dispatch_events"}'
    assert metric(shop, line) is None
    shop.buyer().placed((shop.sku(), 1))
    services.jobs.scheduling.run("dispatch_events")
    assert abs((metric(shop, line) or 0) - clock.now().timestamp()) < 5
    assert metric(shop, 'minimall_schedule_last_count{schedule="dispatch_events"}') == 1


def test_the_outbox_shows_how_late_it_is(shop: Shop, services: Services, clock: MovableClock) -> None:
    assert metric(shop, "minimall_outbox_lag_seconds") == 0
    shop.buyer().placed((shop.sku(), 1))
    clock.advance(seconds=90)
    assert 90 <= (metric(shop, "minimall_outbox_lag_seconds") or 0) < 95
    services.jobs.scheduling.run("dispatch_events")
    assert metric(shop, "minimall_outbox_lag_seconds") == 0


def test_a_held_payment_is_counted_until_it_is_decided(shop: Shop) -> None:
    assert metric(shop, "minimall_payments_held") == 0
    shop.control("notifications/suspend")
    order = paid_at_wechat(shop.buyer(), (shop.sku(), 1))
    shop.deliver(order["orderNo"], overrides={"amount_total": 1})
    assert metric(shop, "minimall_payments_held") == 1
    (payment,) = data_of(shop.staff().get("/api/merchant/payments", held="true"), 200)["list"]
    data_of(shop.staff().post(f"/api/merchant/payments/{payment['id']}/send-back"), 200)
    assert metric(shop, "minimall_payments_held") == 0


def test_an_abnormal_refund_is_counted_until_it_is_settled(shop: Shop) -> None:
    plan(shop)
    sku, buyer = shop.sku(), shop.buyer()
    refund = asked(buyer, shop.paid_order(buyer, (sku, 1)), (sku, 1))
    settle(shop, decide(shop, refund, "approve")["outRefundNo"], "ABNORMAL")
    assert metric(shop, "minimall_refunds_abnormal") == 1
    decide(shop, refund, "settle-outside", {"note": "已转账"})
    assert metric(shop, "minimall_refunds_abnormal") == 0


def test_every_schedule_says_how_often_it_is_to_run(shop: Shop, services: Services) -> None:
    for work in services.jobs.scheduling.works.values():
        line = f'minimall_schedule_period_seconds{{schedule="{work.name}"}}'
        assert metric(shop, line) == work.every.total_seconds()


def test_without_the_database_the_rest_is_shown(shop: Shop) -> None:
    assert metric(shop, "minimall_database_up") == 1
    with failing("aggregate", "find", failure=CLOSED_CONNECTION):
        assert metric(shop, "minimall_database_up") == 0
        assert metric(shop, "minimall_jobs_oldest_due_seconds") is None
        assert metric(shop, "minimall_orders_placed_total") is not None


def test_a_notification_about_the_unknown_is_counted_until_it_is_applied(shop: Shop) -> None:
    shop.control("notifications/suspend")
    order = paid_at_wechat(shop.buyer(), (shop.sku(), 1))
    payment = database()["payments"].find_one_and_delete({})
    assert payment is not None
    assert metric(shop, "minimall_notifications_stored") == 0
    shop.deliver(order["orderNo"])
    assert metric(shop, "minimall_notifications_stored") == 1
    database()["payments"].insert_one(payment)
    shop.deliver(order["orderNo"])
    assert metric(shop, "minimall_notifications_stored") == 0


def test_a_day_that_differs_is_counted_for_a_week_or_until_it_agrees(shop: Shop, clock: MovableClock) -> None:
    shop.paid_order(shop.buyer(), (shop.sku(), 1))
    day = next_morning(shop, clock)
    bend(shop, day, extra=[{"outTradeNo": "T20260105000001", "amount": 7}])
    reconcile(shop)
    assert metric(shop, "minimall_reconciliations_differing") == 1
    clock.advance(days=6)
    assert metric(shop, "minimall_reconciliations_differing") == 1
    clock.advance(days=1)
    assert metric(shop, "minimall_reconciliations_differing") == 0
    clock.advance(days=-7)
    bend(shop, day)
    reconcile(shop)
    assert metric(shop, "minimall_reconciliations_differing") == 0


@pytest.mark.parametrize("event", ["trade_manage_remind_access_api", "wxa_trade_controlled"])
def test_what_wechat_warns_of_is_counted_for_a_day(
    shop: Shop, settings: Settings, clock: MovableClock, event: str
) -> None:
    take_messages(shop, public_url=settings.public_url)
    line = f'minimall_wechat_warnings{{event="{event}"}}'
    assert metric(shop, line) == 0
    assert pushed(shop, {"Event": event}) == [200]
    assert metric(shop, line) == 1
    clock.advance(days=1, seconds=1)
    assert metric(shop, line) == 0
