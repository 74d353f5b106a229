"""What staff ask for: a delivery once more, a new secret, a ping."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial

from src.models.connection import database
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.receivers import status
from tests.factories.shop import data_of, refused
from tests.factories.webhooks import (
    KIND,
    Subscribed,
    edit_webhook,
    is_signed_with,
    ping,
    read_delivery,
    redeliver,
    rotate,
)


def test_sending_once_more(subscribed: Subscribed) -> None:
    subscribed.order()
    delivery, shop = subscribed.delivery(), subscribed.shop
    for _ in range(2):
        again = data_of(redeliver(shop, delivery["id"]), 202)
        assert (again["id"], again["state"], again["tries"]) == (delivery["id"], "waiting", 0)
        with nothing_changes():
            conflict = refused(redeliver(shop, delivery["id"]), 40916)
            assert conflict == {"isActive": True, "state": "waiting"}
        subscribed.run_jobs()
    assert [each.headers["Minimall-Delivery"] for each in subscribed.sent] == [delivery["id"]] * 3
    assert len({each.body for each in subscribed.sent}) == 1
    sent = subscribed.delivery()
    assert (sent["state"], sent["tries"], len(sent["attempts"])) == ("delivered", 1, 3)


def test_one_that_was_given_up_has_all_its_retries_again(subscribed: Subscribed) -> None:
    subscribed.answers(status(500))
    subscribed.order()
    subscribed.use_up_retries()
    delivery = subscribed.delivery()
    assert delivery["state"] == "failed"
    data_of(redeliver(subscribed.shop, delivery["id"]), 202)
    subscribed.run_jobs()
    again = subscribed.delivery()
    assert (again["state"], again["tries"], len(again["attempts"])) == ("waiting", 1, 3)


def test_asking_many_times_at_once_sends_once_more(subscribed: Subscribed) -> None:
    subscribed.order()
    asked = partial(redeliver, subscribed.shop, subscribed.delivery()["id"])
    answers = results(at_once([asked] * 10))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 9}
    subscribed.run_jobs()
    assert len(subscribed.sent) == 2


def test_nothing_is_sent_once_more_to_an_endpoint_that_is_off(subscribed: Subscribed) -> None:
    subscribed.order()
    edit_webhook(subscribed.shop, subscribed.id, isActive=False)
    with nothing_changes():
        conflict = refused(redeliver(subscribed.shop, subscribed.delivery()["id"]), 40916)
    assert conflict == {"isActive": False, "state": "delivered"}


def test_a_waiting_one_whose_job_has_failed_can_be_sent_again(subscribed: Subscribed) -> None:
    subscribed.answers(status(500), status(204))
    subscribed.order()
    database()["jobs"].update_many({"kind": KIND}, {"$set": {"state": "failed"}})
    data_of(redeliver(subscribed.shop, subscribed.delivery()["id"]), 202)
    subscribed.run_jobs()
    assert subscribed.delivery()["state"] == "delivered"


def test_for_a_day_the_old_secret_signs_beside_the_new_one(subscribed: Subscribed) -> None:
    old, new = subscribed.secret, rotate(subscribed.shop, subscribed.id)
    for minutes in (23 * 60 + 59, 2):
        subscribed.advance(minutes=minutes)
        ping(subscribed.shop, subscribed.id)
        subscribed.run_jobs()
    both, one = subscribed.sent
    assert [len(each.signatures) for each in (both, one)] == [2, 1]
    assert [is_signed_with(both, secret) for secret in (new, old)] == [True, True]
    assert [is_signed_with(one, secret) for secret in (new, old)] == [True, False]


def test_a_ping(subscribed: Subscribed) -> None:
    sent = ping(subscribed.shop, subscribed.id)
    assert (sent["eventType"], sent["state"], sent["webhookId"]) == ("webhook.ping", "waiting", subscribed.id)
    subscribed.run_jobs()
    (received,) = subscribed.sent
    body = json.loads(received.body)
    assert (body["id"], body["type"], body["data"]) == (sent["eventId"], "webhook.ping", {})
    assert body["aggregate"] == {"type": "webhook", "id": subscribed.id, "seq": 0}
    assert read_delivery(subscribed.shop, sent["id"])["state"] == "delivered"


def test_a_ping_is_tried_once_and_judges_nobody(subscribed: Subscribed) -> None:
    subscribed.answers(status(500))
    sent = [ping(subscribed.shop, subscribed.id)["id"] for _ in range(6)]
    subscribed.run_jobs()
    assert len(subscribed.sent) == 6
    assert {read_delivery(subscribed.shop, each)["state"] for each in sent} == {"failed"}
    judged = subscribed.endpoint()
    assert (judged["isActive"], judged["deadDeliveries"], judged["failingSince"]) == (True, 0, None)


def test_an_endpoint_that_is_off_can_be_pinged(subscribed: Subscribed) -> None:
    edit_webhook(subscribed.shop, subscribed.id, isActive=False)
    sent = ping(subscribed.shop, subscribed.id)
    subscribed.run_jobs()
    assert read_delivery(subscribed.shop, sent["id"])["state"] == "delivered"
