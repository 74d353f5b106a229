"""Rows of CSV files, as Excel and others write them in China."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.services.sheets.limits import MAX_COLUMNS
from src.utils.csv_rows import as_it_was
from src.utils.sheet_problems import Problem

_ENCODINGS = ("utf-8-sig", "gb18030")
_PIECE = 65_536


def encoding_of(content: bytes) -> str:
    """Returns how the text is written: UTF-8 with or without a byte order mark, or GB18030.

    Raises:
        FileRefused: it is neither.
    """
    if b"\x00" not in content:
        for encoding in _ENCODINGS:
            if _is_written_in(encoding, content):
                return encoding
    raise FileRefused(FileFault.NOT_TEXT)


def _is_written_in(encoding: str, content: bytes) -> bool:
    """Decodes a piece at a time: the whole text would take several times as much memory as the file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(content), _PIECE):
            decoder.decode(content[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def csv_lines(content: bytes) -> Iterator[list[str]]:
    """Yields the cells of each line, without the apostrophes that exports put before what would be computed.

    Raises:
        FileRefused: it is no text. SheetRefused: a cell is far too long, a row too, or a quote is never closed.
    """
    reader = csv.reader(TextIOWrapper(BytesIO(content), encoding_of(content), newline=""), strict=True)
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise SheetRefused(Problem.TOO_MANY_CELLS, row=reader.line_num)
            yield [as_it_was(cell) for cell in cells]
    except csv.Error:
        raise SheetRefused(Problem.UNREADABLE, row=reader.line_num) from None
