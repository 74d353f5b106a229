"""What must stay inside stays inside: logs, answers and the database of a whole shop are searched for it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bson import json_util
from flask import Flask, Response, request_finished

from config.settings import Settings
from src.utils.logging import configure_logging
from tests.factories.contents import contents
from tests.factories.shop import Shop, refused
from tests.factories.whole_shop import WholeShop
from tests.guards.known_secrets import found_in, keys, people, tokens


@pytest.fixture
def log(app: Flask, settings: Settings) -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative level, through the real pipeline."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers = root.handlers
    configure_logging("DEBUG", "json")
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield stream
    configure_logging(settings.log_level, settings.log_format)
    root.handlers = handlers


@pytest.fixture
def whole(shop: Shop) -> WholeShop:
    return WholeShop.open(shop)


def test_the_search_finds_what_is_there(whole: WholeShop) -> None:
    whole.walk()
    everything = keys(whole) | tokens(whole) | people(whole)
    assert len(set(everything.values())) == len(everything)
    assert found_in(" ".join(everything.values()), everything) == list(everything)


def test_logs_hold_no_secret_and_no_person(whole: WholeShop, log: io.StringIO) -> None:
    _outages(whole)
    whole.walk()
    lines = log.getvalue()
    assert found_in(lines, keys(whole) | tokens(whole) | people(whole)) == []
    events = [json.loads(line) for line in lines.splitlines()]
    assert {"request", "wechat_failed", "notification_refused", "prepay_unknown"} <= {line["event"] for line in events}


def test_a_request_line_says_who_and_where(whole: WholeShop, log: io.StringIO) -> None:
    answer = whole.buyer.get("/api/orders")
    (line,) = [json.loads(text) for text in log.getvalue().splitlines() if '"event": "request"' in text]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["caller"], line["store"]) == (f"user:{whole.buyer.id}", "main")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/orders", 200)


def test_answers_hold_no_key_and_no_openid(whole: WholeShop) -> None:
    with _listening(whole.shop.app) as answers:
        _outages(whole)
        whole.walk()
    assert len(answers) > 50
    openid = {"openid": people(whole)["openid"]}
    assert found_in("\n".join(answers), keys(whole) | openid) == []


def test_the_database_holds_no_key_and_no_token_in_clear(whole: WholeShop) -> None:
    whole.walk()
    dump = json_util.dumps(contents(), ensure_ascii=False)
    assert found_in(dump, keys(whole) | tokens(whole)) == []
    assert "BEGIN PRIVATE KEY" not in dump


def _outages(whole: WholeShop) -> None:
    """Lets each call to WeChat fail once."""
    shop, buyer = whole.shop, whole.shop.buyer()
    for endpoint, kind in (("code2session", "garbage"), ("phone_number", "html"), ("prepay", "reset_after")):
        shop.control("faults", {"endpoint": endpoint, "kind": kind, "times": 1})
    refused(shop.login(whole.buyer.wechat_user), 50301)
    refused(buyer.post("/api/auth/phone", {"code": "0" * 32}), 50301)
    refused(buyer.pay(buyer.placed((shop.sku(), 1))["id"]), 50301)


@contextmanager
def _listening(app: Flask) -> Iterator[list[str]]:
    answers: list[str] = []

    def note(sender: Flask, response: Response, **extra: Any) -> None:
        if not response.direct_passthrough:
            answers.append(f"{response.headers}\n{response.get_data().decode(errors='replace')}")  # pictures too

    with request_finished.connected_to(note, app):
        yield answers
