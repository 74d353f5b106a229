"""What an order would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from src.models.order_parts import OrderLine


@dataclass(frozen=True)
class Quote:
    """Amounts in fen. `freight_amount` is None as long as nobody says where to; the total is without it then."""

    items: Sequence[OrderLine]
    freight_amount: int | None

    @property
    def goods_amount(self) -> int:
        return sum(line.amount for line in self.items)

    @property
    def total_amount(self) -> int:
        return self.goods_amount + (self.freight_amount or 0)
