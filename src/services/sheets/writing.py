"""Writing files of rows in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from src.utils.csv_rows import BYTE_ORDER_MARK, csv_rows
from src.utils.sheet_kinds import SheetFormat

Cell = str | int | Decimal
PIECE_BYTES = 1_048_576
_ROWS_AT_ONCE = 200
_NEVER_COMPUTED = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def yuan(fen: int) -> Decimal:
    """Returns the amount in yuan, which is written with two decimals."""
    return Decimal(fen).scaleb(-2)


def file_of(rows: Iterable[Sequence[Cell]], written_as: SheetFormat) -> Iterator[bytes]:
    """Yields the file in pieces of PIECE_BYTES, the last one of what is left.

    Numbers are written as numbers. No text becomes a formula: in CSV an apostrophe stands before what would, in XLSX
    the cells are of type text.
    """
    return _in_pieces(_csv(iter(rows)) if written_as is SheetFormat.CSV else _xlsx(rows))


def _csv(rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    yield BYTE_ORDER_MARK.encode()
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield csv_rows(some).encode()


def _xlsx(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        _write_workbook(rows, path, folder)
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


def _write_workbook(rows: Iterable[Sequence[Cell]], path: Path, folder: str) -> None:
    import xlsxwriter  # noqa: PLC0415 - few processes write workbooks

    with xlsxwriter.Workbook(str(path), {**_NEVER_COMPUTED, "tmpdir": folder}) as workbook:
        money = workbook.add_format({"num_format": "0.00"})
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                _write_cell(sheet, number, column, cell, money)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, money: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, Decimal):
        sheet.write_number(row, column, float(cell), money)
    else:
        sheet.write_number(row, column, cell)


def _in_pieces(written: Iterator[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for some in written:
        waiting += some
        while len(waiting) >= PIECE_BYTES:
            yield bytes(waiting[:PIECE_BYTES])
            del waiting[:PIECE_BYTES]
    if waiting:
        yield bytes(waiting)
