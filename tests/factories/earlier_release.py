"""A store as the release before categories, pinyin and flags of stock has left it.

`vectors/earlier_release.json` was written by that release: products with and without a category, off sale, deleted and
with a retired SKU; an order in each state; staff.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from bson import ObjectId, json_util

from src.models.connection import database
from src.models.stores import Store
from tests.factories.shop import Shop

_FILE = Path(__file__).parents[1] / "vectors" / "earlier_release.json"
_UNKNOWN_OF_STORES = (
    *("status", "time_zone", "limits", "version", "secrets_changed_at", "order_ttl_minutes", "confirm_receipt_days"),
    *("figures_due_at", "usage_due_at"),
)
_AWARE = json_util.JSONOptions(tz_aware=True)
Rows = dict[str, list[dict[str, Any]]]


def move_in(shop: Shop, now: datetime) -> Rows:
    """Makes the store one of the earlier release, whose last order was placed just now; returns what it has."""
    rows: Rows = json_util.loads(_FILE.read_text("utf-8"), json_options=_AWARE)
    late = now - max(order["created_at"] for order in rows["orders"])
    moved: Rows = _moved(rows, late, shop.store_id)
    for collection, documents in moved.items():
        database()[collection].insert_many(documents)
    Store.collection().update_one({"_id": shop.store_id}, {"$unset": dict.fromkeys(_UNKNOWN_OF_STORES, "")})
    return moved


def _moved(node: Any, late: Any, store_id: ObjectId) -> Any:
    if isinstance(node, dict):
        moved = {name: _moved(value, late, store_id) for name, value in node.items()}
        return {**moved, "store_id": store_id} if "store_id" in node else moved
    if isinstance(node, list):
        return [_moved(value, late, store_id) for value in node]
    return node + late if isinstance(node, datetime) else node
