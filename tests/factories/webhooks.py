"""Webhook endpoints of a shop under test, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from tests.factories.receivers import Received
from tests.factories.shop import Shop, data_of

PATH = "/api/merchant/webhooks"
NOWHERE = "http://127.0.0.1:9/hooks"


def add_webhook(shop: Shop, url: str = NOWHERE, events: Sequence[str] = ("*",), **values: Any) -> dict[str, Any]:
    """Returns the data of a new endpoint, with its secret beside it as `secret`."""
    added = data_of(shop.staff().post(PATH, {"url": url, "events": list(events), **values}), 201)
    return {**added["webhook"], "secret": added["secret"]}


def read_webhook(shop: Shop, webhook: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data_of(shop.staff().get(f"{PATH}/{webhook['id']}"), 200)
    return found


def deliveries_of(shop: Shop, webhook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """Returns the log of the endpoint with all details, the oldest first."""
    listed = data_of(shop.staff().get(f"{PATH}/{webhook['id']}/deliveries", size="50", **query), 200)["list"]
    return [read_delivery(shop, each["id"]) for each in reversed(listed)]


def read_delivery(shop: Shop, delivery_id: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(shop.staff().get(f"{PATH}/deliveries/{delivery_id}"), 200)
    return found


def ping(shop: Shop, webhook: dict[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = data_of(shop.staff().post(f"{PATH}/{webhook['id']}/ping"), 202)
    return sent


def rotate(shop: Shop, webhook: dict[str, Any]) -> str:
    """Returns the endpoint's new secret."""
    return str(data_of(shop.staff().post(f"{PATH}/{webhook['id']}/rotate-secret"), 200)["secret"])


def is_signed_with(received: Received, secret: str) -> bool:
    """Returns whether one of the request's signatures is made with this secret."""
    timestamp = received.headers["Minimall-Signature"].partition(",")[0].removeprefix("t=")
    content = timestamp.encode() + b"." + received.body
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest() in received.signatures


def types_of(requests: Sequence[Received]) -> list[str]:
    """Returns the types of the events that arrived, in their order."""
    return [json.loads(received.body)["type"] for received in requests]
