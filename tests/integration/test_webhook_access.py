"""Who may see and change webhook endpoints and their deliveries."""

from __future__ import annotations

from typing import Any

import pytest

from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused
from tests.factories.webhooks import NOWHERE, PATH, add_webhook, ping

BODY = {"url": NOWHERE, "events": ["order.*"]}


def paths(webhook: dict[str, Any], delivery_id: str) -> list[tuple[str, str, Any]]:
    """Returns each call that names the webhook or its delivery: method, path, body."""
    one, delivery = f"{PATH}/{webhook['id']}", f"{PATH}/deliveries/{delivery_id}"
    return [
        ("GET", one, None),
        ("PUT", one, {"description": "x"}),
        ("DELETE", one, None),
        ("POST", f"{one}/rotate-secret", {}),
        ("POST", f"{one}/ping", {}),
        ("GET", f"{one}/deliveries", None),
        ("GET", delivery, None),
        ("POST", f"{delivery}/redeliver", {}),
    ]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLERK])
def test_only_owners(shop: Shop, role: Role) -> None:
    webhook = add_webhook(shop)
    delivery, member = ping(shop, webhook["id"]), shop.staff(role)
    calls = [("GET", PATH, None), ("POST", PATH, BODY), *paths(webhook, delivery["id"])]
    with nothing_changes():
        for method, path, body in calls:
            answer = shop.client.open(path, method=method, json=body, headers=member.headers)
            refused(answer, 403)


def test_nobody_and_no_shopper(shop: Shop) -> None:
    webhook, buyer = add_webhook(shop), shop.buyer()
    delivery = ping(shop, webhook["id"])
    calls = [("GET", PATH, None), ("POST", PATH, BODY), *paths(webhook, delivery["id"])]
    with nothing_changes():
        for method, path, body in calls:
            for person in (shop.anonymous, buyer):
                refused(shop.client.open(path, method=method, json=body, headers=person.headers), 401)


def test_another_stores_are_not_found(shop: Shop, other_shop: Shop) -> None:
    webhook, stranger = add_webhook(shop), other_shop.staff()
    delivery = ping(shop, webhook["id"])
    with nothing_changes():
        for named in (paths(webhook, delivery["id"]), paths({"id": NOBODYS_ID}, NOBODYS_ID)):
            for method, path, body in named:
                refused(other_shop.client.open(path, method=method, json=body, headers=stranger.headers), 404)
    assert data_of(stranger.get(PATH), 200) == {"list": []}
