"""How much a file of rows may hold."""

from __future__ import annotations

MAX_FILE_BYTES = 20 * 2**20
MAX_ROWS = 50_000
MAX_COLUMNS = 64
# Of a workbook, once it is unpacked.
MAX_UNPACKED_BYTES = 128 * 2**20
MAX_ENTRIES = 500
