"""What is printed to pack orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bson import ObjectId

from src.models.order_parts import OrderLine
from src.models.orders import Order
from src.models.products import Sku
from src.models.relevance import products_in_order
from src.models.stores import Store
from src.services.accounts.callers import StaffMember
from src.services.stores.stores import Stores
from src.utils.errors import NotFound

MOST_SLIPS = 50


@dataclass(frozen=True)
class PackingLine:
    """A line of the order with its SKU as it is now, and how many units are yet to leave."""

    line: OrderLine
    sku: Sku
    to_send: int


@dataclass(frozen=True)
class PackingSlip:
    order: Order
    store: Store
    lines: list[PackingLine]


class PackingSlips:
    """Collects what packing slips show."""

    def __init__(self, *, stores: Stores) -> None:
        self._stores = stores

    def of_orders(self, staff: StaffMember, order_ids: Sequence[ObjectId]) -> list[PackingSlip]:
        """Returns the slips in the order of the ids. Raises NotFound, also if one is another store's."""
        orders = Order.list_in_store(staff.store_id, order_ids)
        if len(orders) < len(order_ids):
            raise NotFound()
        store, skus = self._stores.get(staff.store_id), _skus_of(staff.store_id, orders.values())
        return [_slip(orders[order_id], store, skus) for order_id in order_ids]


def _skus_of(store_id: ObjectId, orders: Iterable[Order]) -> dict[ObjectId, Sku]:
    product_ids = {line.product_id for order in orders for line in order.items}
    return {sku.id: sku for product in products_in_order(store_id, list(product_ids)) for sku in product.skus}


def _slip(order: Order, store: Store, skus: dict[ObjectId, Sku]) -> PackingSlip:
    to_send = order.units_to_send
    lines = [PackingLine(line, skus[line.sku_id], to_send[line.sku_id]) for line in order.items]
    return PackingSlip(order, store, lines)
