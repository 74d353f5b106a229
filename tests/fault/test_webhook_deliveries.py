"""Deliveries as jobs: at least once, retried for a day, signed, and never to a wrong address."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from src.models.connection import database
from src.models.events import Event
from src.models.jobs import Job
from src.models.stores import Store
from src.models.transaction import Transactions
from src.models.webhook_deliveries import WebhookDelivery
from src.services.jobs.running import Running
from src.services.registry import Services
from src.services.webhooks.retrying import MAX_TRIES, PAUSES
from src.services.webhooks.sending import Limits
from src.services.webhooks.wiring import Webhooks, wire_webhooks
from src.utils.encryption import FieldCipher
from tests.factories.certificates import Authority
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import due_jobs, jobs_of, run_jobs
from tests.factories.races import at_once, results
from tests.factories.receivers import Receiver, drops, running_receiver, silence, status
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.webhooks import (
    PATH,
    add_webhook,
    deliveries_of,
    is_signed_with,
    ping,
    read_delivery,
    read_webhook,
    rotate,
    types_of,
)
from tests.fault.failpoints import failing

KIND = "webhook.deliver"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def webhook(shop: Shop, receiver: Receiver) -> dict[str, Any]:
    """Wants the events of orders."""
    return add_webhook(shop, receiver.url, ["order.*"])


@pytest.fixture
def order(webhook: dict[str, Any], buyer: Buyer, sku: dict[str, Any]) -> dict[str, Any]:
    """A new order, of which the receiver is still to learn."""
    return buyer.placed((sku, 1))


def only_delivery(shop: Shop, webhook: dict[str, Any]) -> dict[str, Any]:
    (delivery,) = deliveries_of(shop, webhook)
    return delivery


def redeliver(shop: Shop, delivery: dict[str, Any]) -> Any:
    return shop.staff().post(f"{PATH}/deliveries/{delivery['id']}/redeliver")


def to_the_last_try() -> None:
    """Makes the next attempt at every delivery the last one."""
    database()["webhook_deliveries"].update_many({}, {"$set": {"tries": MAX_TRIES - 1}})


def test_an_order_is_told_of(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any]
) -> None:
    run_jobs(services)
    (received,) = receiver.received
    event = Event.objects.get(aggregate_id=ObjectId(order["id"]), type="order.placed")
    assert json.loads(received.body) == {
        "id": str(event.id),
        "type": "order.placed",
        "createdAt": order["createdAt"],
        "storeCode": "main",
        "aggregate": {"type": "order", "id": order["id"], "seq": 1},
        "data": {"orderNo": order["orderNo"], "totalAmount": 1000, "reason": ""},
    }
    delivery = only_delivery(shop, webhook)
    assert (delivery["state"], delivery["tries"], delivery["eventId"]) == ("delivered", 1, str(event.id))
    assert delivery["body"].encode() == received.body
    assert [(each["status"], each["failure"], each["answer"]) for each in delivery["attempts"]] == [(204, "", "")]
    assert received.headers["Minimall-Event"] == "order.placed"
    assert received.headers["Minimall-Delivery"] == delivery["id"]
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["User-Agent"].startswith("minimall-webhooks/")
    assert len(received.signatures) == 1
    assert is_signed_with(received, webhook["secret"])


def test_only_what_is_asked_for_and_only_of_the_own_store(
    shop: Shop, other_shop: Shop, services: Services, receiver: Receiver, sku: dict[str, Any], buyer: Buyer
) -> None:
    for shown in (shop, other_shop):
        add_webhook(shown, f"{receiver.url}/{shown.code}", ["order.cancelled", "stock.*"])
    off = add_webhook(shop, f"{receiver.url}/off")
    data_of(shop.staff().put(f"{PATH}/{off['id']}", {"isActive": False}), 200)
    order = buyer.placed((sku, 1))
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    run_jobs(services)
    assert [(each.path, types_of([each])) for each in receiver.received] == [("/hooks/main", ["order.cancelled"])]


def test_a_failure_is_tried_again_after_a_pause(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    receiver: Receiver,
    webhook: dict[str, Any],
    order: dict[str, Any],
) -> None:
    receiver.answers = [status(500, b"down"), status(200, b"up")]
    run_jobs(services)
    waiting, failing_hook = only_delivery(shop, webhook), read_webhook(shop, webhook)
    assert (waiting["state"], waiting["tries"]) == ("waiting", 1)
    assert failing_hook["failingSince"] == waiting["attempts"][0]["at"] or failing_hook["failingSince"]
    assert run_jobs(services) == []

    clock.advance(seconds=31)
    run_jobs(services)
    delivered = only_delivery(shop, webhook)
    assert (delivered["state"], delivered["tries"], delivered["nextAttemptAt"]) == ("delivered", 2, None)
    assert [(each["status"], each["answer"]) for each in delivered["attempts"]] == [(500, "down"), (200, "up")]
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["Minimall-Delivery"] == second.headers["Minimall-Delivery"] == delivered["id"]
    assert first.headers["Minimall-Signature"] != second.headers["Minimall-Signature"]
    assert is_signed_with(second, webhook["secret"])
    assert read_webhook(shop, webhook)["failingSince"] is None


def test_after_a_day_it_is_given_up(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    receiver: Receiver,
    webhook: dict[str, Any],
    order: dict[str, Any],
) -> None:
    receiver.answers = [status(503)]
    run_jobs(services)
    for tries, pause in enumerate(PAUSES, start=1):
        assert len(receiver.received) == tries
        clock.advance(seconds=pause.total_seconds() - 5)
        assert due_jobs(services) == []
        clock.advance(seconds=6)
        run_jobs(services)
    assert len(receiver.received) == MAX_TRIES == 12
    delivery, (job,) = only_delivery(shop, webhook), jobs_of(KIND)
    assert (delivery["state"], delivery["tries"], len(delivery["attempts"])) == ("failed", 12, 12)
    assert (job.state.value, job.attempts, job.reason) == ("failed", 12, "answered 503")
    assert read_webhook(shop, webhook)["deadDeliveries"] == 1
    clock.advance(days=2)
    run_jobs(services)
    assert len(receiver.received) == MAX_TRIES


def test_dead_deliveries_in_a_row_switch_the_endpoint_off(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], buyer: Buyer, sku: dict[str, Any],
    clock: MovableClock,
) -> None:
    receiver.answers = [status(500)]
    for _ in range(6):
        buyer.placed((sku, 1))
    run_jobs(services)
    to_the_last_try()
    clock.advance(seconds=31)
    run_jobs(services)
    off = read_webhook(shop, webhook)
    assert (off["isActive"], off["deadDeliveries"]) == (False, 5)
    assert off["disabledReason"] == "5 deliveries in a row were given up"
    assert Counter(each["state"] for each in deliveries_of(shop, webhook)) == {"failed": 5, "dropped": 1}
    assert len(receiver.received) == 11


def test_one_success_begins_a_new_count(
    shop: Shop, services: Services, clock: MovableClock, receiver: Receiver, webhook: dict[str, Any], buyer: Buyer,
    sku: dict[str, Any],
) -> None:
    receiver.answers = [status(500)]
    for _ in range(4):
        buyer.placed((sku, 1))
    run_jobs(services)
    to_the_last_try()
    clock.advance(seconds=31)
    run_jobs(services)
    assert read_webhook(shop, webhook)["deadDeliveries"] == 4
    receiver.answers = []
    buyer.placed((sku, 1))
    run_jobs(services)
    mended = read_webhook(shop, webhook)
    assert (mended["isActive"], mended["deadDeliveries"], mended["failingSince"]) == (True, 0, None)


def test_three_days_without_an_arrival_switch_it_off(
    shop: Shop, services: Services, clock: MovableClock, receiver: Receiver, webhook: dict[str, Any], buyer: Buyer,
    sku: dict[str, Any],
) -> None:
    receiver.answers = [status(500)]
    for _ in range(2):
        buyer.placed((sku, 1))
        run_jobs(services)
        assert read_webhook(shop, webhook)["isActive"]
        clock.advance(days=2, hours=1)
    run_jobs(services)
    off = read_webhook(shop, webhook)
    assert (off["isActive"], off["disabledReason"]) == (False, "nothing has arrived for 3 days")


def test_gone_switches_it_off_at_once(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any]
) -> None:
    receiver.answers = [status(410)]
    run_jobs(services)
    off = read_webhook(shop, webhook)
    assert (off["isActive"], off["disabledReason"]) == (False, "the endpoint answered 410 Gone")
    assert (only_delivery(shop, webhook)["state"], len(receiver.received)) == ("failed", 1)


def test_gone_does_not_switch_off_where_the_endpoint_has_moved(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any]
) -> None:
    def moved(handler: Any) -> None:
        data_of(shop.staff().put(f"{PATH}/{webhook['id']}", {"url": f"{receiver.url}/new"}), 200)
        status(410)(handler)

    receiver.answers = [moved]
    run_jobs(services)
    assert read_webhook(shop, webhook)["isActive"]


@pytest.mark.parametrize("ending", ["off", "deleted"])
def test_what_is_on_its_way_to_an_endpoint_that_ends_is_dropped(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    receiver: Receiver,
    webhook: dict[str, Any],
    order: dict[str, Any],
    ending: str,
) -> None:
    receiver.answers = [status(500)]
    run_jobs(services)
    delivery, path = only_delivery(shop, webhook), f"{PATH}/{webhook['id']}"
    data_of(shop.staff().delete(path) if ending == "deleted" else shop.staff().put(path, {"isActive": False}), 200)
    clock.advance(seconds=31)
    run_jobs(services)
    assert len(receiver.received) == 1
    assert read_delivery(shop, delivery["id"])["state"] == "dropped"
    assert [(job.state.value, job.result) for job in jobs_of(KIND)] == [("succeeded", {"outcome": "dropped"})]
    with nothing_changes():
        refused(redeliver(shop, delivery), 404 if ending == "deleted" else 40921)


def test_asked_twice_about_an_event_it_is_sent_once(
    services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any], clock: MovableClock
) -> None:
    (event,) = Event.objects(type="order.placed")
    for _ in range(3):
        for wanted in services.webhooks.subscriber(event):
            Job.add(wanted, now=clock.now(), session=None)
    run_jobs(services)
    assert len(receiver.received) == len(jobs_of(KIND)) == 1


def test_many_workers_at_one_job_send_once(
    services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any], clock: MovableClock
) -> None:
    (event,) = Event.objects(type="order.placed")
    for wanted in services.webhooks.subscriber(event):
        Job.add(wanted, now=clock.now(), session=None)
    (job,) = jobs_of(KIND)
    results(at_once([partial(services.jobs.running.run, job.id)] * 8))
    assert len(receiver.received) == 1


def test_a_delivery_that_could_not_be_noted_is_sent_again_under_the_same_id(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    receiver: Receiver,
    webhook: dict[str, Any],
    order: dict[str, Any],
) -> None:
    with failing("update", failure={"errorCode": 8}, times=1, collection="webhook_deliveries"):
        run_jobs(services)
    clock.advance(minutes=6)
    run_jobs(services)
    assert len({each.headers["Minimall-Delivery"] for each in receiver.received}) == 1
    assert len(receiver.received) == 2
    assert only_delivery(shop, webhook)["state"] == "delivered"


def test_a_worker_that_died_after_sending_sends_nothing_more_once_it_is_noted(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any]
) -> None:
    run_jobs(services)
    database()["jobs"].update_many({"kind": KIND}, {"$set": {"state": "waiting"}})
    run_jobs(services)
    assert len(receiver.received) == 1
    assert [job.result["outcome"] for job in jobs_of(KIND)] == ["delivered"]


def test_sending_once_more(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    receiver: Receiver,
    webhook: dict[str, Any],
    order: dict[str, Any],
) -> None:
    run_jobs(services)
    delivery = only_delivery(shop, webhook)
    for _ in range(2):
        again = data_of(redeliver(shop, delivery), 202)
        assert (again["id"], again["state"], again["tries"]) == (delivery["id"], "waiting", 0)
        with nothing_changes():
            assert refused(redeliver(shop, delivery), 40921) == {"isActive": True, "state": "waiting"}
        run_jobs(services)
    assert [each.headers["Minimall-Delivery"] for each in receiver.received] == [delivery["id"]] * 3
    assert len({each.body for each in receiver.received}) == 1
    sent = only_delivery(shop, webhook)
    assert (sent["state"], sent["tries"], len(sent["attempts"])) == ("delivered", 1, 3)


def test_one_that_was_given_up_has_all_its_retries_again(
    shop: Shop,
    services: Services,
    clock: MovableClock,
    receiver: Receiver,
    webhook: dict[str, Any],
    order: dict[str, Any],
) -> None:
    receiver.answers = [status(500)]
    run_jobs(services)
    to_the_last_try()
    clock.advance(seconds=31)
    run_jobs(services)
    delivery = only_delivery(shop, webhook)
    assert delivery["state"] == "failed"
    data_of(redeliver(shop, delivery), 202)
    run_jobs(services)
    assert (only_delivery(shop, webhook)["state"], only_delivery(shop, webhook)["tries"]) == ("waiting", 1)


def test_asking_many_times_at_once_sends_once_more(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any]
) -> None:
    run_jobs(services)
    delivery = only_delivery(shop, webhook)
    answers = results(at_once([partial(redeliver, shop, delivery)] * 10))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 9}
    run_jobs(services)
    assert len(receiver.received) == 2


def test_a_waiting_one_whose_job_is_lost_can_be_sent_again(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any], order: dict[str, Any]
) -> None:
    receiver.answers = [status(500), status(204)]
    run_jobs(services)
    database()["jobs"].update_many({"kind": KIND}, {"$set": {"state": "failed"}})
    data_of(redeliver(shop, only_delivery(shop, webhook)), 202)
    run_jobs(services)
    assert only_delivery(shop, webhook)["state"] == "delivered"


def test_for_a_day_the_old_secret_signs_beside_the_new_one(
    shop: Shop, services: Services, clock: MovableClock, receiver: Receiver, webhook: dict[str, Any]
) -> None:
    old, new = webhook["secret"], rotate(shop, webhook)
    clock.advance(hours=23, minutes=59)
    ping(shop, webhook)
    run_jobs(services)
    clock.advance(minutes=2)
    ping(shop, webhook)
    run_jobs(services)
    both, one = receiver.received
    assert [len(each.signatures) for each in (both, one)] == [2, 1]
    assert [is_signed_with(both, secret) for secret in (new, old)] == [True, True]
    assert [is_signed_with(one, secret) for secret in (new, old)] == [True, False]


def test_a_ping(shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any]) -> None:
    sent = ping(shop, webhook)
    assert (sent["eventType"], sent["state"], sent["webhookId"]) == ("webhook.ping", "waiting", webhook["id"])
    run_jobs(services)
    (received,) = receiver.received
    body = json.loads(received.body)
    assert (body["id"], body["type"], body["data"]) == (sent["eventId"], "webhook.ping", {})
    assert body["aggregate"] == {"type": "webhook", "id": webhook["id"], "seq": 0}
    assert read_delivery(shop, sent["id"])["state"] == "delivered"


def test_a_ping_is_tried_once_and_judges_nobody(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any]
) -> None:
    receiver.answers = [status(500)]
    sent = [ping(shop, webhook)["id"] for _ in range(6)]
    run_jobs(services)
    assert len(receiver.received) == 6
    assert {read_delivery(shop, each)["state"] for each in sent} == {"failed"}
    judged = read_webhook(shop, webhook)
    assert (judged["isActive"], judged["deadDeliveries"], judged["failingSince"]) == (True, 0, None)


def test_an_endpoint_that_is_off_can_be_pinged(
    shop: Shop, services: Services, receiver: Receiver, webhook: dict[str, Any]
) -> None:
    data_of(shop.staff().put(f"{PATH}/{webhook['id']}", {"isActive": False}), 200)
    sent = ping(shop, webhook)
    run_jobs(services)
    assert read_delivery(shop, sent["id"])["state"] == "delivered"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path)


class Names:
    """A name server that answers what a test says, and counts."""

    def __init__(self, *addresses: str) -> None:
        self.addresses: Sequence[str] = addresses
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses


def wired(
    services: Services, clock: MovableClock, names: Names, cipher: FieldCipher, authority: Authority, *, private: bool
) -> Webhooks:
    return wire_webhooks(
        stores=services.stores,
        cipher=cipher,
        transactions=Transactions(timeout_s=5),
        clock=clock,
        allow_private=private,
        resolve=names,
        limits=Limits(connect_s=0.5, read_s=0.4, total_s=0.8),
        tls=authority.client_context(),
    )


def run_with(webhooks: Webhooks, clock: MovableClock) -> None:
    """Runs the jobs that are due with the handler of these webhooks."""
    running = Running(handlers={KIND: webhooks.handler}, clock=clock, lease=timedelta(minutes=5))
    for job in jobs_of(KIND):
        running.run(job.id)
