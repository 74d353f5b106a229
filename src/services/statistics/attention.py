"""What waits for staff: stock that runs out, and orders and refunds by where they are."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.status_counts import (
    MOST_COUNTED,
    held_payments,
    orders_by_status,
    refunds_by_status,
    sold_out_skus,
)
from src.services.accounts.callers import StaffMember
from src.services.stock.overview import StockLevel, StockOverview
from src.utils.order_states import OrderStatus
from src.utils.pages import PageRequest
from src.utils.refund_states import RefundStatus

__all__ = ["MOST_COUNTED", "Attention", "StatusCounts", "StockAlerts"]


@dataclass(frozen=True)
class StockAlerts:
    """How many SKUs are sold out and how many are low, those included; `lowest` are the first of them."""

    sold_out: int
    low: int
    lowest: list[StockLevel]


@dataclass(frozen=True)
class StatusCounts:
    orders: dict[OrderStatus, int]
    refunds: dict[RefundStatus, int]
    held_payments: int


class Attention:
    """Counts at most MOST_COUNTED of each kind."""

    def __init__(self, *, stock_overview: StockOverview) -> None:
        self._stock_overview = stock_overview

    def stock_alerts(self, staff: StaffMember, limit: int) -> StockAlerts:
        low = self._stock_overview.list_levels(staff, PageRequest(1, limit), low=True)
        return StockAlerts(sold_out_skus(staff.store_id), low.total, low.items)

    def status_counts(self, staff: StaffMember) -> StatusCounts:
        store_id = staff.store_id
        return StatusCounts(orders_by_status(store_id), refunds_by_status(store_id), held_payments(store_id))
