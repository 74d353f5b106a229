"""WeChat Pay APIv3 for a direct merchant: JSAPI prepay, query, close.

Each function runs under the state's lock, for a merchant whose signature has been verified.
"""

import re
from datetime import datetime
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.fields import Flag, Integer, Items, Object, Text, checked_body
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.notify_urls import check_notify_url
from ecosystem.sandbox.orders import SWEEP_AFTER_S, Order
from ecosystem.sandbox.pay_errors import PayError, param_error
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import User

RFC3339 = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})"
SHORTEST_LIFE_S = 60

GOODS = Object(
    {
        "merchant_goods_id": Text(32, required=True),
        "wechatpay_goods_id": Text(32),
        "goods_name": Text(256),
        "quantity": Integer(1, required=True),
        "unit_price": Integer(0, required=True),
    }
)
STORE = Object(
    {"id": Text(32, required=True), "name": Text(256), "area_code": Text(32), "address": Text(512)},
)
PREPAY = Object(
    {
        "appid": Text(32, required=True),
        "mchid": Text(32, required=True),
        "description": Text(127, required=True),
        "out_trade_no": Text(32, 6, r"[0-9A-Za-z_\-|*]+", required=True),
        "time_expire": Text(64, pattern=RFC3339),
        "attach": Text(128),
        "notify_url": Text(255, required=True),
        "goods_tag": Text(32),
        "support_fapiao": Flag(),
        "amount": Object({"total": Integer(1, required=True), "currency": Text(16, pattern="CNY")}, required=True),
        "payer": Object({"openid": Text(128, required=True)}, required=True),
        "detail": Object({"cost_price": Integer(), "invoice_id": Text(32), "goods_detail": Items(GOODS)}),
        "scene_info": Object({"payer_client_ip": Text(45), "device_id": Text(32), "store_info": STORE}),
        "settle_info": Object({"profit_sharing": Flag()}),
    }
)
CLOSE = Object({"mchid": Text(32, required=True)})


def prepay(state: State, account: Account, request: Request) -> Response:
    """POST /v3/pay/transactions/jsapi: a prepay_id for a new order, or again for the same unpaid one."""
    params = checked_body(request.body, PREPAY)
    _same_merchant(account, params["mchid"])
    check_notify_url(params["notify_url"])
    now = state.clock.now()
    expires_at = _expiry(params.get("time_expire"), now)
    if params["appid"] != account.appid:
        raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")
    payer = state.users.find_by_openid(params["appid"], params["payer"]["openid"])
    if payer is None:
        raise param_error("appid和openid不匹配", "/payer/openid", params["payer"]["openid"])
    order = _reenter(state, account, params, now) or _open(state, account, params, payer, expires_at)
    return json_response({"prepay_id": order.issue_prepay(now)})


def query_by_number(state: State, account: Account, request: Request, out_trade_no: str) -> Response:
    """GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid=…"""
    _check_query(account, request)
    return _shown(state, state.orders.find(account.mchid, out_trade_no))


def query_by_transaction(state: State, account: Account, request: Request, transaction_id: str) -> Response:
    """GET /v3/pay/transactions/id/{transaction_id}?mchid=…"""
    _check_query(account, request)
    return _shown(state, state.orders.find_by_transaction(account.mchid, transaction_id))


def close(state: State, account: Account, request: Request, out_trade_no: str) -> Response:
    """POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close: nothing can be paid from here on."""
    params = checked_body(request.body, CLOSE)
    _same_merchant(account, params["mchid"])
    order = _existing(state.orders.find(account.mchid, out_trade_no))
    if order.transaction_id:
        raise _already_paid()
    order.closed = True
    return Response(204)


def _open(state: State, account: Account, params: dict[str, Any], payer: User, expires_at: float) -> Order:
    order = Order(account, params, payer, state.clock.now(), expires_at)
    state.orders.add(order)
    return order


def _reenter(state: State, account: Account, params: dict[str, Any], now: float) -> Order | None:
    """Return the unpaid order these very parameters opened; None for a new number."""
    order = state.orders.find(account.mchid, params["out_trade_no"])
    if order is None:
        return None
    if order.transaction_id:
        raise _already_paid()
    if order.trade_state(now) == "CLOSED":
        raise PayError(400, "ORDER_CLOSED", "该订单已关闭，请重新下单")
    if _compared(order.params) != _compared(params):
        raise PayError(403, "OUT_TRADE_NO_USED", "商户订单号重复，请检查参数或更换订单号")
    if now >= order.expires_at:
        raise PayError(400, "INVALID_REQUEST", "该订单已过期，请重新下单")
    return order


def _compared(params: Any) -> dict[str, Any]:
    """Leave out what only the first call can set."""
    return {name: value for name, value in params.items() if name != "time_expire"}


def _shown(state: State, order: Order | None) -> Response:
    return json_response(_existing(order).transaction(state.clock.now()))


def _existing(order: Order | None) -> Order:
    if order is None:
        raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def _already_paid() -> PayError:
    return PayError(400, "ORDERPAID", "该订单已支付")


def _same_merchant(account: Account, mchid: str) -> None:
    if mchid != account.mchid:
        raise param_error("Http头Authorization值中的mchid与请求中的mchid不一致", "/mchid", mchid)


def _check_query(account: Account, request: Request) -> None:
    mchid = request.query.get("mchid")
    if mchid is None:
        raise param_error("此字段为必填项", "/mchid", None, "query")
    if mchid != account.mchid:
        raise param_error("Http头Authorization值中的mchid与请求中的mchid不一致", "/mchid", mchid, "query")


def _expiry(time_expire: str | None, now: float) -> float:
    """Return when payability ends: at least a minute, at most seven days from now."""
    latest = now + SWEEP_AFTER_S
    if time_expire is None:
        return latest
    try:
        asked = datetime.fromisoformat(re.sub("Z$", "+00:00", time_expire)).timestamp()
    except ValueError:
        raise param_error("时间格式应为RFC 3339", "/time_expire", time_expire) from None
    return min(max(asked, now + SHORTEST_LIFE_S), latest)
