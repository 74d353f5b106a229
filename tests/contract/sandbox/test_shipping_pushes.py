"""What an app is pushed about its orders: shipped, settled, still to ship."""

from collections.abc import Callable

import pytest

from tests.contract.sandbox.client import Control, Merchant
from tests.contract.sandbox.push_backend import PushBackend


def test_shipping_and_settlement_are_told_apart(
    control: Control, plain: PushBackend, user: str, openid: str, shipped: Callable[..., str]
) -> None:
    number = shipped()
    control.advance(0)
    control.post(f"users/{user}/confirm-receipt", outTradeNo=number)
    control.advance(2)
    first, second = plain.events
    common = {
        "FromUserName": openid,
        "Event": "trade_manage_order_settlement",
        "transaction_id": control.order(number)["transactionId"],
        "merchant_trade_no": number,
    }
    for event in (first, second):
        assert {name: event[name] for name in common} == common
    assert first["estimated_settlement_time"] - first["shipped_time"] in (864001, 864002, 864003)
    assert not first.keys() & {"confirm_receive_method", "confirm_receive_time", "settlement_time"}
    assert "estimated_settlement_time" not in second
    assert second["confirm_receive_method"] == 2
    assert second["settlement_time"] - second["confirm_receive_time"] in (1, 2, 3)


def test_settlement_comes_by_itself_once(control: Control, plain: PushBackend, shipped: Callable[..., str]) -> None:
    shipped()
    control.advance(30 * 24 * 3600)
    assert [event.get("confirm_receive_method") for event in plain.events] == [None, 1]


@pytest.mark.parametrize(("ways", "days"), [((1, 3), 2), ((3, 1), 10)])
def test_settlement_goes_by_the_latest_upload(
    control: Control, plain: PushBackend, shipped: Callable[..., str], ways: tuple[int, int], days: int
) -> None:
    shipped(*ways)
    control.advance(days * 24 * 3600 - 60)
    assert len(plain.received) == 1
    control.advance(120)
    control.advance(30 * 24 * 3600)
    assert [event.get("confirm_receive_method") for event in plain.events] == [None, 1]


def test_what_was_refunded_is_not_settled(
    control: Control, plain: PushBackend, merchant: Merchant, shipped: Callable[..., str]
) -> None:
    merchant.refund(merchant.refund_of(shipped(), 100))
    control.advance(30 * 24 * 3600)
    assert len(plain.received) == 1


def test_a_confirmed_order_is_settled_once(
    control: Control, plain: PushBackend, user: str, shipped: Callable[..., str]
) -> None:
    number = shipped()
    control.post(f"users/{user}/confirm-receipt", outTradeNo=number)
    control.advance(30 * 24 * 3600)
    assert [event.get("confirm_receive_method") for event in plain.events] == [None, 2]


def test_an_order_unshipped_for_two_days_is_remembered(
    control: Control, plain: PushBackend, pay: Callable[..., str], shipped: Callable[..., str]
) -> None:
    shipped()
    waiting = pay()
    control.advance(48 * 3600 - 10)
    assert len(plain.received) == 1
    control.advance(20)
    [_, reminder] = plain.events
    assert (reminder["Event"], reminder["merchant_trade_no"]) == ("trade_manage_remind_shipping", waiting)
    assert reminder["transaction_id"] == control.order(waiting)["transactionId"]


def test_an_app_that_never_shipped_is_not_reminded(
    control: Control, plain: PushBackend, pay: Callable[..., str]
) -> None:
    pay()
    control.advance(72 * 3600)
    assert plain.received == []
