"""A message of WeChat is applied once and never lost, whoever repeats, forges or interrupts it."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from config.settings import Settings
from src.models.connection import database
from src.models.pushed_messages import PushedMessage
from src.services.orders.orders import Orders
from src.services.registry import Services
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import tick
from tests.factories.messages import events_in_inbox, inbox, post, push_letter, pushed, take_messages
from tests.factories.races import at_once, results, run_before
from tests.factories.shipments import ship, stored
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import transaction_at_wechat
from tests.fault.failpoints import CLOSED_CONNECTION, failing

SETTLEMENT = "trade_manage_order_settlement"


@pytest.fixture
def shop(shop: Shop, settings: Settings) -> Shop:
    """The shop, taking messages in secure mode."""
    take_messages(shop, "secure", public_url=settings.public_url)
    return shop


@pytest.fixture
def order(shop: Shop, buyer: Buyer, sku: dict[str, Any]) -> dict[str, Any]:
    """A shipped order."""
    return ship(shop, shop.paid_order(buyer, (sku, 1))["id"])


@pytest.fixture
def event(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    """Says that the order's receipt is confirmed."""
    return {
        "Event": SETTLEMENT,
        "transaction_id": transaction_at_wechat(shop, order["orderNo"]),
        "confirm_receive_time": 1_795_250_000,
    }


def rows(order: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns the order's history as status and actor."""
    return [(row.target.value, row.actor) for row in stored(order["id"]).history[3:]]


def events_of(order: dict[str, Any], event_type: str) -> int:
    return int(database().events.count_documents({"type": event_type, "data.orderNo": order["orderNo"]}))


def test_fifty_deliveries_at_one_moment_are_one(shop: Shop, order: dict[str, Any], event: dict[str, Any]) -> None:
    letter = push_letter(shop, event)
    answers = results(at_once([partial(post, shop, letter)] * 50, running=16))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert events_in_inbox() == [(SETTLEMENT, "applied", 50)]
    assert (rows(order), events_of(order, "order.completed")) == ([("completed", "wechat")], 1)


def test_fifty_deliveries_one_after_the_other_are_one(shop: Shop, order: dict[str, Any], event: dict[str, Any]) -> None:
    letter = push_letter(shop, event)
    for _ in range(50):
        assert post(shop, letter).status_code == 200
    assert events_in_inbox() == [(SETTLEMENT, "applied", 50)]
    assert (rows(order), events_of(order, "order.completed")) == ([("completed", "wechat")], 1)


def test_a_replay_after_five_minutes_is_refused(shop: Shop, event: dict[str, Any], clock: MovableClock) -> None:
    letter = push_letter(shop, event)
    assert post(shop, letter).status_code == 200
    clock.advance(seconds=302)
    with nothing_changes():
        assert post(shop, letter).status_code == 401


def test_a_body_under_somebody_elses_signature_is_refused(shop: Shop, event: dict[str, Any]) -> None:
    path, _ = push_letter(shop, {"Event": "debug_demo"})
    _, other_body = push_letter(shop, event)
    with nothing_changes():
        assert post(shop, (path, other_body)).status_code == 401


def test_without_encryption_a_signature_is_good_for_one_message(
    shop: Shop, order: dict[str, Any], event: dict[str, Any], settings: Settings
) -> None:
    """The plain signature does not cover the body: whoever has seen one could write a message of his own."""
    take_messages(shop, "plain", public_url=settings.public_url)
    path, body = push_letter(shop, {"Event": "debug_demo"})
    forged = json.dumps({**json.loads(body), **event}).encode()
    assert [post(shop, (path, body)).status_code for _ in range(2)] == [200, 200]
    with nothing_changes():
        assert post(shop, (path, forged)).status_code == 401
    assert (events_in_inbox(), rows(order)) == ([("debug_demo", "ignored", 2)], [])


def test_each_part_of_a_request_is_covered(shop: Shop, event: dict[str, Any]) -> None:
    path, body = push_letter(shop, event)
    route, _, query = path.partition("?")
    given = dict(parse_qsl(query))
    with nothing_changes():
        for name in ("timestamp", "nonce", "msg_signature", "encrypt_type"):
            for value in ("", "1", given[name][:-1], given[name] + "0"):
                altered = f"{route}?{urlencode({**given, name: value})}"
                assert post(shop, (altered, body)).status_code == 401, (name, value)
        for altered_body in (body[:-1], body.replace(b"=", b""), body.replace(b'"Encrypt": "', b'"Encrypt": "AAAA')):
            if altered_body != body:
                assert post(shop, (path, altered_body)).status_code == 401


def test_a_message_whose_handler_fails_is_applied_later(
    shop: Shop,
    order: dict[str, Any],
    event: dict[str, Any],
    services: Services,
    clock: MovableClock,
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Orders, "move", _fails)
        assert pushed(shop, event) == [200]
    assert (events_in_inbox(), rows(order)) == ([(SETTLEMENT, "stored", 1)], [])
    assert tick(services, "apply_messages") == 0
    clock.advance(seconds=31)
    assert tick(services, "apply_messages") == 1
    assert (events_in_inbox(), rows(order)) == ([(SETTLEMENT, "applied", 1)], [("completed", "wechat")])
    assert tick(services, "apply_messages") == 0


def _fails(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("a bug")


def test_a_message_that_never_works_is_kept_for_a_person(
    shop: Shop, event: dict[str, Any], services: Services, clock: MovableClock
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Orders, "move", _fails)
        assert pushed(shop, event) == [200]
        for _ in range(9):
            clock.advance(hours=2)
            assert tick(services, "apply_messages") == 1
    clock.advance(days=1)
    assert tick(services, "apply_messages") == 0
    (message,) = inbox()
    assert (message.state, message.attempts) == ("failed", 10)


def test_a_message_that_breaks_does_not_stop_the_others(
    shop: Shop, order: dict[str, Any], event: dict[str, Any], services: Services, clock: MovableClock
) -> None:
    broken = {"Event": "wxa_media_check", "trace_id": "t", "result": {"suggest": "pass", "label": "many"}}
    assert pushed(shop, broken) == [200]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Orders, "move", _fails)
        assert pushed(shop, event) == [200]
    clock.advance(seconds=31)
    assert tick(services, "apply_messages") == 2
    assert sorted(events_in_inbox()) == [(SETTLEMENT, "applied", 1), ("wxa_media_check", "stored", 1)]
    assert rows(order) == [("completed", "wechat")]


def test_a_worker_that_dies_after_storing_leaves_a_message_that_is_applied_later(
    shop: Shop,
    order: dict[str, Any],
    event: dict[str, Any],
    services: Services,
    clock: MovableClock,
) -> None:
    with failing("findAndModify", failure=CLOSED_CONNECTION, collection="orders"):
        assert pushed(shop, event) == [200]
    assert events_in_inbox() == [(SETTLEMENT, "stored", 1)]
    clock.advance(seconds=31)
    assert tick(services, "apply_messages") == 1
    assert rows(order) == [("completed", "wechat")]


def test_what_cannot_be_stored_is_not_acknowledged(shop: Shop, event: dict[str, Any]) -> None:
    letter = push_letter(shop, event)
    with failing("findAndModify", failure=CLOSED_CONNECTION, collection="wechat_messages"):
        assert post(shop, letter).status_code == 503
    assert inbox() == []
    assert post(shop, letter).status_code == 200
    assert events_in_inbox() == [(SETTLEMENT, "applied", 1)]


def test_a_repeated_delivery_does_not_hurry_a_message_that_failed(
    shop: Shop, order: dict[str, Any], event: dict[str, Any]
) -> None:
    letter = push_letter(shop, event)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Orders, "move", _fails)
        assert post(shop, letter).status_code == 200
    assert post(shop, letter).status_code == 200
    assert (events_in_inbox(), rows(order)) == ([(SETTLEMENT, "stored", 2)], [])


