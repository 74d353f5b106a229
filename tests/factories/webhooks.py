"""Webhook endpoints of a shop under test, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from src.middleware.context import services
from src.models.connection import database
from src.services.registry import Services
from src.services.webhooks.retrying import MAX_TRIES
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.receivers import Answer, Received, Receiver
from tests.factories.shop import Buyer, Shop, data_of

PATH = "/api/merchant/webhooks"
NOWHERE = "http://127.0.0.1:9/hooks"
KIND = "webhook.deliver"


def add_webhook(shop: Shop, url: str = NOWHERE, events: Sequence[str] = ("*",), **values: Any) -> dict[str, Any]:
    """Returns the data of a new endpoint, with its secret beside it as `secret`."""
    added = data_of(shop.staff().post(PATH, {"url": url, "events": list(events), **values}), 201)
    return {**added["webhook"], "secret": added["secret"]}


def read_webhook(shop: Shop, webhook_id: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(shop.staff().get(f"{PATH}/{webhook_id}"), 200)
    return found


def edit_webhook(shop: Shop, webhook_id: str, **values: Any) -> dict[str, Any]:
    edited: dict[str, Any] = data_of(shop.staff().put(f"{PATH}/{webhook_id}", values), 200)
    return edited


def deliveries_of(shop: Shop, webhook_id: str, **query: Any) -> list[dict[str, Any]]:
    """Returns the log of the endpoint with all details, the oldest first."""
    listed = data_of(shop.staff().get(f"{PATH}/{webhook_id}/deliveries", size="50", **query), 200)["list"]
    return [read_delivery(shop, each["id"]) for each in reversed(listed)]


def read_delivery(shop: Shop, delivery_id: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(shop.staff().get(f"{PATH}/deliveries/{delivery_id}"), 200)
    return found


def redeliver(shop: Shop, delivery_id: str) -> TestResponse:
    return shop.staff().post(f"{PATH}/deliveries/{delivery_id}/redeliver")


def ping(shop: Shop, webhook_id: str) -> dict[str, Any]:
    """Returns the delivery of a new ping."""
    sent: dict[str, Any] = data_of(shop.staff().post(f"{PATH}/{webhook_id}/ping"), 202)
    return sent


def rotate(shop: Shop, webhook_id: str) -> str:
    """Returns the endpoint's new secret."""
    return str(data_of(shop.staff().post(f"{PATH}/{webhook_id}/rotate-secret"), 200)["secret"])


def is_signed_with(received: Received, secret: str) -> bool:
    """Returns whether one of the request's signatures is made with this secret."""
    timestamp = received.headers["Minimall-Signature"].partition(",")[0].removeprefix("t=")
    content = timestamp.encode() + b"." + received.body
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest() in received.signatures


def walk_webhooks(shop: Shop) -> str:
    """Calls every operation on webhooks once; returns the secret of the endpoint that is left, which is off."""
    gone = add_webhook(shop)
    data_of(shop.staff().delete(f"{PATH}/{gone['id']}"), 200)
    webhook_id = add_webhook(shop, description="ERP")["id"]
    assert [each["id"] for each in data_of(shop.staff().get(PATH), 200)["list"]] == [webhook_id]
    sent = ping(shop, webhook_id)
    run_ping(shop)
    assert [each["state"] for each in deliveries_of(shop, webhook_id)] == ["failed"]
    data_of(redeliver(shop, sent["id"]), 202)
    edit_webhook(shop, webhook_id, isActive=False)
    assert not read_webhook(shop, webhook_id)["isActive"]
    return rotate(shop, webhook_id)


def run_ping(shop: Shop) -> None:
    """Runs the only delivery there is."""
    (job,) = jobs_of(KIND)
    with shop.app.app_context():
        services().jobs.running.run(job.id)


@dataclass
class Subscribed:
    """A shop whose orders are told to a receiver."""

    shop: Shop
    services: Services
    clock: MovableClock
    receiver: Receiver
    buyer: Buyer
    sku: dict[str, Any]
    id: str
    secret: str

    @classmethod
    def open(cls, shop: Shop, services: Services, clock: MovableClock, receiver: Receiver) -> Subscribed:
        webhook = add_webhook(shop, receiver.url, ["order.*"])
        return cls(shop, services, clock, receiver, shop.buyer(), shop.sku(stock=100), webhook["id"], webhook["secret"])

    @property
    def sent(self) -> list[Received]:
        return self.receiver.received

    def answers(self, *answers: Answer) -> None:
        """From now on the receiver answers these in turn, and the last one for ever; without any it is content."""
        self.receiver.answers = list(answers)

    def order(self) -> dict[str, Any]:
        """Places an order and runs the jobs."""
        placed = self.buyer.placed((self.sku, 1))
        self.run_jobs()
        return placed

    def run_jobs(self, **later: float) -> None:
        """Runs what is due after that time has passed."""
        if later:
            self.advance(**later)
        run_jobs(self.services)

    def advance(self, **duration: float) -> None:
        """Moves time on; whoever was logged in logs in anew."""
        self.clock.advance(**duration)
        self.shop = replace(self.shop, _staff={})
        self.buyer = self.shop.buyer()

    def use_up_retries(self) -> None:
        """Makes the next attempt at every delivery the last one, and that attempt."""
        database()["webhook_deliveries"].update_many({}, {"$set": {"tries": MAX_TRIES - 1}})
        self.run_jobs(seconds=31)

    def endpoint(self) -> dict[str, Any]:
        return read_webhook(self.shop, self.id)

    def log(self) -> list[dict[str, Any]]:
        return deliveries_of(self.shop, self.id)

    def delivery(self) -> dict[str, Any]:
        """Returns the only delivery."""
        (delivery,) = self.log()
        return delivery


def types_of(requests: Sequence[Received]) -> list[str]:
    """Returns the types of the events that arrived, in their order."""
    return [json.loads(received.body)["type"] for received in requests]
