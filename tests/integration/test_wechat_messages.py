"""Messages that WeChat pushes, and what they do to the shop."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.media_checks import MediaCheck
from src.models.orders import Order
from src.models.stores import Store
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs
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
from tests.factories.shipments import SF, ship, shipped_order, stored, wechat_shipping
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import pass_time, transaction_at_wechat

REMINDER = {"Event": "trade_manage_remind_shipping", "merchant_trade_no": "20261120"}
CONFIRMED_AT, SETTLED_AT = 1_795_250_000, 1_795_250_002


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


def settlement(shop: Shop, order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "Event": "trade_manage_order_settlement",
        "transaction_id": transaction_at_wechat(shop, order["orderNo"]),
        "merchant_id": shop.credentials["mchid"],
        "merchant_trade_no": order["orderNo"],
        "confirm_receive_method": 1,
        "confirm_receive_time": CONFIRMED_AT,
        "settlement_time": SETTLED_AT,
        **changes,
    }


def shipped(shop: Shop) -> tuple[Buyer, dict[str, Any]]:
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    return buyer, ship(shop, order["id"])


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


def test_a_confirmed_receipt_completes_the_order(listening: Shop) -> None:
    buyer, order = shipped(listening)
    assert pushed(listening, settlement(listening, order)) == [200]
    assert buyer.read_order(order["id"])["status"] == "completed"
    completed = stored(order["id"])
    assert (completed.history[-1].actor, len(completed.history)) == ("wechat", 4)
    assert completed.wechat_shipping.settled_at == datetime.fromtimestamp(SETTLED_AT, UTC)


def test_a_settlement_that_is_only_expected_changes_no_order(secure: Shop) -> None:
    _, order = shipped(secure)
    before = stored(order["id"])
    event = settlement(secure, order, estimated_settlement_time=SETTLED_AT)
    for name in ("confirm_receive_time", "settlement_time", "confirm_receive_method"):
        del event[name]
    assert pushed(secure, event) == [200]
    assert stored(order["id"]) == before
    assert events_in_inbox() == [("trade_manage_order_settlement", "ignored", 1)]


def test_a_settlement_finds_the_order_by_its_number_too(secure: Shop) -> None:
    buyer, order = shipped(secure)
    assert pushed(secure, settlement(secure, order, transaction_id="")) == [200]
    assert buyer.read_order(order["id"])["status"] == "completed"


def test_an_order_that_its_shopper_has_confirmed_learns_when_it_was_settled(secure: Shop) -> None:
    buyer, order = shipped(secure)
    data_of(buyer.post(f"/api/orders/{order['id']}/confirm"), 200)
    assert pushed(secure, settlement(secure, order)) == [200]
    assert pushed(secure, settlement(secure, order, settlement_time=SETTLED_AT + 5)) == [200]
    completed = stored(order["id"])
    assert (completed.history[-1].actor, len(completed.history)) == (buyer_subject(buyer), 4)
    assert completed.wechat_shipping.settled_at == datetime.fromtimestamp(SETTLED_AT, UTC)


def buyer_subject(buyer: Buyer) -> str:
    return f"user:{buyer.id}"


def test_an_order_of_an_earlier_release_is_completed_too(secure: Shop) -> None:
    buyer, order = shipped(secure)
    Order.collection().update_one({"_id": ObjectId(order["id"])}, {"$unset": {"wechat_shipping": ""}})
    assert pushed(secure, settlement(secure, order)) == [200]
    assert buyer.read_order(order["id"])["status"] == "completed"
    assert wechat_shipping(secure, order["id"])["status"] == "uploaded"


def test_a_settlement_of_what_was_not_shipped_changes_no_order(secure: Shop) -> None:
    order = secure.paid_order(secure.buyer(), (secure.sku(), 1))
    before = stored(order["id"])
    assert pushed(secure, settlement(secure, order)) == [200]
    assert stored(order["id"]) == before
    assert events_in_inbox() == [("trade_manage_order_settlement", "ignored", 1)]


def test_a_settlement_of_another_store_changes_no_order(secure: Shop, other_shop: Shop) -> None:
    _, order = shipped(other_shop)
    before = stored(order["id"])
    assert pushed(secure, settlement(secure, order)) == [200]
    assert stored(order["id"]) == before


@pytest.mark.parametrize("changes", [{"transaction_id": "42", "merchant_trade_no": "nobody"}, {"transaction_id": {}}])
def test_a_settlement_of_an_unknown_payment_is_ignored(secure: Shop, changes: dict[str, Any]) -> None:
    _, order = shipped(secure)
    event = {**settlement(secure, order), "merchant_trade_no": None, **changes}
    assert pushed(secure, event) == [200]
    assert [state for _, state, _ in events_in_inbox()] == ["ignored"]
    assert stored(order["id"]).status == "shipped"


def test_a_reminder_is_only_counted(secure: Shop) -> None:
    _, order = shipped(secure)
    before = stored(order["id"])
    assert pushed(secure, REMINDER) == [200]
    assert events_in_inbox() == [("trade_manage_remind_shipping", "applied", 1)]
    assert stored(order["id"]) == before
    metrics = secure.client.get("/metrics").get_data(as_text=True)
    assert 'minimall_wechat_messages_total{event="trade_manage_remind_shipping",result="applied"}' in metrics


def media_event(trace_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "Event": "wxa_media_check",
        "trace_id": trace_id,
        "version": 2,
        "errcode": 0,
        "result": {"suggest": "risky", "label": 20002},
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, ("risky", 20002, 0)),
        ({"result": {"suggest": "pass", "label": "100"}}, ("pass", 100, 0)),
        ({"errcode": None}, ("risky", 20002, 0)),
        ({"errcode": -1008, "result": {}}, ("", 0, -1008)),
    ],
)
def test_the_judgement_of_a_picture_is_kept(secure: Shop, changes: dict[str, Any], seen: tuple[Any, ...]) -> None:
    assert pushed(secure, media_event("trace-1", **changes)) == [200]
    check = MediaCheck.find(secure.store_id, "trace-1")
    assert check is not None
    assert (check.suggest, check.label, check.errcode, check.asked_at) == (*seen, None)


@pytest.mark.parametrize("answer_first", [True, False])
def test_question_and_answer_of_a_check_come_in_any_order(
    secure: Shop, clock: MovableClock, answer_first: bool
) -> None:
    subject = ObjectId()

    def ask() -> None:
        MediaCheck.record_asked(
            "t", store_id=secure.store_id, subject="refund", subject_id=subject, url="https://a/b", now=clock.now()
        )

    steps = [ask, lambda: pushed(secure, media_event("t"))]
    for step in reversed(steps) if answer_first else steps:
        step()
    check = MediaCheck.find(secure.store_id, "t")
    assert check is not None
    assert (check.subject_id, check.url, check.suggest) == (subject, "https://a/b", "risky")


def test_another_stores_check_cannot_be_answered(secure: Shop, other_shop: Shop, clock: MovableClock) -> None:
    MediaCheck.record_asked(
        "t", store_id=other_shop.store_id, subject="refund", subject_id=ObjectId(), url="u", now=clock.now()
    )
    assert pushed(secure, media_event("t")) == [200]
    check = MediaCheck.find(other_shop.store_id, "t")
    assert check is not None
    assert (check.suggest, check.answered_at) == (None, None)


@pytest.mark.parametrize("changes", [{"trace_id": None}, {"trace_id": {"$ne": 1}}, {"result": "risky"}])
def test_a_judgement_that_cannot_be_read_is_ignored(secure: Shop, changes: dict[str, Any]) -> None:
    assert pushed(secure, {**media_event("t"), **changes}) == [200]
    assert events_in_inbox() == [("wxa_media_check", "ignored", 1)]


def test_wechat_itself_completes_what_its_user_confirms(secure: Shop, services: Services, clock: MovableClock) -> None:
    buyer = secure.buyer()
    order = shipped_order(buyer, secure.sku(), clock, SF)
    run_jobs(services)
    receipt = {"outTradeNo": out_trade_no(order), "appid": secure.appid}
    secure.control(f"users/{buyer.wechat_user}/confirm-receipt", receipt)
    pass_time(secure, clock, 3)
    assert buyer.read_order(order["id"])["status"] == "completed"
    assert wechat_shipping(secure, order["id"])["settledAt"] is not None
    events = [event for event, _, _ in events_in_inbox()]
    assert events == ["trade_manage_order_settlement"] * 2


def out_trade_no(order: dict[str, Any]) -> str:
    return str(order["orderNo"])
