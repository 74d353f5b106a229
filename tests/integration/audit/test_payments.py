"""Corruptions of payments, and the money that came with them."""

from __future__ import annotations

import pytest

from src.models.connection import database
from src.services.registry import Services
from tests.integration.audit.corruptions import (
    HELD,
    NOBODY,
    PENDING,
    PREPARED,
    SUCCEEDED,
    Corrupt,
    changed,
    deleted,
    doubled,
)
from tests.integration.audit.reports import Corruption, assert_found


def payment_that_never_was() -> None:
    """Closes the payment of a free order; its event says so too."""
    payment = database()["payments"].find_one({"status": "succeeded", "amount_fen": 0})
    assert payment is not None
    came = {"transaction_id": "", "succeeded_at": "", "received_fen": ""}
    changed("payments", {"_id": payment["_id"]}, {"$set": {"status": "closed"}, "$unset": came})()
    changed("events", {"aggregate_id": payment["_id"]}, {"$set": {"type": "payment.held"}})()


CORRUPTIONS: list[Corruption] = [
    ("payments_are_what_orders_cost", changed("payments", PREPARED, {"$inc": {"amount_fen": 1}}), []),
    (
        "payments_are_what_orders_cost",
        changed("payments", PREPARED, {"$set": {"user_id": NOBODY}}),
        ["payments_are_by_their_buyers"],
    ),
    ("payments_are_what_orders_cost", changed("payments", PREPARED, {"$set": {"currency": "USD"}}), []),
    ("payments_are_by_their_buyers", changed("payments", PREPARED, {"$set": {"openid": "somebody else's"}}), []),
    (
        "payments_are_what_orders_cost",
        changed("payments", SUCCEEDED, {"$inc": {"received_fen": -1}}),
        ["all_money_is_somewhere"],
    ),
    ("payment_attempts_are_counted", changed("orders", PENDING, {"$inc": {"payment_attempts": 1}}), []),
    ("payment_attempts_are_counted", changed("payments", PREPARED, {"$set": {"attempt": 2}}), []),
    ("paid_orders_have_one_payment", payment_that_never_was, []),
    (
        "paid_orders_have_one_payment",
        doubled("payments", SUCCEEDED, "one_succeeded", out_trade_no="again", attempt=2, transaction_id="again"),
        [
            "all_money_is_somewhere",
            "indexes_are_as_declared",
            "payment_attempts_are_counted",
            "payment_events_are_counted",
        ],
    ),
    ("payments_record_what_came", changed("payments", SUCCEEDED, {"$unset": {"transaction_id": ""}}), []),
    ("payments_record_what_came", changed("payments", PREPARED, {"$set": {"transaction_id": "4200"}}), []),
    ("payments_record_what_came", changed("payments", PREPARED, {"$set": {"received_fen": 1}}), []),
    ("live_payments_can_be_paid", changed("payments", {"status": "closed"}, {"$set": {"live": True}}), []),
    ("live_payments_can_be_paid", changed("payments", PREPARED, {"$set": {"live": False}}), []),
    (
        "live_payments_can_be_paid",
        doubled("payments", PREPARED, "one_live", out_trade_no="again", attempt=2),
        ["indexes_are_as_declared", "payment_attempts_are_counted"],
    ),
    (
        "held_money_is_not_applied",
        changed("payments", HELD, {"$unset": {"held_money": ""}}),
        ["documents_can_be_counted"],
    ),
    (
        "held_money_is_not_applied",
        changed("payments", SUCCEEDED, {"$set": {"held": True, "held_money": {"amount_fen": 1}}}),
        [],
    ),
    (
        "surplus_money_goes_back_once",
        deleted("refunds", {"kind": "surplus"}),
        ["all_money_is_somewhere", "nothing_is_orphaned"],
    ),
    (
        "surplus_money_goes_back_once",
        doubled("refunds", {"kind": "surplus"}, "one_surplus", refund_no="R2", out_refund_no="R2"),
        ["all_money_is_somewhere", "indexes_are_as_declared", "refund_events_tell_the_history"],
    ),
    (
        "surplus_money_goes_back_once",
        changed("refunds", {"kind": "surplus"}, {"$inc": {"amount_fen": -1}}),
        ["all_money_is_somewhere"],
    ),
    ("payment_events_are_counted", deleted("events", {"type": "payment.surplus"}), []),
    ("payment_events_are_counted", changed("payments", SUCCEEDED, {"$inc": {"event_seq": 1}}), []),
    ("payment_events_are_counted", changed("payments", SUCCEEDED, {"$set": {"event_seq": 0}}), []),
    (
        "payment_events_are_counted",
        changed("events", {"type": "payment.held"}, {"$set": {"type": "payment.succeeded"}}),
        [],
    ),
    ("events_are_counted", deleted("events", {"type": "stock.low"}), []),
    ("events_are_counted", changed("reconciliations", {}, {"$inc": {"event_seq": 1}}), []),
]


@pytest.mark.parametrize(("check", "corrupt", "also"), CORRUPTIONS)
def test_a_corrupt_document_is_found(audited: Services, check: str, corrupt: Corrupt, also: list[str]) -> None:
    assert_found(audited, corrupt, [check, *also])
