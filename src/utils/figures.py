"""The figures of a span of time."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum


class Metric(StrEnum):
    """What can be drawn over time. The values are the names in the API."""

    ORDERS = "orders"
    PAID_ORDERS = "paidOrders"
    GMV = "gmv"
    PAYING_USERS = "payingUsers"
    REFUNDS = "refunds"
    REFUND_AMOUNT = "refundAmount"


@dataclass(frozen=True)
class Figures:
    """`orders` were placed, `paid_orders` were paid with `gmv` fen, `refunds` were paid back with `refund_amount` fen.

    A sum of two spans' figures leaves `paying_users` out: somebody may have paid in both.
    """

    orders: int = 0
    paid_orders: int = 0
    gmv: int = 0
    paying_users: int = 0
    refunds: int = 0
    refund_amount: int = 0

    @classmethod
    def from_stored(cls, raw: dict[str, int]) -> Figures:
        return cls(**{field.name: int(raw.get(field.name, 0)) for field in fields(cls)})

    def __add__(self, other: Figures) -> Figures:
        sums = {field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        return Figures(**{**sums, "paying_users": 0})

    def as_stored(self) -> dict[str, int]:
        return asdict(self)

    def of(self, metric: Metric) -> int:
        value: int = getattr(self, metric.name.lower())
        return value


NOTHING = Figures()
