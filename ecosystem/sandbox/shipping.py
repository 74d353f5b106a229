"""The order shipping management of mini-programs: upload, queries, reminders.

Source: mini-program, order shipping management.
"""

from collections.abc import Mapping
from math import inf
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.members import required_choice, required_text
from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.posted import authorized, succeeded
from ecosystem.sandbox.shipments import Shipment
from ecosystem.sandbox.shipping_forms import BAD_PARAMETER, EXPRESS, read_upload
from ecosystem.sandbox.shipping_pushes import await_settlement, tell_of_shipping
from ecosystem.sandbox.state import State

LONGEST_PAGE = 100


def upload_shipping_info(state: State, request: Request) -> Response:
    """POST /wxa/sec/order/upload_shipping_info."""
    account, body = authorized(state, request)
    order_key = body.get("order_key")
    number = _order_number(order_key if isinstance(order_key, dict) else {})
    upload = read_upload(body)
    shipment = _visible(state, account, **number)
    _check_payer(body.get("payer"), shipment.order)
    now = state.clock.now()
    if shipment.accept(upload, state.is_refunded(shipment.order), now):
        tell_of_shipping(state, shipment)
    if shipment.finish_count:
        await_settlement(state, shipment)
    return succeeded()


def get_order(state: State, request: Request) -> Response:
    """POST /wxa/sec/order/get_order."""
    account, body = authorized(state, request)
    return succeeded(order=_shown(state, _addressed(state, account, body)))


def get_order_list(state: State, request: Request) -> Response:
    """POST /wxa/sec/order/get_order_list: the latest payment first; last_index is the last transaction_id shown."""
    account, body = authorized(state, request)
    size = body.get("page_size", LONGEST_PAGE)
    if type(size) is not int or not 1 <= size <= LONGEST_PAGE:
        raise MiniProgramError(BAD_PARAMETER)
    orders = [_shown(state, shipment) for shipment in _all_visible(state, account)]
    matching = [order for order in orders if _matches(order, body)]
    rest = matching[_start(matching, body.get("last_index")) :]
    page = rest[:size]
    last_index = page[-1]["transaction_id"] if page else ""
    return succeeded(order_list=page, has_more=len(rest) > size, last_index=last_index)


def notify_confirm_receive(state: State, request: Request) -> Response:
    """POST /wxa/sec/order/notify_confirm_receive: the one reminder an order has, for express only."""
    account, body = authorized(state, request)
    shipment = _addressed(state, account, body)
    if not shipment.finish_count:
        raise MiniProgramError(10060028)
    if shipment.uploads[-1].logistics_type != EXPRESS:
        raise MiniProgramError(10060032)
    if shipment.reminded:
        raise MiniProgramError(10060030)
    received = body.get("received_time")
    if type(received) is not int or not int(shipment.order.paid_at) <= received <= state.clock.now():
        raise MiniProgramError(10060029)
    shipment.reminded = True
    return succeeded()


def set_msg_jump_path(state: State, request: Request) -> Response:
    """POST /wxa/sec/order/set_msg_jump_path."""
    _, body = authorized(state, request)
    if not isinstance(body.get("path"), str) or not body["path"]:
        raise MiniProgramError(BAD_PARAMETER)
    return succeeded()


def is_trade_managed(state: State, request: Request) -> Response:
    """POST /wxa/sec/order/is_trade_managed: every app of the sandbox is."""
    account, body = authorized(state, request)
    if body.get("appid") != account.appid:
        raise MiniProgramError(40013)
    return succeeded(is_trade_managed=True)


def _order_number(key: Mapping[str, Any]) -> dict[str, str]:
    if required_choice(key, "order_number_type", 268485194, 1, 2) == 2:
        return {"transaction_id": required_text(key, "transaction_id", 268485195)}
    mchid, out_trade_no = required_text(key, "mchid", 268485196), required_text(key, "out_trade_no", 268485197)
    return {"mchid": mchid, "out_trade_no": out_trade_no}


def _addressed(state: State, account: Account, body: Mapping[str, Any]) -> Shipment:
    """Return the order a query names by transaction_id, or by merchant and number."""
    if body.get("transaction_id"):
        return _visible(state, account, transaction_id=required_text(body, "transaction_id", 268485195))
    mchid, number = required_text(body, "merchant_id", 268485195), required_text(body, "merchant_trade_no", 268485197)
    return _visible(state, account, mchid=mchid, out_trade_no=number)


def _visible(
    state: State, account: Account, transaction_id: str = "", mchid: str = "", out_trade_no: str = ""
) -> Shipment:
    for shipment in _all_visible(state, account):
        order = shipment.order
        if transaction_id == order.transaction_id or (mchid, out_trade_no) == (account.mchid, order.out_trade_no):
            return shipment
    raise MiniProgramError(10060001)


def _all_visible(state: State, account: Account) -> list[Shipment]:
    """Return the paid orders of the app that have arrived at the shipping management, latest payment first."""
    arrived = state.clock.now() - state.shipments.visible_after_s
    paid = [order for order in state.orders.all() if order.transaction_id and order.account == account]
    seen = sorted((order for order in paid if order.paid_at <= arrived), key=lambda order: -order.paid_at)
    return [state.shipments.of(order) for order in seen]


def _check_payer(payer: Any, order: Order) -> None:
    if not isinstance(payer, dict) or not isinstance(payer.get("openid"), str):
        raise MiniProgramError(BAD_PARAMETER)
    if payer["openid"] != order.params["payer"]["openid"]:
        raise MiniProgramError(10060031)


def _shown(state: State, shipment: Shipment) -> dict[str, Any]:
    return shipment.shown(state.is_refunded(shipment.order), state.clock.now())


def _matches(order: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    earliest, latest = _pay_times(body.get("pay_time_range"))
    if not earliest <= order["pay_time"] <= latest:
        return False
    return all(body.get(name) in (None, order[name]) for name in ("order_state", "openid"))


def _pay_times(given: Any) -> tuple[float, float]:
    limits = {} if given is None else given
    if not isinstance(limits, dict) or any(type(moment) is not int for moment in limits.values()):
        raise MiniProgramError(BAD_PARAMETER)
    return limits.get("begin_time", 0), limits.get("end_time", inf)


def _start(orders: list[dict[str, Any]], last_index: Any) -> int:
    if not last_index:
        return 0
    numbers = [order["transaction_id"] for order in orders]
    if last_index not in numbers:
        raise MiniProgramError(10060011)
    return numbers.index(last_index) + 1
