"""Corruptions of stock and of what products show of it."""

from __future__ import annotations

import pytest

from src.models.connection import database
from src.services.registry import Services
from tests.integration.audit.corruptions import (
    CANCELLATION,
    NOBODY,
    PENDING,
    REQUESTED,
    RETURNED,
    WAITING,
    Corrupt,
    added,
    changed,
    deleted,
    doubled,
    pointed,
)
from tests.integration.audit.reports import Corruption, assert_found


def stray_reservation() -> None:
    """Reserves a unit for no order; the ledger says so too."""
    item = database()["stock_items"].find_one({"available": 10})
    assert item is not None
    deltas = {"available_delta": -1, "reserved_delta": 1, "sold_delta": 0}
    added("stock_moves", kind="reserve", sku_id=item["_id"], **deltas)()
    changed("stock_items", {"_id": item["_id"]}, {"$inc": {"available": -1, "reserved": 1}})()


def lost_goods() -> None:
    """Leaves the two units of a cancelled order sold; refund, ledger and product say so too."""
    refund = database()["refunds"].find_one(CANCELLATION)
    assert refund is not None
    line = refund["items"][0]
    changed("refunds", {"_id": refund["_id"]}, {"$set": {"restocked": False}})()
    deleted("stock_moves", {"refund_id": refund["_id"]})()
    changed("stock_items", {"_id": line["sku_id"]}, {"$inc": {"available": -2, "sold": 2}})()
    changed("products", {"_id": line["product_id"]}, {"$inc": {"sales": 2}})()


CORRUPTIONS: list[Corruption] = [
    (
        "counters_are_whole_and_not_negative",
        changed("stock_items", {"available": 0}, {"$set": {"available": -1}}),
        ["all_received_is_somewhere", "counters_equal_the_ledger", "products_show_what_is_sold_out"],
    ),
    (
        "counters_are_whole_and_not_negative",
        changed("stock_items", {"available": 10}, {"$set": {"available": 10.0}}),
        [],
    ),
    (
        "counters_are_whole_and_not_negative",
        changed("stock_items", {"available": 10}, {"$unset": {"available": ""}}),
        ["all_received_is_somewhere", "counters_equal_the_ledger", "products_show_what_is_sold_out"],
    ),
    ("all_received_is_somewhere", changed("stock_items", {}, {"$inc": {"received": 1}}), ["counters_equal_the_ledger"]),
    (
        "moves_do_what_they_are_called",
        changed("stock_moves", {"kind": "sell"}, {"$set": {"available_delta": 1}}),
        ["counters_equal_the_ledger"],
    ),
    ("moves_do_what_they_are_called", changed("stock_moves", {"kind": "adjust"}, {"$set": {"kind": "unheard_of"}}), []),
    ("moves_do_what_they_are_called", changed("stock_moves", {"kind": "adjust"}, {"$set": {"kind": "write_off"}}), []),
    ("counters_equal_the_ledger", changed("stock_items", {}, {"$inc": {"available": 1, "received": 1}}), []),
    ("counters_equal_the_ledger", deleted("stock_moves", {"kind": "adjust"}), []),
    ("counters_equal_the_ledger", doubled("stock_moves", {"kind": "adjust"}), []),
    (
        "counters_equal_the_orders",
        changed("orders", PENDING, {"$inc": {"items.0.quantity": 1}}),
        ["orders_moved_their_stock_once", "totals_add_up"],
    ),
    ("counters_equal_the_orders", stray_reservation, []),
    ("products_and_stock_have_the_same_skus", changed("products", {}, {"$set": {"skus.0.id": NOBODY}}), []),
    ("products_show_what_is_sold_out", changed("products", {"in_stock": True}, {"$set": {"in_stock": False}}), []),
    (
        "products_show_what_is_sold_out",
        changed("products", {"sold_out_skus.0": {"$exists": True}}, {"$set": {"sold_out_skus": []}}),
        [],
    ),
    ("products_count_their_sales", changed("products", {}, {"$inc": {"sales": 1}}), []),
    ("products_show_their_lowest_price", changed("products", {}, {"$inc": {"price": 1}}), []),
    (
        "orders_moved_their_stock_once",
        pointed("stock_moves", {"kind": "resell"}, "order_id", at=("orders", WAITING)),
        [],
    ),
    ("orders_moved_their_stock_once", deleted("stock_moves", {"kind": "resell"}), ["counters_equal_the_ledger"]),
    (
        "orders_moved_their_stock_once",
        doubled("stock_moves", {"kind": "sell"}, "order_id_1_sku_id_1_kind_1"),
        ["counters_equal_the_ledger", "indexes_are_as_declared"],
    ),
    (
        "orders_moved_their_stock_once",
        changed("stock_moves", {"kind": "sell"}, {"$set": {"order_id": NOBODY}}),
        ["nothing_is_orphaned"],
    ),
    (
        "unshipped_goods_went_back",
        changed("refunds", {"kind": "cancellation"}, {"$set": {"restocked": False}}),
        ["counters_equal_the_orders", "refunds_moved_their_stock_once"],
    ),
    ("unshipped_goods_went_back", lost_goods, []),
    (
        "refunds_moved_their_stock_once",
        pointed("stock_moves", {"kind": "restock"}, "refund_id", at=("refunds", REQUESTED)),
        [],
    ),
    ("refunds_moved_their_stock_once", deleted("stock_moves", {"kind": "restock"}), ["counters_equal_the_ledger"]),
    (
        "refunds_moved_their_stock_once",
        doubled("stock_moves", {"kind": "restock"}, "refund_id_1_sku_id_1"),
        ["counters_equal_the_ledger", "indexes_are_as_declared"],
    ),
    (
        "refunds_moved_their_stock_once",
        changed("refunds", RETURNED, {"$set": {"restocked": False}}),
        ["counters_equal_the_orders"],
    ),
]


@pytest.mark.parametrize(("check", "corrupt", "also"), CORRUPTIONS)
def test_a_corrupt_document_is_found(audited: Services, check: str, corrupt: Corrupt, also: list[str]) -> None:
    assert_found(audited, corrupt, [check, *also])
