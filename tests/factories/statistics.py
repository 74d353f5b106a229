"""Reading a store's figures."""

from __future__ import annotations

from typing import Any

from tests.factories.shop import Person, data_of

STATISTICS = "/api/merchant/statistics"
READS: list[tuple[str, dict[str, Any]]] = [
    ("overview", {}),
    ("series", {"metric": "gmv"}),
    ("series", {"metric": "payingUsers", "by": "hour"}),
    ("top-products", {}),
    ("top-categories", {"by": "quantity"}),
    ("stock-alerts", {}),
    ("status-counts", {}),
]


def walk_statistics(staff: Person) -> None:
    """Calls every operation on figures."""
    for name, query in READS:
        data_of(staff.get(f"{STATISTICS}/{name}", **query), 200)
