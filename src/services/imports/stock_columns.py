"""The columns of a file of stock: one row for each SKU that was counted."""

from __future__ import annotations

from src.services.imports.product_columns import MAX_STOCK, SKU, SKU_CODE
from src.services.sheets.cells import matching, text, whole
from src.services.sheets.columns import Column

COLUMNS = (
    Column(SKU, "SKU编码", "SKU code", matching(SKU_CODE), "TEA-250", required=True),
    Column("available", "可售库存", "Available", whole(MAX_STOCK), "20", required=True),
    # If given, a SKU of which something else is available is not changed.
    Column("expected", "原可售库存", "Available before", whole(MAX_STOCK), "12"),
    Column("reason", "原因", "Reason", text(200), "盘点"),
)
