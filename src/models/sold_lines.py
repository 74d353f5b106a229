"""What was paid for, product by product, added up from the lines of orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from bson import ObjectId

from src.models.documents import MAX_TIME_OF_WORK_MS
from src.models.orders import Order
from src.models.payments import Payment
from src.models.sales_sums import Span, succeeded_within

# A product, and the category that it was filed under.
Filed = tuple[ObjectId, ObjectId | None]
# Units, and fen.
Sums = tuple[int, int]
_PORTION = 1_000
_LINES = {"_id": 0, "items.product_id": 1, "items.category_id": 1, "items.quantity": 1, "items.amount": 1}


@dataclass
class Sold:
    """Units and fen of each product under each category."""

    sums: dict[Filed, Sums] = field(default_factory=dict)

    def add(self, filed: Filed, quantity: int, amount: int) -> None:
        units, fen = self.sums.get(filed, (0, 0))
        self.sums[filed] = (units + quantity, fen + amount)

    def add_all(self, other: Sold) -> None:
        for filed, sums in other.sums.items():
            self.add(filed, *sums)

    def by_product(self) -> dict[ObjectId | None, Sums]:
        return _added((product_id, sums) for (product_id, _), sums in self.sums.items())

    def by_category(self) -> dict[ObjectId | None, Sums]:
        return _added((category_id, sums) for (_, category_id), sums in self.sums.items())


def sold_in(store_id: ObjectId, span: Span) -> Sold:
    """Returns what was paid for in that time. No query takes longer because more was sold.

    A caller that cannot wait for all of them sets a deadline.
    """
    found = Payment.collection().find(succeeded_within(store_id, span), {"_id": 0, "order_id": 1}, batch_size=_PORTION)
    ids, sold = (raw["order_id"] for raw in found.max_time_ms(MAX_TIME_OF_WORK_MS)), Sold()
    for portion in _portions(ids):
        # One $lookup for each payment takes several times as long.
        orders = Order.collection().find({"_id": {"$in": portion}}, _LINES).max_time_ms(MAX_TIME_OF_WORK_MS)
        for line in (line for order in orders for line in order["items"]):
            sold.add((line["product_id"], line.get("category_id")), line["quantity"], line["amount"])
    return sold


def _added(all_sums: Iterable[tuple[ObjectId | None, Sums]]) -> dict[ObjectId | None, Sums]:
    added: dict[ObjectId | None, Sums] = {}
    for key, (quantity, amount) in all_sums:
        units, fen = added.get(key, (0, 0))
        added[key] = (units + quantity, fen + amount)
    return added


def _portions(ids: Iterable[ObjectId]) -> Iterator[list[ObjectId]]:
    left = iter(ids)
    while portion := list(islice(left, _PORTION)):
        yield portion
