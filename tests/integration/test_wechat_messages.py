"""The URL that WeChat pushes messages to."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from config.settings import Settings
from src.models.stores import Store
from src.services.wechat.message_push import signature_of
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.messages import (
    AES_KEY,
    TOKEN,
    content_of,
    events_in_inbox,
    inbox,
    path_of,
    post,
    push,
    push_letter,
    pushed,
    take_messages,
)
from tests.factories.shipments import stored
from tests.factories.shop import Shop

REMINDER = {"Event": "trade_manage_remind_shipping", "merchant_trade_no": "20261120"}


@pytest.fixture(params=["plain", "secure"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def listening(shop: Shop, settings: Settings, mode: str) -> Shop:
    """A shop that takes messages in one of the modes."""
    take_messages(shop, mode, public_url=settings.public_url)
    return shop


@pytest.fixture
def secure(shop: Shop, settings: Settings) -> Shop:
    take_messages(shop, "secure", public_url=settings.public_url)
    return shop


def test_wechat_verifies_the_url(listening: Shop) -> None:
    assert listening.control("push/verify", {"appid": listening.appid})["verified"] is True


def test_the_echo_is_plain_text(listening: Shop) -> None:
    path, _ = push_letter(listening, REMINDER)
    answer = listening.client.get(f"{path}&echostr=4375120948345356249")
    assert (answer.status_code, answer.get_data()) == (200, b"4375120948345356249")
    assert answer.mimetype == "text/plain"


def test_a_message_is_stored_and_acknowledged(listening: Shop) -> None:
    assert push(listening, {"Event": "debug_demo", "debug_str": "你好"}) == [
        {"status": 200, "body": "success", "error": None}
    ]
    (message,) = inbox()
    assert (message.event, message.state, message.store_id) == ("debug_demo", "ignored", listening.store_id)
    assert content_of(message)["debug_str"] == "你好"


@pytest.mark.parametrize("flaw", ["forged", "stale", "garbled"])
def test_a_message_that_is_not_wechats_leaves_nothing(listening: Shop, flaw: str) -> None:
    with nothing_changes():
        assert push(listening, REMINDER, flaw=flaw) == [{"status": 401, "body": "refused", "error": None}]


def test_a_message_of_another_store_leaves_nothing(listening: Shop, other_shop: Shop, settings: Settings) -> None:
    take_messages(other_shop, "secure", public_url=settings.public_url)
    path, body = push_letter(other_shop, REMINDER)
    misdirected = path.replace(path_of(other_shop), path_of(listening))
    with nothing_changes():
        assert post(listening, (misdirected, body)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_store_without_a_token_takes_no_messages(shop: Shop, method: str) -> None:
    with nothing_changes():
        for path in (path_of(shop), "/api/wechat/messages/nobody", "/api/wechat/messages/$ne"):
            assert shop.client.open(path, method=method).status_code == 404


def test_nothing_at_all_is_refused(listening: Shop) -> None:
    with nothing_changes():
        assert listening.client.get(path_of(listening)).status_code == 401
        assert listening.client.post(path_of(listening)).status_code == 401


def test_xml_is_answered_with_what_to_change(listening: Shop) -> None:
    path, _ = push_letter(listening, REMINDER)
    with nothing_changes():
        answer = listening.client.post(path, data=b"<xml/>", content_type="text/xml")
    assert (answer.status_code, answer.get_data(as_text=True)) == (415, "only JSON is understood")


def test_with_a_key_no_plain_message_is_taken(shop: Shop, settings: Settings) -> None:
    take_messages(shop, "plain", public_url=settings.public_url)
    letter = push_letter(shop, REMINDER)
    shop.configure(push_token=TOKEN, push_aes_key=AES_KEY)
    with nothing_changes():
        assert post(shop, letter).status_code == 401


def test_keys_of_messages_are_sealed(secure: Shop) -> None:
    stored_store = Store.collection().find_one({"_id": secure.store_id})
    assert stored_store is not None
    assert TOKEN not in str(stored_store)
    assert AES_KEY not in str(stored_store)


def test_a_reminder_is_only_counted(secure: Shop) -> None:
    order = secure.paid_order(secure.buyer(), (secure.sku(), 1))
    before = stored(order["id"])
    assert pushed(secure, REMINDER) == [200]
    assert events_in_inbox() == [("trade_manage_remind_shipping", "applied", 1)]
    assert stored(order["id"]) == before
    metrics = secure.client.get("/metrics").get_data(as_text=True)
    assert 'minimall_wechat_messages_total{event="trade_manage_remind_shipping",result="applied"}' in metrics


@pytest.mark.parametrize("event", ["trade_manage_remind_access_api", "wxa_trade_controlled"])
def test_a_warning_is_kept_and_logged_with_its_store(secure: Shop, event: str) -> None:
    with capture_logs() as lines:
        assert pushed(secure, {"Event": event}) == [200]
    assert events_in_inbox() == [(event, "applied", 1)]
    (line,) = [line for line in lines if line["event"] == "wechat_warns"]
    assert (line["log_level"], line["store"], line["event_name"]) == ("error", secure.code, event)


def signed(secure: Shop, clock: MovableClock, nonce: str) -> dict[str, str]:
    """Returns a query that WeChat has signed; in plain mode nothing ties it to a body."""
    timestamp = str(int(clock.now().timestamp()))
    return {"timestamp": timestamp, "nonce": nonce, "signature": signature_of(TOKEN, timestamp, nonce)}


@pytest.fixture
def plain(shop: Shop, settings: Settings) -> Shop:
    take_messages(shop, "plain", public_url=settings.public_url)
    return shop


def test_the_signature_of_a_url_check_is_good_for_no_message(plain: Shop, clock: MovableClock) -> None:
    """It stands in access logs."""
    query = signed(plain, clock, "123456")
    for _ in range(2):
        answer = plain.client.get(path_of(plain), query_string={**query, "echostr": "abc"})
        assert (answer.status_code, answer.get_data()) == (200, b"abc")
    with nothing_changes():
        assert plain.client.post(path_of(plain), query_string=query, data=json.dumps(REMINDER)).status_code == 401
    another = signed(plain, clock, "654321")
    assert plain.client.post(path_of(plain), query_string=another, data=json.dumps(REMINDER)).status_code == 200


@pytest.mark.parametrize("name", ["Event", "MsgType"])
def test_a_name_that_is_no_text_is_kept_all_the_same(plain: Shop, clock: MovableClock, name: str) -> None:
    body = f'{{"{name}": "a\\ud800"}}'
    assert plain.client.post(path_of(plain), query_string=signed(plain, clock, "1"), data=body).status_code == 200
    assert events_in_inbox() == [("a?", "ignored", 1)]
