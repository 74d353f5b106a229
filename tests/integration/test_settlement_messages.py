"""WeChat says that a receipt is confirmed, and when it pays the money out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.orders import Order
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import run_jobs
from tests.factories.messages import (
    events_in_inbox,
    pushed,
    take_messages,
)
from tests.factories.shipments import SF, ship, shipped_order, stored, wechat_shipping
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import pass_time, transaction_at_wechat

CONFIRMED_AT, SETTLED_AT = 1_795_250_000, 1_795_250_002


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


def test_a_confirmed_receipt_completes_the_order(secure: Shop) -> None:
    buyer, order = shipped(secure)
    assert pushed(secure, settlement(secure, order)) == [200]
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


def test_wechat_itself_completes_what_its_user_confirms(secure: Shop, services: Services, clock: MovableClock) -> None:
    buyer = secure.buyer()
    order = shipped_order(buyer, secure.sku(), clock, SF)
    run_jobs(services)
    receipt = {"outTradeNo": order["orderNo"], "appid": secure.appid}
    secure.control(f"users/{buyer.wechat_user}/confirm-receipt", receipt)
    pass_time(secure, clock, 3)
    assert buyer.read_order(order["id"])["status"] == "completed"
    assert wechat_shipping(secure, order["id"])["settledAt"] is not None
    events = [event for event, _, _ in events_in_inbox()]
    assert events == ["trade_manage_order_settlement"] * 2
