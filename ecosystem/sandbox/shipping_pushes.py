"""What an app is told about its orders: shipped, settled, or still to ship after two days.

Source: mini-program, order shipping management, "message push".
"""

from enum import IntEnum
from typing import Any

from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.shipments import DAY_S, Shipment
from ecosystem.sandbox.state import State

REMINDED_AFTER_S = 2 * DAY_S
SETTLEMENT = "trade_manage_order_settlement"


class ConfirmMethod(IntEnum):
    """confirm_receive_method of the settlement push; community reports have the two the other way round."""

    AUTOMATIC = 1
    MANUAL = 2


def tell_of_shipping(state: State, shipment: Shipment) -> None:
    """Push the first settlement event: money will move, once the receipt is confirmed."""
    estimate = {"estimated_settlement_time": int(shipment.settled_at)}
    state.push(shipment.order.account, {**_shipped(SETTLEMENT, shipment), **estimate})


def await_settlement(state: State, shipment: Shipment) -> None:
    """Have the second settlement event pushed when money moves, as things stand."""
    state.agenda.add(shipment.settled_at, lambda: _tell_of_settlement(state, shipment))


def await_shipping(state: State, order: Order) -> None:
    """Have the app reminded of a paid order in two days, if it has a push URL by now."""
    if order.account.appid in state.push_targets:
        state.agenda.add(order.paid_at + REMINDED_AFTER_S, lambda: _remind_of_shipping(state, order))


def _tell_of_settlement(state: State, shipment: Shipment) -> None:
    """Push, unless the moment has moved since, the money went back, or this was told before."""
    if shipment.settlement_told or state.clock.now() < shipment.settled_at or state.is_refunded(shipment.order):
        return
    shipment.settlement_told = True
    by_hand = shipment.confirmed_by_user_at is not None
    settled = {
        "confirm_receive_method": ConfirmMethod.MANUAL if by_hand else ConfirmMethod.AUTOMATIC,
        "confirm_receive_time": int(shipment.confirmed_at),
        "settlement_time": int(shipment.settled_at),
    }
    state.push(shipment.order.account, {**_shipped(SETTLEMENT, shipment), **settled})


def _remind_of_shipping(state: State, order: Order) -> None:
    if state.shipments.of(order).finish_count or state.is_refunded(order):
        return
    if state.shipments.has_shipped(order.account):
        event = _paid("trade_manage_remind_shipping", order)
        state.push(order.account, {**event, "msg": "订单已超过48小时未发货，请尽快发货"})


def _shipped(name: str, shipment: Shipment) -> dict[str, Any]:
    return {**_paid(name, shipment.order), "shipped_time": int(shipment.finished_at)}


def _paid(name: str, order: Order) -> dict[str, Any]:
    return {
        "FromUserName": order.params["payer"]["openid"],
        "Event": name,
        "transaction_id": order.transaction_id,
        "merchant_id": order.account.mchid,
        "sub_merchant_id": "",
        "merchant_trade_no": order.out_trade_no,
        "pay_time": int(order.paid_at),
    }
