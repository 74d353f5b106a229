"""Message push as a test sets it up and speaks it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from src.models.pushed_messages import PushedMessage
from tests.factories.shop import Shop

TOKEN = "MessageToken1"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def take_messages(shop: Shop, mode: str = "secure", *, public_url: str = "http://127.0.0.1:9") -> None:
    """Lets the store take messages, and WeChat know where to push them."""
    secure = mode == "secure"
    shop.configure(push_token=TOKEN, push_aes_key=AES_KEY if secure else None)
    aes_key = {"aesKey": AES_KEY} if secure else {}
    url = public_url + path_of(shop)
    shop.control("push", {"appid": shop.appid, "url": url, "token": TOKEN, "mode": mode, **aes_key})


def path_of(shop: Shop) -> str:
    return f"/api/wechat/messages/{shop.code}"


def push(shop: Shop, event: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
    """Has WeChat push an event now; returns what we answered, per copy."""
    return list(shop.control("push/send", {"appid": shop.appid, "event": event, **how})["answers"])


def pushed(shop: Shop, event: dict[str, Any], **how: Any) -> list[int]:
    return [answer["status"] for answer in push(shop, event, **how)]


def push_letter(shop: Shop, event: dict[str, Any]) -> tuple[str, bytes]:
    """Returns the path with its query and the body of a push without sending it."""
    sent = shop.control("push/send", {"appid": shop.appid, "event": event, "copies": 0})["sent"]
    parts = urlsplit(sent["url"])
    return f"{parts.path}?{parts.query}", sent["body"].encode()


def post(shop: Shop, letter: tuple[str, bytes]) -> TestResponse:
    path, body = letter
    return shop.client.post(path, data=body, content_type="application/json")


def inbox() -> list[PushedMessage]:
    """Returns all stored messages, the oldest first."""
    return [PushedMessage._from_son(raw) for raw in PushedMessage.collection().find().sort("received_at", 1)]


def events_in_inbox() -> list[tuple[str, str, int]]:
    """Returns the event, the state and the deliveries of each stored message."""
    return [(message.event, message.state.value, message.deliveries) for message in inbox()]


def content_of(message: PushedMessage) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(message.content)
    return content
