"""Webhook endpoints: adding, changing, removing them, and who may do that."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from bson import ObjectId, json_util
from flask import Flask

from config.settings import Settings
from src.app import create_app
from src.models.webhooks import WebhookEndpoint
from src.services.registry import Services, build_services
from src.services.webhooks.catalogue import FILTERS
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import contents, nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused
from tests.factories.webhooks import NOWHERE, PATH, add_webhook, ping, read_webhook, rotate

BODY = {"url": NOWHERE, "events": ["order.*"]}


@pytest.fixture(scope="module")
def strict_app(settings: Settings, movable_clock: MovableClock) -> Flask:
    strict = replace(settings, webhooks_allow_private=False)
    return create_app(strict, build_services(strict, movable_clock))


@pytest.fixture
def strict_shop(shop: Shop, strict_app: Flask) -> Shop:
    """The same shop as production serves it, with its owner logged in."""
    strict = replace(shop, app=strict_app, _staff={})
    strict._staff[Role.OWNER] = replace(shop.staff(), shop=strict)
    return strict


def test_adding_one(shop: Shop, clock: MovableClock) -> None:
    added = data_of(shop.staff().post(PATH, {**BODY, "description": " ERP "}), 201)
    assert added["secret"].startswith("mmwh_")
    assert added["webhook"] == {
        "id": added["webhook"]["id"],
        "url": NOWHERE,
        "events": ["order.*"],
        "description": "ERP",
        "isActive": True,
        "disabledReason": "",
        "disabledAt": None,
        "failingSince": None,
        "deadDeliveries": 0,
        "createdAt": added["webhook"]["createdAt"],
        "updatedAt": added["webhook"]["createdAt"],
    }
    assert read_webhook(shop, added["webhook"]["id"]) == added["webhook"]


def test_the_secret_is_shown_once_and_stored_sealed(shop: Shop) -> None:
    webhook = add_webhook(shop)
    ping(shop, webhook["id"])
    new = rotate(shop, webhook["id"])
    answers = [
        shop.staff().get(path).get_data(as_text=True)
        for path in (PATH, f"{PATH}/{webhook['id']}", f"{PATH}/{webhook['id']}/deliveries")
    ]
    dump = json_util.dumps(contents(), ensure_ascii=False)
    for secret in (webhook["secret"], new):
        assert secret not in dump
        assert not any(secret in answer for answer in answers)


def test_a_sealed_secret_belongs_to_its_endpoint(shop: Shop, services: Services) -> None:
    one, two = add_webhook(shop), add_webhook(shop)
    first, second = (WebhookEndpoint.objects.get(id=ObjectId(each["id"])) for each in (one, two))
    keys = services.webhooks.endpoints
    assert keys.signing_secrets(first, now=first.created_at) == [one["secret"]]
    second.secret_sealed = first.secret_sealed
    with pytest.raises(Exception, match="^$") as caught:
        keys.signing_secrets(second, now=first.created_at)
    assert type(caught.value).__name__ == "InvalidTag"


def test_listing_the_oldest_first(shop: Shop) -> None:
    added = [add_webhook(shop, description=str(n))["id"] for n in range(3)]
    data_of(shop.staff().delete(f"{PATH}/{added[0]}"), 200)
    added = [*added[1:], add_webhook(shop)["id"]]
    assert [each["id"] for each in data_of(shop.staff().get(PATH), 200)["list"]] == added


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": NOWHERE}, "events"),
        ({**BODY, "url": ""}, "url"),
        ({**BODY, "url": "nonsense"}, "url"),
        ({**BODY, "url": "ftp://127.0.0.1/"}, "url"),
        ({**BODY, "url": "http://user:password@127.0.0.1/"}, "url"),
        ({**BODY, "url": "http://127.1/"}, "url"),
        ({**BODY, "url": "http://127.0.0.1:9/" + "x" * 500}, "url"),
        ({**BODY, "url": "http://nobody.invalid/"}, "url"),
        ({**BODY, "events": []}, "events"),
        ({**BODY, "events": "order.*"}, "events"),
        ({**BODY, "events": ["order.*", "order.*"]}, "events"),
        ({**BODY, "events": ["order"]}, "events.0"),
        ({**BODY, "events": ["order.paid", "order.pid"]}, "events.1"),
        ({**BODY, "events": ["webhook.ping"]}, "events.0"),
        ({**BODY, "events": [*FILTERS, "*"]}, "events"),
        ({**BODY, "description": "x" * 201}, "description"),
        ({**BODY, "isActive": False}, "isActive"),
        ({**BODY, "secret": "mmwh_mine"}, "secret"),
    ],
)
def test_what_is_no_endpoint(shop: Shop, body: dict[str, Any], field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post(PATH, body), 400)["errors"]) == [field, *(["events"] if body == {} else [])]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://erp.example.com/", "Must be an https address."),
        ("https://erp.example.com:27017/", "The port must be 443 or 8443."),
        ("https://127.0.0.1/", "The host is not at a public address."),
        ("https://169.254.169.254/latest/meta-data", "The host is not at a public address."),
        ("https://[::1]/", "The host is not at a public address."),
        ("https://localhost/", "The host name must have a domain."),
        ("https://2130706433/", "The host must be a name, or an IP address in its usual spelling."),
        ("https://user@erp.example.com/", "Must not hold a user name or password."),
    ],
)
def test_addresses_inside_are_refused_with_the_reason(strict_shop: Shop, url: str, reason: str) -> None:
    owner = strict_shop.staff()
    webhook = add_webhook(strict_shop, "https://1.1.1.1/hooks")
    with nothing_changes():
        for answer in (owner.post(PATH, {**BODY, "url": url}), owner.put(f"{PATH}/{webhook['id']}", {"url": url})):
            assert refused(answer, 400) == {"errors": {"url": [reason]}}


@pytest.mark.parametrize("body", [{}, {"url": "http://127.1/"}, {"events": []}, {"isActive": "no"}, {"isActive": 1}])
def test_what_is_no_change(shop: Shop, body: dict[str, Any]) -> None:
    webhook, owner = add_webhook(shop), shop.staff()
    with nothing_changes():
        refused(owner.put(f"{PATH}/{webhook['id']}", body), 400)


def test_changing_only_what_is_given(shop: Shop, clock: MovableClock) -> None:
    webhook = add_webhook(shop, description="ERP")
    clock.advance(seconds=5)
    path = f"{PATH}/{webhook['id']}"
    changed = data_of(shop.staff().put(path, {"events": ["stock.low"], "isActive": False}), 200)
    expected = {**webhook, "events": ["stock.low"], "isActive": False, "updatedAt": changed["updatedAt"]}
    del expected["secret"]
    assert changed == read_webhook(shop, webhook["id"]) == expected
    assert changed["updatedAt"] > webhook["updatedAt"]
    assert data_of(shop.staff().put(path, {"url": f"{NOWHERE}/2"}), 200)["url"] == f"{NOWHERE}/2"


def test_switching_on_forgets_the_failures(shop: Shop, clock: MovableClock) -> None:
    webhook = add_webhook(shop)
    endpoint = WebhookEndpoint.objects.get(id=ObjectId(webhook["id"]))
    now = clock.now()
    endpoint.note_failure(now=now, given_up=True)
    assert endpoint.switch_off("nothing has arrived for 3 days", now=now)
    off = read_webhook(shop, webhook["id"])
    assert (off["isActive"], off["disabledReason"]) == (False, "nothing has arrived for 3 days")
    since = now.isoformat(timespec="milliseconds")
    assert (off["deadDeliveries"], off["failingSince"], off["disabledAt"]) == (1, since, since)
    on = data_of(shop.staff().put(f"{PATH}/{webhook['id']}", {"isActive": True}), 200)
    assert {name: on[name] for name in ("isActive", "disabledReason", "disabledAt", "failingSince")} == {
        "isActive": True,
        "disabledReason": "",
        "disabledAt": None,
        "failingSince": None,
    }
    assert on["deadDeliveries"] == 0


def test_a_new_url_has_no_failures_but_stays_off(shop: Shop, clock: MovableClock) -> None:
    webhook = add_webhook(shop)
    endpoint = WebhookEndpoint.objects.get(id=ObjectId(webhook["id"]))
    endpoint.note_failure(now=clock.now(), given_up=True)
    endpoint.switch_off("the endpoint answered 410 Gone", now=clock.now())
    moved = data_of(shop.staff().put(f"{PATH}/{webhook['id']}", {"url": f"{NOWHERE}/2"}), 200)
    assert (moved["deadDeliveries"], moved["failingSince"]) == (0, None)
    assert (moved["isActive"], moved["disabledReason"]) == (False, "the endpoint answered 410 Gone")


def test_deleting_one(shop: Shop) -> None:
    webhook, owner = add_webhook(shop), shop.staff()
    assert data_of(owner.delete(f"{PATH}/{webhook['id']}"), 200) is None
    with nothing_changes():
        refused(owner.delete(f"{PATH}/{webhook['id']}"), 404)
        refused(owner.get(f"{PATH}/{webhook['id']}"), 404)
    assert data_of(owner.get(PATH), 200) == {"list": []}


def test_twenty_are_enough(shop: Shop) -> None:
    added, owner = [add_webhook(shop) for _ in range(20)], shop.staff()
    with nothing_changes():
        assert refused(owner.post(PATH, BODY), 40915) == {"limit": 20}
    data_of(owner.delete(f"{PATH}/{added[7]['id']}"), 200)
    add_webhook(shop)
    refused(owner.post(PATH, BODY), 40915)


def test_adding_at_once_stops_at_twenty(shop: Shop) -> None:
    for _ in range(15):
        add_webhook(shop)
    owner = shop.staff()
    answers = results(at_once([partial(owner.post, PATH, BODY)] * 12))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    assert sorted(endpoint.slot for endpoint in WebhookEndpoint.objects) == list(range(1, 21))


def test_each_store_has_twenty_of_its_own(shop: Shop, other_shop: Shop) -> None:
    for _ in range(20):
        add_webhook(shop)
    add_webhook(other_shop)
    assert len(data_of(other_shop.staff().get(PATH), 200)["list"]) == 1


def test_rotating_at_once_loses_no_secret(shop: Shop, services: Services, clock: MovableClock) -> None:
    webhook, owner = add_webhook(shop), shop.staff()
    answers = results(at_once([partial(owner.post, f"{PATH}/{webhook['id']}/rotate-secret")] * 4))
    shown = {data_of(answer, 200)["secret"] for answer in answers} | {webhook["secret"]}
    endpoint = WebhookEndpoint.objects.get(id=ObjectId(webhook["id"]))
    assert set(services.webhooks.endpoints.signing_secrets(endpoint, now=clock.now())) == shown
