"""What a store sells, wired: lists, stock, checkout, orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from src.services.catalogue.catalog import Catalog
from src.services.jobs.contracts import JobParts, ScheduledWork
from src.services.orders.checkout import Checkout
from src.services.orders.orders import Orders
from src.services.orders.packing_slips import PackingSlips
from src.services.orders.store_orders import StoreOrders
from src.services.search.histories import SearchHistories
from src.services.stock.inventory import Inventory
from src.services.stock.keeping import StockKeeping
from src.services.stock.levels import StockLevels
from src.services.stock.overview import StockOverview
from src.services.wiring.foundation import Foundation


@dataclass(frozen=True)
class Selling:
    catalog: Catalog
    inventory: Inventory
    stock_keeping: StockKeeping
    stock_overview: StockOverview
    checkout: Checkout
    orders: Orders
    store_orders: StoreOrders
    packing_slips: PackingSlips
    search_histories: SearchHistories

    @property
    def job_parts(self) -> JobParts:
        confirming = ScheduledWork("confirm_receipts", timedelta(hours=1), self.orders.confirm_due, limit=500)
        return JobParts.of(scheduled=(confirming,))


def wire_selling(base: Foundation) -> Selling:
    settings, transactions, clock = base.settings, base.transactions, base.clock
    levels = StockLevels(default_low_at=settings.low_stock_threshold)
    inventory = Inventory(levels=levels)
    orders = Orders(transactions=transactions, clock=clock, times=base.times)
    return Selling(
        catalog=Catalog(),
        inventory=inventory,
        stock_keeping=StockKeeping(levels=levels, transactions=transactions, clock=clock),
        stock_overview=StockOverview(default_low_at=settings.low_stock_threshold),
        checkout=Checkout(
            transactions=transactions,
            inventory=inventory,
            clock=clock,
            times=base.times,
            most_unpaid=settings.max_unpaid_orders,
        ),
        orders=orders,
        store_orders=StoreOrders(orders=orders, transactions=transactions, clock=clock),
        packing_slips=PackingSlips(stores=base.stores),
        search_histories=SearchHistories(clock=clock),
    )
