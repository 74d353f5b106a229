"""What a shop that has run for long has behind it: copies of real documents of which nothing is to be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from src.models.connection import database

COPIES = 1_000
Raw = dict[str, Any]
_REFUNDS = ("succeeded", "rejected", "withdrawn", "processing", "requested")
_REVIEWS = ("approved", "rejected", "withdrawn", "pending")


def remember(now: datetime) -> None:
    """Adds COPIES documents to each collection in which scheduled work looks for what is due, or staff for a page."""
    later = now + timedelta(days=1)
    _copy("orders", {"status": "shipped"}, lambda n: _order(n, now))
    _copy("stock_moves", {"order_id": {"$exists": True}}, lambda n: _move(n, now))
    _copy("payments", {"status": "succeeded"}, lambda n: _payment(n, later))
    _copy("refunds", {"status": "succeeded", "kind": "after_sale"}, lambda n: _refund(n, later))
    _copy("jobs", {}, lambda n: _job(n, now, later))
    _copy("events", {}, lambda n: {"aggregate_id": ObjectId(), "pending": None, "dispatched_at": now})
    _copy("wechat_notifications", {}, lambda n: {"_id": f"1:{n}", "outcome": "applied"})
    _copy("wechat_messages", {}, lambda n: {"_id": f"1:{n}", "nonce": f"n{n}", "state": "applied"})
    _copy("text_reviews", {}, lambda n: {"subject_id": ObjectId(), "status": _REVIEWS[n % 4]})
    _copy("audit_log", {}, lambda n: {"subject_id": ObjectId(), "created_at": now - timedelta(minutes=n)})
    _copy("imports", {}, lambda n: {})
    _copy("import_findings", {}, lambda n: {"row": n + 2})
    _copy("exports", {"state": "ready"}, lambda n: {"state": ("ready", "expired")[n % 2], "expires_at": later})
    _copy("media_files", {"state": "stored"}, lambda n: {"digest": f"past-{n}", "key": f"past-{n}", "due_at": later})
    _copy("staff", {}, lambda n: {"username": f"past-{n}"})
    _copy("staff_codes", {}, lambda n: {"username": f"past-{n}", "code_hash": f"past-{n}"})
    _copy("login_sessions", {"audience": "minimall:staff"}, lambda n: {"_id": f"past-{n}", "subject_id": ObjectId()})
    _copy("webhook_deliveries", {}, lambda n: {"state": ("delivered", "failed", "dropped")[n % 3]})
    _copy("search_histories", {}, lambda n: {"user_id": ObjectId()})
    _copy("reconciliations", {}, lambda n: {"day": f"{2000 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"})


def _order(n: int, now: datetime) -> Raw:
    return {"order_no": f"past-{n}", "status": ("completed", "shipped")[n % 2], "shipped_at": now}


def _move(n: int, now: datetime) -> Raw:
    return {"order_id": ObjectId(), "kind": ("reserve", "sell", "release")[n % 3], "created_at": now}


def _payment(n: int, later: datetime) -> Raw:
    values: Raw = {"out_trade_no": f"past-{n}", "order_id": ObjectId(), "transaction_id": f"past-{n}"}
    if n % 20 == 0:
        return {**values, "status": "prepared", "live": True, "query_due_at": later}
    if n % 50 == 1:
        return {**values, "status": "prepared", "live": True, "query_due_at": later, "held": True}
    return values | {"status": ("succeeded", "closed", "surplus")[n % 3]}


def _refund(n: int, later: datetime) -> Raw:
    status = _REFUNDS[n % 5]
    return {
        "out_refund_no": f"past-{n}",
        "refund_no": f"past-{n}",
        "order_id": ObjectId(),
        "status": status,
        "due_at": later if status == "processing" else None,
    }


def _job(n: int, now: datetime, later: datetime) -> Raw:
    state = ("succeeded", "succeeded", "failed", "waiting")[n % 4]
    ended = {"finished_at": now} if state in ("succeeded", "failed") else {}
    return {"key": f"past:{n}", "kind": f"past.{'abcde'[n // 4 % 5]}", "state": state, **_at(later), **ended}


def _at(due: datetime) -> Raw:
    return {"due_at": due, "hint_at": due}


def _copy(collection: str, like: Raw, changed: Callable[[int], Raw]) -> None:
    raw = database()[collection].find_one(like)
    assert raw is not None, f"{collection}: there is nothing to copy"
    copies = ({**raw, "_id": ObjectId(), **changed(n)} for n in range(COPIES))
    database()[collection].insert_many([_without_nulls(copy) for copy in copies])


def _without_nulls(raw: Raw) -> Raw:
    return {name: value for name, value in raw.items() if value is not None}
