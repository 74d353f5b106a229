"""A file of rows, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator

from src.services.sheets.csv_files import csv_lines, encoding_of
from src.services.sheets.failures import FileFault, FileRefused
from src.services.sheets.limits import MAX_FILE_BYTES
from src.services.sheets.xlsx_files import inspect, xlsx_lines
from src.utils.sheet_kinds import SheetFormat

_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"
# What Windows calls Unicode text.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def format_of(content: bytes) -> SheetFormat:
    """Returns the format of a file by its content, whatever it is called.

    Raises:
        FileRefused: it cannot be used.
    """
    if not content.strip():
        raise FileRefused(FileFault.EMPTY)
    if len(content) > MAX_FILE_BYTES:
        raise FileRefused(FileFault.TOO_LARGE)
    if content.startswith(_OLE):  # the old XLS, and workbooks with a password
        raise FileRefused(FileFault.ENCRYPTED_OR_OLD)
    if content.startswith(_ZIP):
        inspect(content)
        return SheetFormat.XLSX
    if content.startswith(_UTF_16):
        raise FileRefused(FileFault.NOT_TEXT)
    encoding_of(content)
    return SheetFormat.CSV


def lines(content: bytes, written_as: SheetFormat) -> Iterator[list[str]]:
    """Yields the cells of each line, the header first. Raises FileRefused or SheetRefused."""
    return xlsx_lines(content) if written_as is SheetFormat.XLSX else csv_lines(content)
