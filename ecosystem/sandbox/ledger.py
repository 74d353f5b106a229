"""The ledger: everything that happened, for assertions."""

from dataclasses import asdict
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.bill_files import BillFile
from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.faults import Faults
from ecosystem.sandbox.mini_program_ledger import dump_mini_program
from ecosystem.sandbox.notices import Notice
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.refunds import Refund
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import User, openid_of


def dump_ledger(state: State, faults: Faults) -> dict[str, Any]:
    """Return the whole state as JSON types.

    It shows access tokens and session keys, so that a test can look for them where they must not be.
    """
    with state.lock:
        return {
            "now": rfc3339(state.clock.now()),
            "apps": [_app(state, account) for account in state.accounts.all()],
            "users": [_user(state, user) for user in state.users.all()],
            "orders": [_order(order, state.clock.now()) for order in state.orders.all()],
            "captured": {account.mchid: state.captured(account) for account in state.accounts.all()},
            "refunds": [dump_refund(refund) for refund in state.refunds.all()],
            "refunded": {account.mchid: state.refunded(account) for account in state.accounts.all()},
            "bills": [_bill(file) for file in state.bills.files.values()],
            "notifications": [_notice(notice, state.is_held(notice)) for notice in state.notices.values()],
            **dump_mini_program(state),
            "calls": {name: {"count": log.count, "last": list(log.last)} for name, log in state.calls.items()},
            "faults": [asdict(fault) for fault in faults.active],
        }


def _app(state: State, account: Account) -> dict[str, Any]:
    tokens = [token.value for token in state.tokens.series(account.appid).tokens]
    return {"appid": account.appid, "mchid": account.mchid, "accessTokens": tokens}


def _user(state: State, user: User) -> dict[str, Any]:
    return {
        "user": user.id,
        "phone": user.phone,
        "openids": {account.appid: openid_of(user.id, account.appid) for account in state.accounts.all()},
        "sessionKeys": state.sessions.keys_of(user.id),
    }


def _order(order: Order, now: float) -> dict[str, Any]:
    return {
        "mchid": order.account.mchid,
        "appid": order.account.appid,
        "outTradeNo": order.out_trade_no,
        "state": order.trade_state(now),
        "total": order.total,
        "user": order.payer.id,
        "openid": order.params["payer"]["openid"],
        "description": order.params["description"],
        "notifyUrl": order.params["notify_url"],
        "prepayIds": list(order.prepays),
        "createdAt": rfc3339(order.created_at),
        "expiresAt": rfc3339(order.expires_at),
        "transactionId": order.transaction_id,
        "paidAt": rfc3339(order.paid_at) if order.transaction_id else None,
    }


def dump_refund(refund: Refund) -> dict[str, Any]:
    return {
        "mchid": refund.order.account.mchid,
        "outRefundNo": refund.out_refund_no,
        "refundId": refund.refund_id,
        "outTradeNo": refund.order.out_trade_no,
        "amount": refund.amount,
        "status": refund.status,
        "reason": refund.params.get("reason"),
        "notifyUrl": refund.params.get("notify_url"),
        "createdAt": rfc3339(refund.created_at),
        "endsAt": None if refund.ends_at is None else rfc3339(refund.ends_at),
        "successAt": None if refund.success_at is None else rfc3339(refund.success_at),
    }


def _bill(file: BillFile) -> dict[str, Any]:
    day, hashed = file.day.isoformat(), file.sha1
    return {"mchid": file.mchid, "date": day, "rows": file.rows, "sha1": hashed, "downloads": file.downloads}


def _notice(notice: Notice, held: bool) -> dict[str, Any]:
    return {
        "id": notice.id,
        "mchid": notice.event.account.mchid,
        "event": notice.event.type,
        "outTradeNo": notice.event.out_trade_no,
        "outRefundNo": notice.event.subject.number if notice.event.subject.kind == "refund" else None,
        "status": notice.status,
        "held": held,
        "nextAt": None if notice.due is None else rfc3339(notice.due),
        "attempts": [asdict(attempt) for attempt in notice.attempts],
    }
