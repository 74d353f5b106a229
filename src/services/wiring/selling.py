"""What a store sells, wired: catalogue, stock, checkout, orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from src.services.catalog import Catalog
from src.services.checkout import Checkout
from src.services.inventory import Inventory
from src.services.jobs.contracts import JobParts, ScheduledWork
from src.services.orders import Orders
from src.services.product_editing import ProductEditing
from src.services.wiring.foundation import Foundation


@dataclass(frozen=True)
class Selling:
    catalog: Catalog
    product_editing: ProductEditing
    inventory: Inventory
    checkout: Checkout
    orders: Orders

    @property
    def job_parts(self) -> JobParts:
        confirming = ScheduledWork("confirm_receipts", timedelta(hours=1), self.orders.confirm_due, limit=500)
        return JobParts.of(scheduled=(confirming,))


def wire_selling(base: Foundation) -> Selling:
    settings, transactions, clock = base.settings, base.transactions, base.clock
    ttl, confirm_after = timedelta(minutes=settings.order_ttl_minutes), timedelta(days=settings.confirm_receipt_days)
    inventory = Inventory(transactions=transactions, clock=clock, low_stock_at=settings.low_stock_threshold)
    return Selling(
        catalog=Catalog(),
        product_editing=ProductEditing(transactions=transactions, inventory=inventory, clock=clock),
        inventory=inventory,
        checkout=Checkout(transactions=transactions, inventory=inventory, clock=clock, ttl=ttl),
        orders=Orders(transactions=transactions, clock=clock, confirm_after=confirm_after),
    )
