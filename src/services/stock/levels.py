"""What follows when stock rises or falls: what the product shows, and that the shop is told."""

from __future__ import annotations

from datetime import datetime

from src.models.products import Product
from src.models.stock import StockItem
from src.models.transaction import Session
from src.services.events import record_low_stock


class StockLevels:
    """Follows up on moves. `default_low_at` is the threshold of SKUs that have none of their own."""

    def __init__(self, *, default_low_at: int) -> None:
        self.default_low_at = default_low_at

    def opened(self, item: StockItem, *, now: datetime, session: Session) -> None:
        """Follows up on a new SKU, which may begin with few units or none."""
        if item.available <= item.low_threshold(self.default_low_at):
            record_low_stock(item, at=now, session=session)

    def threshold_moved(self, before: StockItem, after: StockItem, *, now: datetime, session: Session) -> None:
        """Follows up on another threshold, which may make low what was not."""
        was, becomes = (item.low_threshold(self.default_low_at) for item in (before, after))
        if was < after.available <= becomes:
            record_low_stock(after, at=now, session=session)

    def fell(self, item: StockItem, quantity: int, *, now: datetime, session: Session) -> None:
        """Follows up on `quantity` units that have just left what is available.

        The event is recorded when the threshold is crossed, and not again before it was left upwards.
        """
        if item.available == 0:
            Product.mark_sold_out(item.product_id, item.id, session=session)
        low_at = item.low_threshold(self.default_low_at)
        if item.available <= low_at < item.available + quantity:
            record_low_stock(item, at=now, session=session)
        item.note_own_low(session=session)

    def rose(self, item: StockItem, quantity: int, *, session: Session) -> None:
        """Follows up on `quantity` units that have just become available."""
        if item.available == quantity > 0:
            Product.mark_available(item.product_id, item.id, session=session)
        item.note_own_low(session=session)

    def moved(self, item: StockItem, delta: int, *, now: datetime, session: Session) -> None:
        """Follows up on a move by `delta`, which may be negative."""
        if delta < 0:
            self.fell(item, -delta, now=now, session=session)
        else:
            self.rose(item, delta, session=session)
