"""What can be exported."""

from __future__ import annotations

from src.services.exports.move_rows import STOCK_MOVES
from src.services.exports.order_rows import ORDERS
from src.services.exports.product_rows import PRODUCTS
from src.services.exports.reconciliation_rows import RECONCILIATIONS
from src.utils.sheet_kinds import ExportKind

KINDS = {
    ExportKind.PRODUCTS: PRODUCTS,
    ExportKind.ORDERS: ORDERS,
    ExportKind.STOCK_MOVES: STOCK_MOVES,
    ExportKind.RECONCILIATIONS: RECONCILIATIONS,
}
