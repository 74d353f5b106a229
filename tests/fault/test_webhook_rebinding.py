"""Where a delivery really goes: names are asked anew each time, once, and trusted no further than their address."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.connection import database
from src.models.transaction import Transactions
from src.services.accounts.callers import StaffMember
from src.services.jobs.running import Running
from src.services.webhooks.endpoints import NewWebhook
from src.services.webhooks.sending import Limits
from src.services.webhooks.wiring import Webhooks, wire_webhooks
from src.utils.encryption import FieldCipher
from src.utils.permissions import Role
from tests.factories.certificates import Authority
from tests.factories.jobs import jobs_of, tick
from tests.factories.receivers import Answer, drops, running_receiver, silence, status
from tests.factories.webhooks import KIND, Subscribed, deliveries_of

HOST = "erp.example.com"
PUBLIC = "93.184.215.14"


class Names:
    """A name server that answers what a test says, and counts."""

    def __init__(self) -> None:
        self.addresses: Sequence[str] = ["127.0.0.1"]
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses


@dataclass
class Apart:
    """Webhooks of the subscribed shop with a name server, a trusted authority and little time of their own."""

    subscribed: Subscribed
    settings: Settings
    authority: Authority
    names: Names

    def webhooks(self, *, allow_private: bool) -> Webhooks:
        return wire_webhooks(
            stores=self.subscribed.services.stores,
            cipher=FieldCipher(self.settings.encryption_keys.keys),
            transactions=Transactions(timeout_s=5),
            clock=self.subscribed.clock,
            allow_private=allow_private,
            resolve=self.names,
            limits=Limits(connect_s=0.5, read_s=0.4, total_s=0.8),
            tls=self.authority.client_context(),
        )

    def place_order(self) -> None:
        """Has a new order's deliveries waiting."""
        self.subscribed.buyer.placed((self.subscribed.sku, 1))
        tick(self.subscribed.services, "dispatch_events")

    def run_jobs(self, *, allow_private: bool) -> None:
        """Makes one attempt at every delivery."""
        handler = self.webhooks(allow_private=allow_private).handler
        running = Running(handlers={KIND: handler}, clock=self.subscribed.clock, lease=timedelta(minutes=5))
        for job in jobs_of(KIND):
            running.run(job.id)

    def move(self, url: str) -> None:
        """Gives the endpoint a URL whose name only `names` knows."""
        database()["webhook_endpoints"].update_one({"_id": ObjectId(self.subscribed.id)}, {"$set": {"url": url}})


@pytest.fixture
def apart(subscribed: Subscribed, settings: Settings, tmp_path: Path) -> Apart:
    return Apart(subscribed, settings, Authority.create(tmp_path), Names())


def test_the_name_is_asked_once_and_what_it_said_is_connected_to(apart: Apart) -> None:
    port = apart.subscribed.receiver.port
    apart.move(f"http://{HOST}:{port}/hooks")
    apart.place_order()
    apart.run_jobs(allow_private=True)
    (received,) = apart.subscribed.sent
    assert received.headers["Host"] == f"{HOST}:{port}"
    assert apart.names.asked == [HOST]
    assert apart.subscribed.delivery()["state"] == "delivered"


def test_over_tls_the_certificate_is_the_names(apart: Apart) -> None:
    apart.place_order()
    with running_receiver(tls=apart.authority.server_context("other.example.com")) as impostor:
        apart.move(f"https://{HOST}:{impostor.port}/hooks")
        apart.run_jobs(allow_private=True)
        assert impostor.received == []
    with running_receiver(tls=apart.authority.server_context(HOST)) as genuine:
        apart.move(f"https://{HOST}:{genuine.port}/hooks")
        apart.subscribed.advance(seconds=31)
        apart.run_jobs(allow_private=True)
        assert len(genuine.received) == 1
    first, second = apart.subscribed.delivery()["attempts"]
    assert (first["status"], first["failure"].partition(":")[0]) == (None, "certificate refused")
    assert (second["status"], second["failure"]) == (204, "")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:169.254.169.254"]])
def test_a_name_that_moves_inside_is_not_followed(apart: Apart, addresses: list[str]) -> None:
    shop = apart.subscribed.shop
    staff = StaffMember(shop.store_id, ObjectId(), "session", Role.OWNER)
    apart.names.addresses = [PUBLIC]
    wanted = NewWebhook(f"https://{HOST}:8443/hooks", ["order.*"])
    endpoint = apart.webhooks(allow_private=False).endpoints.create(staff, wanted).endpoint
    apart.names.addresses = addresses
    apart.place_order()
    apart.run_jobs(allow_private=False)
    (delivery,) = deliveries_of(shop, str(endpoint.id))
    assert delivery["state"] == "waiting"
    assert [each["failure"] for each in delivery["attempts"]] == ["The host is not at a public address."]


def test_what_development_allowed_is_refused_in_production(apart: Apart) -> None:
    apart.place_order()
    apart.run_jobs(allow_private=False)
    assert apart.subscribed.sent == []
    assert apart.subscribed.delivery()["attempts"][0]["failure"] == "Must be an https address."


@pytest.mark.parametrize("answer", [silence, drops(b""), drops(b"HTTP/1.1 200 OK\r\nX: ")])
def test_a_receiver_that_does_not_answer_holds_nobody(apart: Apart, answer: Answer) -> None:
    apart.subscribed.answers(answer)
    apart.place_order()
    began = time.monotonic()
    apart.run_jobs(allow_private=True)
    assert time.monotonic() - began < 3
    delivery = apart.subscribed.delivery()
    (attempt,) = delivery["attempts"]
    assert (delivery["state"], attempt["status"], attempt["failure"]) == ("waiting", None, "no answer in time")
    assert 300 <= attempt["durationMs"] < 1_500


def test_a_redirect_is_a_failure(subscribed: Subscribed) -> None:
    with running_receiver() as inside:
        subscribed.answers(status(302, Location=inside.url))
        subscribed.order()
        assert inside.received == []
    delivery = subscribed.delivery()
    assert (delivery["state"], delivery["attempts"][0]["status"]) == ("waiting", 302)


def test_of_a_huge_answer_the_beginning_is_kept(subscribed: Subscribed) -> None:
    subscribed.answers(status(200, b"x" * 1_000_000))
    subscribed.order()
    assert subscribed.delivery()["attempts"][0]["answer"] == "x" * 2_048