def test_two_sweeps_apply_a_message_once(
    shop: Shop, order: dict[str, Any], event: dict[str, Any], services: Services, clock: MovableClock
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Orders, "move", _fails)
        pushed(shop, event)
    clock.advance(seconds=31)
    results(at_once([partial(tick, services, "apply_messages")] * 8))
    assert (rows(order), events_of(order, "order.completed")) == ([("completed", "wechat")], 1)
    assert inbox()[0].attempts == 2
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("times", range(3))
def test_shopper_and_wechat_confirm_at_one_moment(
    shop: Shop, buyer: Buyer, order: dict[str, Any], event: dict[str, Any], times: int
) -> None:
    letter = push_letter(shop, event)
    answers = results(at_once([partial(post, shop, letter), partial(buyer.post, f"/api/orders/{order['id']}/confirm")]))
    assert [answer.status_code for answer in answers] in ([200, 200], [200, 409])
    assert (len(rows(order)), events_of(order, "order.completed")) == (1, 1)
    assert stored(order["id"]).wechat_shipping.settled_at is not None
    assert_books_balance(shop.store_id)


def test_a_shopper_who_is_faster_is_no_failure(
    shop: Shop, buyer: Buyer, order: dict[str, Any], event: dict[str, Any]
) -> None:
    letter = push_letter(shop, event)
    confirm = partial(data_of_confirming, buyer, order["id"])
    with run_before(Orders, "move", confirm):
        assert post(shop, letter).status_code == 200
    assert events_in_inbox() == [(SETTLEMENT, "applied", 1)]
    assert rows(order) == [("completed", f"user:{buyer.id}")]
    assert stored(order["id"]).wechat_shipping.settled_at is not None


def data_of_confirming(buyer: Buyer, order_id: str) -> None:
    data_of(buyer.post(f"/api/orders/{order_id}/confirm"), 200)


def test_messages_are_kept_for_ninety_days(shop: Shop) -> None:
    (index,) = [
        index for index in PushedMessage.collection().list_indexes() if index.get("expireAfterSeconds") is not None
    ]
    assert (dict(index["key"]), index["expireAfterSeconds"]) == ({"received_at": 1}, 90 * 86_400)
