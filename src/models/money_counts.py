"""How much waits for a person, in all stores together: money, and what WeChat warns of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from src.models.documents import MAX_TIME_MS, BaseDocument
from src.models.notifications import Notification, NotificationOutcome
from src.models.payments import Payment
from src.models.pushed_messages import PushedMessage
from src.models.reconciliations import Reconciliation
from src.models.refunds import Refund
from src.models.stores import Store
from src.utils.refund_states import RefundStatus


def count_held_payments() -> int:
    """Returns how many payments differ from what was asked for and are not decided."""
    return _count_in_stores(Payment, {"held": True})


def count_abnormal_refunds() -> int:
    """Returns how many refunds WeChat cannot pay back."""
    return _count_in_stores(Refund, {"status": RefundStatus.ABNORMAL.value})


def count_stored_notifications() -> int:
    """Returns how many of WeChat Pay's notifications are about what we do not know."""
    return _count(Notification, {"outcome": NotificationOutcome.STORED.value})


def count_differing_days(first: date) -> int:
    """Returns how many days of stores from `first` on are not as WeChat's bill has them, by the latest comparison."""
    return _count_in_stores(Reconciliation, {"day": {"$gte": first.isoformat()}, "differs": True})


def count_messages(events: Iterable[str], *, since: datetime) -> dict[str, int]:
    """Returns how many messages of each of these events WeChat has pushed since then."""
    return {event: _count(PushedMessage, {"event": event, "received_at": {"$gte": since}}) for event in events}


def _count_in_stores(document: type[BaseDocument], matching: dict[str, Any]) -> int:
    # The indexes begin with the store.
    store_ids = [raw["_id"] for raw in Store.collection().find({}, {"_id": 1}).hint([("_id", 1)])]
    return _count(document, {"store_id": {"$in": store_ids}, **matching})


def _count(document: type[BaseDocument], query: dict[str, Any]) -> int:
    return document.collection().count_documents(query, maxTimeMS=MAX_TIME_MS)
