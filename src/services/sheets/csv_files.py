"""Rows of CSV files, as Excel and others write them in China."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.utils.csv_rows import neutral
from src.utils.sheet_problems import Problem

_ENCODINGS = ("utf-8-sig", "gb18030")


def decoded(content: bytes) -> str:
    """Returns the text: UTF-8 with or without a byte order mark, or GB18030.

    Raises:
        FileRefused: it is neither.
    """
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileRefused(FileFault.NOT_TEXT)


def csv_lines(text: str) -> Iterator[list[str]]:
    """Yields the cells of each line.

    Raises:
        SheetRefused: a cell is far too long, or a quote is never closed.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield [_written(cell) for cell in cells]
    except csv.Error:
        raise SheetRefused(Problem.UNREADABLE, row=reader.line_num) from None


def _written(cell: str) -> str:
    """Takes away the apostrophe that exports put before what a spreadsheet program would compute."""
    return cell[1:] if cell.startswith("'") and neutral(cell[1:]) == cell else cell
