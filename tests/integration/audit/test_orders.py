"""Corruptions of orders: totals, histories, times, events."""

from __future__ import annotations

import pytest

from src.services.registry import Services
from tests.integration.audit.corruptions import (
    COMPLETED,
    FREIGHT_KEPT,
    LATELY,
    LATER,
    PENDING,
    REVIVED,
    WAITING,
    Corrupt,
    changed,
    deleted,
    doubled,
)
from tests.integration.audit.reports import Corruption, assert_found

CORRUPTIONS: list[Corruption] = [
    ("totals_add_up", changed("orders", PENDING, {"$inc": {"items.0.amount": 1}}), []),
    ("totals_add_up", changed("orders", WAITING, {"$inc": {"total_amount": -1}}), ["payments_are_what_orders_cost"]),
    ("totals_add_up", changed("orders", PENDING, {"$set": {"total_amount": 1000.0}}), []),
    ("totals_add_up", changed("orders", FREIGHT_KEPT, {"$inc": {"freight_amount": -1}}), []),
    ("totals_add_up", changed("orders", FREIGHT_KEPT, {"$unset": {"freight_amount": ""}}), []),
    ("totals_add_up", changed("orders", FREIGHT_KEPT, {"$set": {"freight_amount": 600.0}}), []),
    (
        "repricings_lead_to_the_price",
        changed("orders", FREIGHT_KEPT, {"$set": {"repricings": [{"before": 1000, "after": 1600}]}}),
        [],
    ),
    (
        "repricings_lead_to_the_price",
        changed("orders", PENDING, {"$set": {"repricings": [{"before": 1, "after": 1000}]}}),
        [],
    ),
    (
        "repricings_lead_to_the_price",
        changed("orders", PENDING, {"$set": {"repricings": [{"before": 1000, "after": 1}]}}),
        [],
    ),
    (
        "order_histories_are_legal",
        changed("orders", COMPLETED, {"$set": {"history.1.seq": 3}}),
        ["order_events_tell_the_history"],
    ),
    ("order_histories_are_legal", changed("orders", COMPLETED, {"$set": {"history.2.source": "pending"}}), []),
    ("order_histories_are_legal", changed("orders", REVIVED, {"$set": {"history.1.reason": "user"}}), []),
    ("order_histories_are_legal", changed("orders", COMPLETED, {"$set": {"status": "shipped"}}), []),
    (
        "order_histories_are_legal",
        changed("orders", PENDING, {"$set": {"history": []}}),
        ["order_events_tell_the_history"],
    ),
    ("order_times_follow_the_history", changed("orders", REVIVED, {"$set": {"cancelled_at": LATELY}}), []),
    ("order_times_follow_the_history", changed("orders", COMPLETED, {"$unset": {"paid_at": ""}}), []),
    ("order_events_tell_the_history", deleted("events", {"type": "order.completed"}), []),
    ("order_events_tell_the_history", changed("events", {"type": "order.completed"}, {"$set": {"seq": 7}}), []),
    (
        "order_events_tell_the_history",
        changed("events", {"type": "order.completed"}, {"$set": {"type": "order.shipped"}}),
        [],
    ),
    (
        "order_events_tell_the_history",
        doubled("events", {"type": "order.completed"}, "aggregate_id_1_seq_1"),
        ["indexes_are_as_declared"],
    ),
    ("shipped_orders_had_goods_to_ship", changed("orders", COMPLETED, {"$unset": {"parcels": "", "shipment": ""}}), []),
    (
        "shipped_orders_had_goods_to_ship",
        changed("orders", {"status": "shipped", "refund_held": 2000}, {"$set": {"history.2.at": LATER}}),
        [],
    ),
]


@pytest.mark.parametrize(("check", "corrupt", "also"), CORRUPTIONS)
def test_a_corrupt_document_is_found(audited: Services, check: str, corrupt: Corrupt, also: list[str]) -> None:
    assert_found(audited, corrupt, [check, *also])
