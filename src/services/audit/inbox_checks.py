"""What WeChat told us must have had the effect that its outcome says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from src.models.notifications import Notification
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.snapshots import Row
from src.models.stores import Store
from src.services.audit.payment_checks import RECEIVED
from src.services.audit.scopes import Scope, batches

_HAD_EFFECT = ["applied", "already_applied", "surplus"]


def applied_notifications_had_their_effect(scope: Scope) -> Iterator[str]:
    query = {**told_to(scope), "outcome": {"$in": _HAD_EFFECT}}
    for batch in batches(scope.view.rows(Notification, query, ["event_type", "resource"])):
        resources = {row["_id"]: json.loads(row["resource"]) for row in batch}
        received, refunded = _received(scope, resources), _refunded(scope, resources)
        for row in batch:
            number = resources[row["_id"]]["out_trade_no"]
            if row["event_type"] == "TRANSACTION.SUCCESS" and number not in received:
                yield f"notification {row['_id']} was applied and nothing came with {number}"
            number = resources[row["_id"]].get("out_refund_no")
            if row["event_type"] == "REFUND.SUCCESS" and number not in refunded:
                yield f"notification {row['_id']} was applied and nothing went back with {number}"


def told_to(scope: Scope) -> Row:
    """Returns the query for notifications to the merchant number of a scope; stores may share one."""
    if scope.store_id is None:
        return {}
    (store,) = scope.view.rows(Store, {"_id": scope.store_id}, ["mchid"])
    return {"_id": {"$regex": f"^{re.escape(store['mchid'])}:"}}


def _received(scope: Scope, resources: dict[str, Row]) -> set[str]:
    numbers = [resource["out_trade_no"] for resource in resources.values()]
    query = {"out_trade_no": {"$in": numbers}, "status": {"$in": sorted(RECEIVED)}}
    return {row["out_trade_no"] for row in scope.view.rows(Payment, query, ["out_trade_no"])}


def _refunded(scope: Scope, resources: dict[str, Row]) -> set[str]:
    numbers = [resource["out_refund_no"] for resource in resources.values() if "out_refund_no" in resource]
    query = {"out_refund_no": {"$in": numbers}, "status": "succeeded"}
    return {row["out_refund_no"] for row in scope.view.rows(Refund, query, ["out_refund_no"])}
