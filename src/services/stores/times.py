"""How long things last in a store, and what day it is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bson import ObjectId

from src.models.stores import Store
from src.services.stores.stores import Stores


class StoreTimes:
    """The settings of the process, unless a store has its own."""

    def __init__(self, *, stores: Stores, order_ttl: timedelta, confirm_after: timedelta) -> None:
        self._stores = stores
        self._order_ttl = order_ttl
        self._confirm_after = confirm_after

    def order_ttl(self, store_id: ObjectId) -> timedelta:
        """Returns how long a new order of the store can be paid."""
        own = self._stores.get(store_id).order_ttl_minutes
        return self._order_ttl if own is None else timedelta(minutes=own)

    def confirm_after(self) -> tuple[timedelta, dict[ObjectId, timedelta]]:
        """Returns after what time shipped orders are completed, and where that is another."""
        own = Store.confirm_days_by_store()
        return self._confirm_after, {store_id: timedelta(days=days) for store_id, days in own.items()}


def day_of(store: Store, moment: datetime) -> str:
    """Returns the day, such as `2026-11-20`, that it is in the store at that moment."""
    return moment.astimezone(ZoneInfo(store.time_zone)).date().isoformat()
