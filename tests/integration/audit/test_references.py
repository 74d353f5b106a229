"""Corruptions of what documents name, and of what must exist once."""

from __future__ import annotations

import pytest

from src.services.registry import Services
from tests.integration.audit.corruptions import (
    COMPLETED,
    HELD,
    NOBODY,
    PENDING,
    PREPARED,
    REQUESTED,
    SUCCEEDED,
    Corrupt,
    added,
    changed,
    deleted,
    doubled,
    into_the_other_store,
    without_index,
)
from tests.integration.audit.reports import Corruption, assert_found

CORRUPTIONS: list[Corruption] = [
    ("documents_can_be_counted", changed("payments", HELD, {"$unset": {"held_money.amount_fen": ""}}), []),
    (
        "documents_can_be_counted",
        changed("orders", PENDING, {"$unset": {"items": ""}}),
        [
            "counters_equal_the_orders",
            "order_lines_name_skus",
            "orders_hold_what_refunds_ask",
            "orders_moved_their_stock_once",
            "refunds_stay_within_what_was_paid",
            "totals_add_up",
        ],
    ),
    ("order_lines_name_skus", changed("orders", PENDING, {"$set": {"items.0.product_id": NOBODY}}), []),
    (
        "nothing_is_orphaned",
        changed("events", {"type": "stock.low"}, {"$set": {"aggregate_id": NOBODY}}),
        ["events_are_counted"],
    ),
    (
        "nothing_is_orphaned",
        changed("refunds", REQUESTED, {"$set": {"order_id": NOBODY}}),
        ["all_money_is_somewhere", "orders_hold_what_refunds_ask"],
    ),
    (
        "nothing_is_orphaned",
        changed("refunds", REQUESTED, {"$set": {"order_id": "none"}}),
        ["all_money_is_somewhere", "orders_hold_what_refunds_ask"],
    ),
    ("nothing_is_orphaned", doubled("events", {"type": "order.completed"}, aggregate_id=NOBODY), []),
    ("nothing_is_orphaned", deleted("orders", COMPLETED), ["counters_equal_the_orders"]),
    (
        "nothing_is_orphaned",
        into_the_other_store("orders", COMPLETED),
        [
            "all_money_is_somewhere",
            "counters_equal_the_orders",
            "order_events_tell_the_history",
            "order_lines_name_skus",
            "orders_moved_their_stock_once",
            "paid_orders_have_one_payment",
            "payment_attempts_are_counted",
            "references_stay_in_their_store",
        ],
    ),
    (
        "nothing_is_orphaned",
        into_the_other_store("payments", SUCCEEDED),
        [
            "all_money_is_somewhere",
            "paid_orders_have_one_payment",
            "payment_attempts_are_counted",
            "payment_events_are_counted",
            "refunds_are_of_their_orders_payments",
        ],
    ),
    (
        "nothing_is_orphaned",
        into_the_other_store("refunds", REQUESTED),
        ["all_money_is_somewhere", "orders_hold_what_refunds_ask", "refund_events_tell_the_history"],
    ),
    (
        "nothing_is_orphaned",
        into_the_other_store("stock_moves", {"kind": "resell"}),
        ["counters_equal_the_ledger", "orders_moved_their_stock_once"],
    ),
    (
        "nothing_is_orphaned",
        into_the_other_store("stock_items", {"available": 10}),
        ["counters_equal_the_ledger", "order_lines_name_skus", "products_and_stock_have_the_same_skus"],
    ),
    (
        "nothing_is_orphaned",
        into_the_other_store("events", {"type": "order.completed"}),
        ["order_events_tell_the_history"],
    ),
    (
        "numbers_are_unique",
        doubled("payments", PREPARED, "out_trade_no_1", live=False, status="closed", attempt=2),
        ["indexes_are_as_declared", "payment_attempts_are_counted"],
    ),
    (
        "numbers_are_unique",
        doubled("payments", SUCCEEDED, "transaction_id_1", out_trade_no="again", status="surplus", attempt=2),
        [
            "all_money_is_somewhere",
            "indexes_are_as_declared",
            "payment_attempts_are_counted",
            "payment_events_are_counted",
            "surplus_money_goes_back_once",
        ],
    ),
    (
        "numbers_are_unique",
        doubled("refunds", {"status": "rejected"}, "out_refund_no_1"),
        ["indexes_are_as_declared", "refund_events_tell_the_history"],
    ),
    (
        "numbers_are_unique",
        doubled("orders", PENDING, "order_no_1", idempotency_key="other"),
        [
            "counters_equal_the_orders",
            "indexes_are_as_declared",
            "order_events_tell_the_history",
            "orders_moved_their_stock_once",
            "payment_attempts_are_counted",
        ],
    ),
    (
        "numbers_are_unique",
        doubled("orders", PENDING, "user_id_1_idempotency_key_1", order_no="other"),
        [
            "counters_equal_the_orders",
            "indexes_are_as_declared",
            "order_events_tell_the_history",
            "orders_moved_their_stock_once",
            "payment_attempts_are_counted",
        ],
    ),
    ("keyed_requests_have_a_fingerprint", changed("orders", PENDING, {"$unset": {"request_fingerprint": ""}}), []),
    ("references_stay_in_their_store", deleted("users", {}), ["payments_are_by_their_buyers"]),
    ("references_stay_in_their_store", into_the_other_store("users", {}), []),
    ("references_stay_in_their_store", changed("stock_moves", {"kind": "adjust"}, {"$set": {"staff_id": NOBODY}}), []),
    ("references_stay_in_their_store", into_the_other_store("staff", {}), []),
    (
        "references_stay_in_their_store",
        changed("login_sessions", {"audience": "minimall:shop"}, {"$set": {"subject_id": NOBODY}}),
        [],
    ),
    (
        "references_stay_in_their_store",
        changed("login_sessions", {"audience": "minimall:staff"}, {"$set": {"subject_id": NOBODY}}),
        [],
    ),
    ("references_stay_in_their_store", added("message_grants", user_id=NOBODY), []),
    ("references_stay_in_their_store", added("message_sends", user_id=NOBODY), []),
    ("references_stay_in_their_store", added("product_codes", product_id=NOBODY), []),
    ("documents_belong_to_a_store", changed("login_sessions", {}, {"$unset": {"store_id": ""}}), []),
    (
        "documents_belong_to_a_store",
        changed("staff", {}, {"$set": {"store_id": NOBODY}}),
        ["references_stay_in_their_store"],
    ),
    ("documents_belong_to_a_store", changed("jobs", {}, {"$set": {"store_id": NOBODY}}), []),
    ("indexes_are_as_declared", without_index("payments", "one_live"), []),
]


@pytest.mark.parametrize(("check", "corrupt", "also"), CORRUPTIONS)
def test_a_corrupt_document_is_found(audited: Services, check: str, corrupt: Corrupt, also: list[str]) -> None:
    assert_found(audited, corrupt, [check, *also])
