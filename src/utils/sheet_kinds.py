"""What files of rows are about, how they are written, and what becomes of them."""

from __future__ import annotations

from enum import StrEnum


class SheetFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


CONTENT_TYPES = {
    SheetFormat.CSV: "text/csv",
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Language(StrEnum):
    CHINESE = "zh"
    ENGLISH = "en"


class ImportKind(StrEnum):
    PRODUCTS = "products"
    STOCK = "stock"


class ImportState(StrEnum):
    """checking: its rows are being looked at. checked: it may be run. refused: the file cannot be used.

    failed: its job could not go on. What was brought until then stays; the rest waits to be started again.
    """

    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"


class ExportKind(StrEnum):
    PRODUCTS = "products"
    ORDERS = "orders"
    STOCK_MOVES = "stock_movements"
    RECONCILIATIONS = "reconciliations"


class ExportState(StrEnum):
    """waiting: it is being written, or will be. failed: it could not be written. expired: its file is gone."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"
