"""How much money waits for a person, in all stores together."""

from __future__ import annotations

from typing import Any

from src.models.documents import MAX_TIME_MS, BaseDocument
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.stores import Store
from src.utils.refund_states import RefundStatus


def count_held_payments() -> int:
    """Returns how many payments differ from what was asked for and are not decided."""
    return _count(Payment, {"held": True})


def count_abnormal_refunds() -> int:
    """Returns how many refunds WeChat cannot pay back."""
    return _count(Refund, {"status": RefundStatus.ABNORMAL.value})


def _count(document: type[BaseDocument], matching: dict[str, Any]) -> int:
    # The indexes begin with the store.
    store_ids = [raw["_id"] for raw in Store.collection().find({}, {"_id": 1}).hint([("_id", 1)])]
    query = {"store_id": {"$in": store_ids}, **matching}
    return document.collection().count_documents(query, maxTimeMS=MAX_TIME_MS)
