"""How much a file of rows may hold."""

from __future__ import annotations

MAX_FILE_BYTES = 20 * 2**20
MAX_ROWS = 50_000
MAX_COLUMNS = 64
# Of a workbook, once it is unpacked.
MAX_UNPACKED_BYTES = 128 * 2**20
MAX_ENTRIES = 500
# Different texts that its cells share, and the characters of all cells together: each cell has its own copy at last.
MAX_SHARED_TEXTS = 1_000_000
MAX_SHARED_CHARACTERS = 64 * 2**20
# Elements of a part that says how the workbook is made up.
MAX_ELEMENTS = 200_000
