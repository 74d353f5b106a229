"""The part of the ledger that is about the mini-program side."""

from dataclasses import asdict
from typing import Any

from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.pushes import Push
from ecosystem.sandbox.security_checks import SecurityCheck
from ecosystem.sandbox.shipments import Shipment
from ecosystem.sandbox.state import State


def dump_mini_program(state: State) -> dict[str, Any]:
    """Return shipments, messages, checks, codes and pushes; the caller holds the state's lock."""
    return {
        "shippings": [_shipment(state, shipment) for shipment in state.shipments.all()],
        "subscriptions": state.subscriptions.left(),
        "subscribeMessages": list(state.subscriptions.sent),
        "securityChecks": [_check(check) for check in state.security_checks.all()],
        "codes": list(state.program_codes),
        "pushes": [_push(push) for push in state.pushes.values()],
    }


def _shipment(state: State, shipment: Shipment) -> dict[str, Any]:
    order = shipment.order
    return {
        "appid": order.account.appid,
        "outTradeNo": order.out_trade_no,
        "transactionId": order.transaction_id,
        "state": shipment.state(state.is_refunded(order), state.clock.now()).name,
        "finishCount": shipment.finish_count,
        "reminded": shipment.reminded,
        "uploads": [asdict(upload) for upload in shipment.uploads],
    }


def _check(check: SecurityCheck) -> dict[str, Any]:
    judgement = check.judgement
    return {
        "traceId": check.trace_id,
        "appid": check.account.appid,
        "kind": check.kind,
        "openid": check.openid,
        "scene": check.scene,
        **check.content,
        "at": rfc3339(check.at),
        "suggest": None if judgement is None else judgement.suggest,
        "label": None if judgement is None else judgement.label,
    }


def _push(push: Push) -> dict[str, Any]:
    return {
        "id": push.id,
        "appid": push.account.appid,
        "url": push.target.url,
        "mode": push.target.mode,
        "event": push.event,
        "status": push.status,
        "nextAt": None if push.due is None else rfc3339(push.due),
        "attempts": [asdict(attempt) for attempt in push.attempts],
    }
