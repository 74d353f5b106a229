"""What staff find orders by, and the pages they find."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne

from src.models.documents import MAX_TIME_MS
from src.models.orders import NEWEST_FIRST, Order
from src.models.parcels import Shipment
from src.utils.order_states import OrderStatus
from src.utils.pages import Page, PageRequest
from src.utils.search_tokens import normalise

# A receiver's name is found by its beginning; of a longer one this much decides.
NAME_LENGTH = 8
TAIL_LENGTH = 4
# An order's number is found by its end, of which so much is indexed.
END_LENGTH = 6
# Of each key so many entries are counted to find the rarest.
_COUNTED_ENTRIES = 1_000
_LATEST_NUMBER_FIRST = [("order_no", -1)]
_BY_NUMBER = [("store_id", 1), ("status", 1), *_LATEST_NUMBER_FIRST]


@dataclass(frozen=True)
class OrderFilter:
    """Which orders are wanted: all that is given is true of them.

    `phone` is a whole number or its last four digits, `receiver` a name's beginning, `order_no` a number's, of which
    `order_no_end` has the last six characters or more; of the products, one of `product_ids` is in the order.
    `amount` in fen. Without `statuses` it may have any.
    """

    statuses: Sequence[OrderStatus] = ()
    order_no: str | None = None
    order_no_end: str | None = None
    tracking_no: str | None = None
    phone: str | None = None
    receiver: str | None = None
    product_ids: Sequence[ObjectId] | None = None
    amount: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self, store_id: ObjectId) -> dict[str, Any]:
        within = {"$gte": self.since, "$lt": self.until}
        period = {bound: at for bound, at in within.items() if at is not None}
        query: dict[str, Any] = {"store_id": store_id, **({"created_at": period} if period else {})}
        if self.order_no is not None:
            query["order_no"] = {"$gte": self.order_no, "$lt": f"{self.order_no}~"}
        if self.order_no_end is not None:
            query.setdefault("order_no", {})["$regex"] = f"{re.escape(self.order_no_end)}$"
        keys = self._keys()
        if keys:
            rarest, *others = _rarest_first(store_id, keys)
            query["search_keys"] = rarest
            if others:
                query["$expr"] = {"$and": [_has(key) for key in others]}
        if keys or self.order_no is not None or self.statuses:
            # Every status is named where any will do: so one index has the orders sorted with and without one.
            statuses = [status.value for status in self.statuses or OrderStatus]
            query["status"] = statuses[0] if len(statuses) == 1 else {"$in": statuses}
        return query

    def _keys(self) -> list[Any]:
        keys: list[Any] = []
        if self.order_no_end is not None:
            keys.append(_end(self.order_no_end))
        if self.tracking_no is not None:
            keys.append(_parcel(self.tracking_no))
        if self.phone is not None:
            keys.append(_tail(self.phone) if len(self.phone) == TAIL_LENGTH else _phone(self.phone))
        if self.receiver is not None:
            keys.append(_name(normalise(self.receiver)[:NAME_LENGTH]))
        if self.product_ids is not None:
            keys.append({"$in": [_product(product_id) for product_id in self.product_ids]})
        if self.amount is not None:
            keys.append(_amount(self.amount))
        return keys


def search_keys(
    order: Order, *, total_amount: int | None = None, parcels: Sequence[Shipment] | None = None
) -> list[str]:
    """Returns what the order is found by, once it costs `total_amount` fen and has these parcels if they are given."""
    sent = order.shipped_parcels if parcels is None else parcels
    name = normalise(order.address.name)[:NAME_LENGTH]
    beginnings = [name[: length + 1] for length in range(len(name))]
    products = dict.fromkeys(line.product_id for line in order.items)
    return [
        _end(order.order_no),
        *dict.fromkeys(_parcel(parcel.tracking_no) for parcel in sent),
        _phone(order.address.phone),
        _tail(order.address.phone[-TAIL_LENGTH:]),
        *map(_name, beginnings),
        *map(_product, products),
        _amount(order.total_amount if total_amount is None else total_amount),
    ]


def page_of_orders(store_id: ObjectId, wanted: OrderFilter, page: PageRequest) -> Page[Order]:
    """Returns one page of the wanted orders, the newest first."""
    query = wanted.query(store_id)
    order = NEWEST_FIRST if wanted.order_no is None else _LATEST_NUMBER_FIRST
    return Order.find_page(query, order, page, index=_index_of(query))


def _index_of(query: dict[str, Any]) -> list[tuple[str, int]] | None:
    """Returns the index that has the orders of this query in their order; None if two come into question."""
    if "order_no" in query:
        return None if "search_keys" in query else _BY_NUMBER
    keys = [name for name in ("store_id", "search_keys", "status") if name in query]
    return [*((name, 1) for name in keys), *NEWEST_FIRST]


def orders_without_keys(after: ObjectId | None, *, limit: int) -> list[Order]:
    """Returns the next orders of all stores that follow `after`, those of an earlier release only."""
    query: dict[str, Any] = {} if after is None else {"_id": {"$gt": after}}
    found = Order.collection().find({**query, "search_keys": None}).sort("_id", 1).limit(limit)
    return [Order._from_son(raw) for raw in found]


def give_keys(orders: Sequence[Order]) -> None:
    """Has these orders found, unless somebody has given them keys meanwhile."""
    updates = [
        UpdateOne({"_id": order.id, "search_keys": None}, {"$set": {"search_keys": search_keys(order)}})
        for order in orders
    ]
    Order.collection().bulk_write(updates, ordered=False)


def _rarest_first(store_id: ObjectId, keys: list[Any]) -> list[Any]:
    """Returns the keys, those of the fewest orders first; of many orders it does not matter how many."""
    if len(keys) == 1:
        return keys
    counts = [_orders_with(store_id, key) for key in keys]
    return [keys[place] for place in sorted(range(len(keys)), key=counts.__getitem__)]


def _has(key: Any) -> dict[str, Any]:
    """Returns the condition as one that MongoDB compares with what it finds: of two it would look up either."""
    wanted = key["$in"] if isinstance(key, dict) else [key]
    return {"$ne": [{"$setIntersection": ["$search_keys", wanted]}, []]}


def _orders_with(store_id: ObjectId, key: Any) -> int:
    query = {"store_id": store_id, "search_keys": key}
    return Order.collection().count_documents(query, limit=_COUNTED_ENTRIES, maxTimeMS=MAX_TIME_MS)


def _end(order_no: str) -> str:
    return f"end {order_no[-END_LENGTH:]}"


def _parcel(tracking_no: str) -> str:
    return f"parcel {tracking_no}"


def _phone(number: str) -> str:
    return f"phone {number}"


def _tail(digits: str) -> str:
    return f"tail {digits}"


def _name(beginning: str) -> str:
    return f"name {beginning}"


def _product(product_id: ObjectId) -> str:
    return f"product {product_id}"


def _amount(fen: int) -> str:
    return f"amount {fen}"
