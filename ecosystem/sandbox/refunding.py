"""WeChat Pay APIv3 for a direct merchant: applying for refunds and asking for them.

Each function runs under the state's lock, for a merchant whose signature has been verified.
Source: WeChat Pay APIv3, "apply for refund", "query refund", "abnormal refund".
"""

from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.events import refund_ended
from ecosystem.sandbox.fields import Integer, Items, Object, Text, checked_body
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.notify_urls import check_notify_url
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.pay_errors import PayError, param_error
from ecosystem.sandbox.refunds import Plan, Refund
from ecosystem.sandbox.state import State

MOST_PER_ORDER = 50
APART_S = 60
WINDOW_S = 365 * 24 * 3600
NUMBER = r"[0-9A-Za-z_\-|*@]+"

GOODS = Object(
    {
        "merchant_goods_id": Text(32, required=True),
        "wechatpay_goods_id": Text(32),
        "goods_name": Text(256),
        "unit_price": Integer(0, required=True),
        "refund_amount": Integer(0, required=True),
        "refund_quantity": Integer(1, required=True),
    }
)
SOURCE = Object(
    {"account": Text(32, pattern="AVAILABLE|UNAVAILABLE", required=True), "amount": Integer(0, required=True)}
)
AMOUNT = Object(
    {
        "refund": Integer(1, required=True),
        "total": Integer(1, required=True),
        "currency": Text(16, pattern="CNY", required=True),
        "from": Items(SOURCE),
    },
    required=True,
)
REFUND = Object(
    {
        "transaction_id": Text(32),
        "out_trade_no": Text(32, 6),
        "out_refund_no": Text(64, pattern=NUMBER, required=True),
        "reason": Text(80),
        "notify_url": Text(256),
        "funds_account": Text(32, pattern="AVAILABLE|UNSETTLED"),
        "amount": AMOUNT,
        "goods_detail": Items(GOODS),
    }
)
ABNORMAL = Object(
    {
        "out_refund_no": Text(64, pattern=NUMBER, required=True),
        "type": Text(32, pattern="USER_BANK_CARD|MERCHANT_BANK_CARD", required=True),
        "bank_type": Text(16),
        "bank_account": Text(1024),
        "real_name": Text(1024),
    }
)


def refund(state: State, account: Account, request: Request) -> Response:
    """POST /v3/refund/domestic/refunds: a new refund, or again the one of the same number and parameters."""
    params = checked_body(request.body, REFUND)
    if "notify_url" in params:
        check_notify_url(params["notify_url"])
    known = state.refunds.find(account.mchid, params["out_refund_no"])
    if known is not None and known.params != params:
        raise _invalid("商户退款单号重复，请检查参数或更换单号")
    accepted = known or _accept(state, _refundable(state, _order(state, account, params), params), params)
    return json_response(accepted.shown())


def query_refund(state: State, account: Account, request: Request, out_refund_no: str) -> Response:
    """GET /v3/refund/domestic/refunds/{out_refund_no}"""
    return json_response(_existing(state.refunds.find(account.mchid, out_refund_no)).shown())


def apply_abnormal(state: State, account: Account, request: Request, refund_id: str) -> Response:
    """POST …/{refund_id}/apply-abnormal-refund: the money takes another way, and arrives as planned."""
    params = checked_body(request.body, ABNORMAL)
    refund = _existing(state.refunds.find_by_id(account.mchid, refund_id))
    if refund.out_refund_no != params["out_refund_no"]:
        raise param_error("微信支付退款单号与商户退款单号不一致", "/out_refund_no", params["out_refund_no"])
    if refund.status != "ABNORMAL":
        raise _invalid("退款单不是异常状态，不能发起异常退款")
    refund.status = "PROCESSING"
    _follow(state, refund, Plan("SUCCESS", state.refund_plans.of(refund.out_refund_no).after_s))
    return json_response(refund.shown())


def end_refund(state: State, refund: Refund, outcome: str) -> None:
    """Let the refund come to its outcome and the merchant hear of it.

    Raises:
        ValueError: It cannot come to that outcome any more; nothing has changed.
    """
    refund.end(outcome, state.clock.now())
    if "notify_url" in refund.params:
        state.announce(refund_ended(refund, refund.params["notify_url"]))


def _order(state: State, account: Account, params: dict[str, Any]) -> Order:
    if ("transaction_id" in params) == ("out_trade_no" in params):
        raise param_error("微信支付订单号和商户订单号二选一", "/transaction_id", params.get("transaction_id"))
    if "transaction_id" in params:
        order = state.orders.find_by_transaction(account.mchid, params["transaction_id"])
    else:
        order = state.orders.find(account.mchid, params["out_trade_no"])
    if order is None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    return order


def _refundable(state: State, order: Order, params: dict[str, Any]) -> Order:
    """Return the order if that much of it can go back now."""
    amount, earlier = params["amount"], state.refunds.of(order)
    if not order.transaction_id:
        raise _invalid("订单未支付，不能退款")
    if amount["total"] != order.total:
        raise _invalid("订单金额与原订单不一致，请检查后再试")
    if amount["refund"] + sum(each.amount for each in earlier if each.status != "CLOSED") > order.total:
        raise _invalid("退款金额大于可退金额")
    if len(earlier) >= MOST_PER_ORDER:
        raise _invalid("一笔订单最多支持50次部分退款")
    if state.clock.now() > order.paid_at + WINDOW_S:
        raise _invalid("订单已超过可退款的最大期限")
    if earlier and state.clock.now() < earlier[-1].created_at + APART_S:
        raise PayError(429, "FREQUENCY_LIMITED", "同一订单的退款间隔不得少于1分钟，请稍后重试")
    return order


def _accept(state: State, order: Order, params: dict[str, Any]) -> Refund:
    refund = Refund(order, params, state.clock.now())
    state.refunds.add(refund)
    order.refunded = True
    _follow(state, refund, state.refund_plans.of(refund.out_refund_no))
    return refund


def _follow(state: State, refund: Refund, plan: Plan) -> None:
    """Have the refund end as planned, unless something else ends it before; at once after 0 seconds."""
    if plan.after_s == 0:
        end_refund(state, refund, plan.outcome)
    elif plan.after_s is not None:
        due = refund.ends_at = state.clock.now() + plan.after_s
        state.agenda.add(due, lambda: end_refund(state, refund, plan.outcome) if refund.ends_at == due else None)


def _existing(refund: Refund | None) -> Refund:
    if refund is None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return refund


def _invalid(message: str) -> PayError:
    return PayError(400, "INVALID_REQUEST", message)
