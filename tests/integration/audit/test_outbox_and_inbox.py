"""Corruptions of events, jobs and notifications, and of what stands still."""

from __future__ import annotations

import pytest

from src.services.registry import Services
from tests.integration.audit.corruptions import (
    LATELY,
    NOBODY,
    PENDING,
    PREPARED,
    YESTERDAY,
    Corrupt,
    changed,
    doubled,
)
from tests.integration.audit.reports import Corruption, assert_found

CORRUPTIONS: list[Corruption] = [
    (
        "applied_notifications_had_their_effect",
        changed("wechat_notifications", {"outcome": "mismatch"}, {"$set": {"outcome": "applied"}}),
        [],
    ),
    (
        "applied_notifications_had_their_effect",
        changed("wechat_notifications", {"event_type": "REFUND.ABNORMAL"}, {"$set": {"event_type": "REFUND.SUCCESS"}}),
        [],
    ),
    (
        "applied_notifications_had_their_effect",
        changed("wechat_notifications", {"outcome": "applied"}, {"$set": {"resource": "{"}}),
        [],
    ),
    ("jobs_are_in_one_state", changed("jobs", {"state": "succeeded"}, {"$set": {"state": "lost"}}), []),
    ("jobs_are_in_one_state", changed("jobs", {"state": "succeeded"}, {"$unset": {"finished_at": ""}}), []),
    ("jobs_are_in_one_state", changed("jobs", {"state": "succeeded"}, {"$set": {"state": "waiting"}}), []),
    ("jobs_are_in_one_state", changed("jobs", {"state": "succeeded"}, {"$inc": {"attempts": 1}}), []),
    (
        "events_are_about_what_is_audited",
        changed("events", {"type": "stock.low"}, {"$set": {"aggregate": "weather"}}),
        ["events_are_counted"],
    ),
    (
        "events_are_about_what_is_audited",
        doubled("events", {"type": "stock.low"}, aggregate="weather", aggregate_id=NOBODY),
        [],
    ),
    (
        "events_are_pending_or_dispatched",
        changed("events", {"type": "order.completed"}, {"$unset": {"dispatched_at": ""}}),
        [],
    ),
    (
        "events_are_pending_or_dispatched",
        changed("events", {"type": "order.completed"}, {"$set": {"pending": True}}),
        [],
    ),
    ("unpaid_orders_expire", changed("orders", PENDING, {"$set": {"expires_at": LATELY}}), []),
    ("live_payments_are_asked_about", changed("payments", PREPARED, {"$set": {"query_due_at": LATELY}}), []),
    ("refunds_are_driven", changed("refunds", {"status": "processing"}, {"$set": {"due_at": LATELY}}), []),
    ("refunds_are_driven", changed("refunds", {"status": "abnormal"}, {"$set": {"due_at": LATELY}}), []),
    (
        "notifications_are_applied",
        changed("wechat_notifications", {"outcome": "applied"}, {"$set": {"outcome": "stored", "due_at": LATELY}}),
        [],
    ),
    (
        "notifications_are_applied",
        changed(
            "wechat_notifications", {"outcome": "applied"}, {"$set": {"outcome": "stored", "received_at": YESTERDAY}}
        ),
        [],
    ),
    ("events_are_dispatched", changed("events", {"pending": True}, {"$set": {"occurred_at": LATELY}}), []),
    (
        "jobs_are_run",
        changed(
            "jobs", {"state": "failed"}, {"$set": {"state": "running", "due_at": LATELY}, "$unset": {"finished_at": ""}}
        ),
        [],
    ),
    (
        "jobs_are_run",
        changed(
            "jobs", {"state": "failed"}, {"$set": {"state": "waiting", "due_at": LATELY}, "$unset": {"finished_at": ""}}
        ),
        [],
    ),
    ("schedules_tick", changed("schedules", {}, {"$set": {"due_at": LATELY}}), []),
]


@pytest.mark.parametrize(("check", "corrupt", "also"), CORRUPTIONS)
def test_a_corrupt_document_is_found(audited: Services, check: str, corrupt: Corrupt, also: list[str]) -> None:
    assert_found(audited, corrupt, [check, *also])
