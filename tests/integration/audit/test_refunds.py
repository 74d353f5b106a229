"""Corruptions of refunds, and what orders say of them."""

from __future__ import annotations

import pytest

from src.services.registry import Services
from tests.integration.audit.corruptions import (
    CANCELLATION,
    CANCELLED_FREIGHT,
    CANCELLED_PAID,
    FREIGHT_ASKED,
    FREIGHT_BACK,
    FREIGHT_KEPT,
    LATER,
    NOBODY,
    RENUMBERED,
    REQUESTED,
    RETURNED,
    SHIPPED,
    SURPLUS,
    WITH_FREIGHT,
    Corrupt,
    changed,
    deleted,
    together,
)
from tests.integration.audit.reports import Corruption, assert_found

CORRUPTIONS: list[Corruption] = [
    ("refunds_are_of_their_orders_payments", changed("refunds", REQUESTED, {"$set": {"payment_id": NOBODY}}), []),
    ("refunds_are_of_their_orders_payments", changed("refunds", REQUESTED, {"$set": {"user_id": NOBODY}}), []),
    ("refunds_are_of_their_orders_payments", changed("refunds", REQUESTED, {"$set": {"order_no": "another"}}), []),
    (
        "orders_hold_what_refunds_ask",
        changed("orders", SHIPPED, {"$inc": {"refund_held": 1}}),
        ["all_money_is_somewhere"],
    ),
    ("orders_hold_what_refunds_ask", changed("orders", SHIPPED, {"$inc": {"items.0.refund_quantity": -1}}), []),
    ("orders_hold_what_refunds_ask", changed("orders", SHIPPED, {"$inc": {"items.0.refund_amount": -1}}), []),
    ("orders_hold_what_refunds_ask", changed("refunds", REQUESTED, {"$set": {"items.0.sku_id": NOBODY}}), []),
    ("orders_hold_what_refunds_ask", changed("orders", FREIGHT_ASKED, {"$set": {"freight_held": 0}}), []),
    (
        "orders_hold_what_refunds_ask",
        changed("orders", FREIGHT_KEPT, {"$set": {"freight_held": 600}}),
        ["freight_goes_back_with_all_goods"],
    ),
    (
        "freight_goes_back_whole",
        together(
            changed("refunds", WITH_FREIGHT, {"$inc": {"freight_fen": -1, "amount_fen": -1, "asked_fen": -1}}),
            changed("orders", FREIGHT_ASKED, {"$inc": {"freight_held": -1, "refund_held": -1}}),
        ),
        [],
    ),
    (
        "freight_goes_back_with_all_goods",
        together(
            changed("refunds", WITH_FREIGHT, {"$inc": {"items.0.quantity": -1}}),
            changed("orders", FREIGHT_ASKED, {"$inc": {"items.0.refund_quantity": -1}}),
        ),
        [],
    ),
    (
        "freight_goes_back_with_all_goods",
        changed("orders", FREIGHT_ASKED, {"$set": {"shipment": {"company": "SF"}}}),
        [],
    ),
    (
        "refunds_stay_within_what_was_paid",
        changed("refunds", REQUESTED, {"$inc": {"items.0.quantity": 4}}),
        ["orders_hold_what_refunds_ask"],
    ),
    (
        "refunds_stay_within_what_was_paid",
        changed("refunds", REQUESTED, {"$inc": {"amount_fen": 4000, "asked_fen": 4000, "items.0.amount": 4000}}),
        ["all_money_is_somewhere", "orders_hold_what_refunds_ask"],
    ),
    (
        "refunds_stay_within_what_was_paid",
        together(
            changed("refunds", REQUESTED, {"$inc": {"items.0.quantity": 4}}),
            changed("orders", SHIPPED, {"$inc": {"items.0.refund_quantity": 4}}),
        ),
        [],
    ),
    (
        "orders_count_what_was_refunded",
        changed("orders", {"refunded_amount": 2000}, {"$set": {"refunded_amount": 0}}),
        [],
    ),
    (
        "cancelled_orders_gave_all_back",
        changed("refunds", CANCELLATION, {"$inc": {"items.0.quantity": -1}}),
        ["counters_equal_the_orders", "orders_hold_what_refunds_ask", "refunds_moved_their_stock_once"],
    ),
    (
        "cancelled_orders_gave_all_back",
        changed("refunds", CANCELLATION, {"$inc": {"amount_fen": -1, "asked_fen": -1, "items.0.amount": -1}}),
        ["all_money_is_somewhere", "orders_hold_what_refunds_ask"],
    ),
    (
        "cancelled_orders_gave_all_back",
        together(
            changed("refunds", CANCELLATION, {"$inc": {"amount_fen": -1, "asked_fen": -1, "items.0.amount": -1}}),
            changed("orders", CANCELLED_PAID, {"$inc": {"refund_held": -1, "items.0.refund_amount": -1}}),
        ),
        [],
    ),
    (
        "cancelled_orders_gave_all_back",
        together(
            changed(
                "refunds",
                CANCELLED_FREIGHT,
                {"$inc": {"amount_fen": -600, "asked_fen": -600}, "$set": {"freight_fen": 0}},
            ),
            changed("orders", FREIGHT_BACK, {"$inc": {"refund_held": -600}, "$set": {"freight_held": 0}}),
        ),
        [],
    ),
    (
        "cancelled_orders_gave_all_back",
        changed("refunds", CANCELLATION, {"$set": {"status": "requested"}}),
        ["refund_histories_are_legal", "refunds_under_way_are_due"],
    ),
    (
        "all_money_is_somewhere",
        changed("refunds", {"kind": "surplus"}, {"$set": {"status": "rejected"}}),
        ["refund_histories_are_legal", "refunds_under_way_are_due"],
    ),
    (
        "all_money_is_somewhere",
        changed("payments", SURPLUS, {"$inc": {"received_fen": 1}}),
        ["surplus_money_goes_back_once"],
    ),
    ("refund_histories_are_legal", changed("refunds", CANCELLATION, {"$set": {"kind": "after_sale"}}), []),
    (
        "refund_histories_are_legal",
        changed("refunds", RETURNED, {"$set": {"history.1.seq": 1}}),
        ["refund_events_tell_the_history"],
    ),
    (
        "refund_histories_are_legal",
        changed("refunds", REQUESTED, {"$set": {"history.0.target": "awaiting_return", "status": "awaiting_return"}}),
        ["refund_events_tell_the_history"],
    ),
    (
        "refund_lines_add_up",
        changed("refunds", REQUESTED, {"$inc": {"items.0.amount": -1}}),
        ["orders_hold_what_refunds_ask"],
    ),
    ("refund_lines_add_up", changed("refunds", REQUESTED, {"$inc": {"asked_fen": -1}}), []),
    (
        "refund_lines_add_up",
        changed("refunds", WITH_FREIGHT, {"$set": {"freight_fen": 0}}),
        ["orders_hold_what_refunds_ask"],
    ),
    ("refund_lines_add_up", changed("refunds", {"kind": "surplus"}, {"$set": {"freight_fen": 600}}), []),
    (
        "refund_lines_add_up",
        changed(
            "refunds", {"kind": "surplus"}, {"$set": {"items": [{"sku_id": NOBODY, "quantity": 1, "amount": 1000}]}}
        ),
        [],
    ),
    ("refunds_under_way_are_due", changed("refunds", {"status": "processing"}, {"$unset": {"due_at": ""}}), []),
    ("refunds_under_way_are_due", changed("refunds", RETURNED, {"$unset": {"succeeded_at": ""}}), []),
    ("refunds_under_way_are_due", changed("refunds", RETURNED, {"$set": {"due_at": LATER}}), []),
    ("refund_numbers_follow_each_other", changed("refunds", RENUMBERED, {"$set": {"former_nos": []}}), []),
    ("refund_events_tell_the_history", deleted("events", {"type": "refund.abnormal"}), []),
    (
        "refund_events_tell_the_history",
        changed("events", {"type": "refund.abnormal"}, {"$set": {"type": "refund.succeeded"}}),
        [],
    ),
]


@pytest.mark.parametrize(("check", "corrupt", "also"), CORRUPTIONS)
def test_a_corrupt_document_is_found(audited: Services, check: str, corrupt: Corrupt, also: list[str]) -> None:
    assert_found(audited, corrupt, [check, *also])
