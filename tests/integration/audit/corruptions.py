"""Ways to corrupt one document of the shop of `audited_shop`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from src.models.connection import database

Document = dict[str, Any]
Corrupt = Callable[[], None]

NOBODY = ObjectId("0" * 24)
# Longer ago, or later, than anything that is on time.
LATELY = datetime.now(UTC) - timedelta(minutes=16)
YESTERDAY = datetime.now(UTC) - timedelta(days=1, minutes=1)
LATER = datetime.now(UTC) + timedelta(days=1)

# Orders.
PENDING = {"status": "pending", "idempotency_key": "once"}
WAITING = {"status": "pending", "idempotency_key": {"$exists": False}}
COMPLETED = {"status": "completed"}
SHIPPED = {"status": "shipped", "refund_held": 3000}
REVIVED = {"status": "paid", "history.1.reason": "expired"}
CANCELLED_PAID = {"status": "cancelled", "paid_at": {"$exists": True}, "refund_held": 2000}
FREIGHT_KEPT = {"status": "shipped", "freight_amount": 600}
FREIGHT_ASKED = {"status": "paid", "freight_held": 600}
FREIGHT_BACK = {"status": "cancelled", "freight_held": 600}
# Refunds.
CANCELLATION = {"kind": "cancellation", "amount_fen": 2000}
REQUESTED = {"status": "requested"}
WITH_FREIGHT = {"status": "requested", "freight_fen": 600}
CANCELLED_FREIGHT = {"kind": "cancellation", "freight_fen": 600}
RETURNED = {"status": "succeeded", "kind": "after_sale"}
RENUMBERED = {"former_nos.0": {"$exists": True}}
# Payments.
PREPARED = {"status": "prepared", "held": False}
HELD = {"held": True}
SURPLUS = {"status": "surplus"}
SUCCEEDED = {"status": "succeeded", "amount_fen": 6000}


def changed(collection: str, query: Document, update: Document) -> Corrupt:
    """Returns what changes the one or first document that matches."""

    def corrupt() -> None:
        assert database()[collection].update_one(query, update).matched_count == 1, (collection, query)

    return corrupt


def deleted(collection: str, query: Document) -> Corrupt:
    def corrupt() -> None:
        assert database()[collection].delete_one(query).deleted_count == 1, (collection, query)

    return corrupt


def doubled(collection: str, query: Document, without_index: str = "", **other: Any) -> Corrupt:
    """Returns what stores a document once more with another id; an index that would refuse that is dropped."""

    def corrupt() -> None:
        original = database()[collection].find_one(query)
        assert original is not None, (collection, query)
        if without_index:
            database()[collection].drop_index(without_index)
        database()[collection].insert_one({**original, "_id": ObjectId(), **other})

    return corrupt


def added(collection: str, **values: Any) -> Corrupt:
    """Returns what stores a document of the first store."""

    def corrupt() -> None:
        main = database()["stores"].find_one(sort=[("_id", 1)])
        assert main is not None
        database()[collection].insert_one({"_id": ObjectId(), "store_id": main["_id"], **values})

    return corrupt


def pointed(collection: str, query: Document, field: str, *, at: tuple[str, Document]) -> Corrupt:
    """Returns what makes a document name another one that exists."""

    def corrupt() -> None:
        named = database()[at[0]].find_one(at[1])
        assert named is not None, at
        changed(collection, query, {"$set": {field: named["_id"]}})()

    return corrupt


def together(*corruptions: Corrupt) -> Corrupt:
    """Returns what corrupts several documents so that they agree with each other."""

    def corrupt() -> None:
        for one in corruptions:
            one()

    return corrupt


def without_index(collection: str, name: str) -> Corrupt:
    return lambda: database()[collection].drop_index(name)


def into_the_other_store(collection: str, query: Document) -> Corrupt:
    """Returns what gives a document of the first store to the second one."""

    def corrupt() -> None:
        main, other = database()["stores"].find(sort=[("_id", 1)])
        changed(collection, {"store_id": main["_id"], **query}, {"$set": {"store_id": other["_id"]}})()

    return corrupt
