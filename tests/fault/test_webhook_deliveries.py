"""Deliveries as jobs: at least once, retried for a day, and no longer to an endpoint that is dead."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
from bson import ObjectId

from src.models.connection import database
from src.models.events import Event
from src.models.jobs import Job
from src.services.webhooks.retrying import MAX_TRIES, PAUSES
from tests.factories.contents import nothing_changes
from tests.factories.jobs import due_jobs, jobs_of
from tests.factories.races import at_once, results
from tests.factories.receivers import status
from tests.factories.shop import Shop, data_of, refused
from tests.factories.webhooks import (
    KIND,
    PATH,
    Subscribed,
    add_webhook,
    edit_webhook,
    is_signed_with,
    read_delivery,
    redeliver,
    types_of,
)
from tests.fault.failpoints import failing


def test_an_order_is_told_of(subscribed: Subscribed) -> None:
    order = subscribed.order()
    (received,) = subscribed.sent
    event = Event.objects.get(aggregate_id=ObjectId(order["id"]), type="order.placed")
    assert json.loads(received.body) == {
        "id": str(event.id),
        "type": "order.placed",
        "createdAt": order["createdAt"],
        "storeCode": "main",
        "aggregate": {"type": "order", "id": order["id"], "seq": 1},
        "data": {"orderNo": order["orderNo"], "totalAmount": 1000, "reason": ""},
    }
    delivery = subscribed.delivery()
    assert (delivery["state"], delivery["tries"], delivery["eventId"]) == ("delivered", 1, str(event.id))
    assert delivery["body"].encode() == received.body
    assert [(each["status"], each["failure"], each["answer"]) for each in delivery["attempts"]] == [(204, "", "")]
    assert received.headers["Minimall-Event"] == "order.placed"
    assert received.headers["Minimall-Delivery"] == delivery["id"]
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["User-Agent"].startswith("minimall-webhooks/")
    assert len(received.signatures) == 1
    assert is_signed_with(received, subscribed.secret)


def test_only_what_is_asked_for_and_only_of_the_own_store(subscribed: Subscribed, other_shop: Shop) -> None:
    shop, url, buyer = subscribed.shop, subscribed.receiver.url, subscribed.buyer
    for shown in (shop, other_shop):
        add_webhook(shown, f"{url}/{shown.code}", ["order.cancelled", "stock.*"])
    for webhook_id in (subscribed.id, add_webhook(shop, f"{url}/off")["id"]):
        edit_webhook(shop, webhook_id, isActive=False)
    order = buyer.placed((subscribed.sku, 1))
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    subscribed.run_jobs()
    assert [(each.path, types_of([each])) for each in subscribed.sent] == [("/hooks/main", ["order.cancelled"])]


def test_a_failure_is_tried_again_after_a_pause(subscribed: Subscribed) -> None:
    subscribed.answers(status(500, b"down"), status(200, b"up"))
    subscribed.order()
    waiting = subscribed.delivery()
    assert (waiting["state"], waiting["tries"], waiting["finishedAt"]) == ("waiting", 1, None)
    assert subscribed.endpoint()["failingSince"] is not None
    subscribed.run_jobs(seconds=20)
    assert len(subscribed.sent) == 1

    subscribed.run_jobs(seconds=11)
    delivered = subscribed.delivery()
    assert (delivered["state"], delivered["tries"], delivered["nextAttemptAt"]) == ("delivered", 2, None)
    assert [(each["status"], each["answer"]) for each in delivered["attempts"]] == [(500, "down"), (200, "up")]
    first, second = subscribed.sent
    assert first.body == second.body
    assert first.headers["Minimall-Delivery"] == second.headers["Minimall-Delivery"] == delivered["id"]
    assert first.headers["Minimall-Signature"] != second.headers["Minimall-Signature"]
    assert is_signed_with(second, subscribed.secret)
    assert subscribed.endpoint()["failingSince"] is None


def test_after_a_day_it_is_given_up(subscribed: Subscribed) -> None:
    subscribed.answers(status(503))
    subscribed.order()
    for tries, pause in enumerate(PAUSES, start=1):
        assert len(subscribed.sent) == tries
        subscribed.advance(seconds=pause.total_seconds() - 5)
        assert due_jobs(subscribed.services) == []
        subscribed.run_jobs(seconds=6)
    assert len(subscribed.sent) == MAX_TRIES
    delivery, (job,) = subscribed.delivery(), jobs_of(KIND)
    assert (delivery["state"], delivery["tries"], len(delivery["attempts"])) == ("failed", 12, 12)
    assert (job.state.value, job.attempts, job.reason) == ("failed", 12, "answered 503")
    assert subscribed.endpoint()["deadDeliveries"] == 1
    subscribed.run_jobs(days=2)
    assert len(subscribed.sent) == MAX_TRIES


def test_dead_deliveries_in_a_row_switch_the_endpoint_off(subscribed: Subscribed) -> None:
    subscribed.answers(status(500))
    for _ in range(6):
        subscribed.order()
    subscribed.use_up_retries()
    off = subscribed.endpoint()
    assert (off["isActive"], off["deadDeliveries"]) == (False, 5)
    assert off["disabledReason"] == "5 deliveries in a row were given up"
    assert Counter(each["state"] for each in subscribed.log()) == {"failed": 5, "dropped": 1}
    assert len(subscribed.sent) == 11


def test_one_success_begins_a_new_count(subscribed: Subscribed) -> None:
    subscribed.answers(status(500))
    for _ in range(4):
        subscribed.order()
    subscribed.use_up_retries()
    assert subscribed.endpoint()["deadDeliveries"] == 4
    subscribed.answers()
    subscribed.order()
    mended = subscribed.endpoint()
    assert (mended["isActive"], mended["deadDeliveries"], mended["failingSince"]) == (True, 0, None)


def test_three_days_without_an_arrival_switch_it_off(subscribed: Subscribed) -> None:
    subscribed.answers(status(500))
    subscribed.order()
    subscribed.run_jobs(days=2, hours=23)
    assert subscribed.endpoint()["isActive"]
    subscribed.order()
    subscribed.run_jobs(hours=1)
    off = subscribed.endpoint()
    assert (off["isActive"], off["disabledReason"]) == (False, "nothing has arrived for 3 days")


def test_gone_switches_it_off_at_once(subscribed: Subscribed) -> None:
    subscribed.answers(status(410))
    subscribed.order()
    off = subscribed.endpoint()
    assert (off["isActive"], off["disabledReason"]) == (False, "the endpoint answered 410 Gone")
    assert (subscribed.delivery()["state"], len(subscribed.sent)) == ("failed", 1)
    subscribed.order()
    assert len(subscribed.sent) == 1


def test_gone_does_not_switch_off_where_the_endpoint_has_moved(subscribed: Subscribed) -> None:
    def moved(handler: Any) -> None:
        edit_webhook(subscribed.shop, subscribed.id, url=f"{subscribed.receiver.url}/new")
        status(410)(handler)

    subscribed.answers(moved)
    subscribed.order()
    assert subscribed.endpoint()["isActive"]


@pytest.mark.parametrize("ending", ["off", "deleted"])
def test_what_is_on_its_way_to_an_endpoint_that_ends_is_dropped(subscribed: Subscribed, ending: str) -> None:
    subscribed.answers(status(500))
    subscribed.order()
    delivery = subscribed.delivery()
    if ending == "deleted":
        data_of(subscribed.shop.staff().delete(f"{PATH}/{subscribed.id}"), 200)
    else:
        edit_webhook(subscribed.shop, subscribed.id, isActive=False)
    subscribed.run_jobs(seconds=31)
    assert len(subscribed.sent) == 1
    assert read_delivery(subscribed.shop, delivery["id"])["state"] == "dropped"
    assert [(job.state.value, job.result) for job in jobs_of(KIND)] == [("succeeded", {"outcome": "dropped"})]
    with nothing_changes():
        refused(redeliver(subscribed.shop, delivery["id"]), 404 if ending == "deleted" else 40916)


def ask_about(subscribed: Subscribed) -> None:
    """Asks the subscriber about the only event, as a dispatcher does."""
    (event,) = Event.objects
    for wanted in subscribed.services.webhooks.subscriber(event):
        Job.add(wanted, now=subscribed.clock.now(), session=None)


def test_asked_twice_about_an_event_it_is_sent_once(subscribed: Subscribed) -> None:
    subscribed.buyer.placed((subscribed.sku, 1))
    for _ in range(3):
        ask_about(subscribed)
    subscribed.run_jobs()
    assert len(subscribed.sent) == len(jobs_of(KIND)) == 1


def test_many_workers_at_one_job_send_once(subscribed: Subscribed) -> None:
    subscribed.buyer.placed((subscribed.sku, 1))
    ask_about(subscribed)
    (job,) = jobs_of(KIND)
    results(at_once([partial(subscribed.services.jobs.running.run, job.id)] * 8))
    assert len(subscribed.sent) == 1


def test_a_delivery_that_could_not_be_noted_is_sent_again_under_the_same_id(subscribed: Subscribed) -> None:
    with failing("update", failure={"errorCode": 8}, times=1, collection="webhook_deliveries"):
        subscribed.order()
    subscribed.run_jobs(minutes=6)
    first, second = subscribed.sent
    assert first.body == second.body
    assert first.headers["Minimall-Delivery"] == second.headers["Minimall-Delivery"]
    assert subscribed.delivery()["state"] == "delivered"


def test_a_worker_that_died_after_noting_it_leaves_nothing_to_send(subscribed: Subscribed) -> None:
    subscribed.order()
    database()["jobs"].update_many({"kind": KIND}, {"$set": {"state": "running"}})
    subscribed.run_jobs(hours=1)
    assert len(subscribed.sent) == 1
    assert [(job.state.value, job.result["outcome"]) for job in jobs_of(KIND)] == [("succeeded", "delivered")]
