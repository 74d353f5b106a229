"""Rows of XLSX workbooks. Nothing is computed: of a formula, the value that was stored with it counts."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.services.sheets.limits import MAX_ENTRIES, MAX_UNPACKED_BYTES
from src.services.sheets.shared_texts import SharedTexts
from src.services.sheets.xlsx_parts import PartScan, SharedTextsScan
from src.services.sheets.xlsx_sheets import SheetScan
from src.utils.sheet_problems import Problem

_WORKBOOK, _SHARED_TEXTS, _MACROS = "xl/workbook.xml", "xl/sharedstrings.xml", ("vbaproject.bin", "xl/macrosheets/")
_READ = (".xml", ".rels")
# Read whole, each at a place of its own; any other part may be a sheet.
_MAKE_UP = (_WORKBOOK, "xl/styles.xml", ".rels")
_ENCRYPTED = 0x1
_PIECE = 65_536


def inspect(content: bytes) -> None:
    """Looks at a workbook's table of contents; nothing is unpacked.

    Raises:
        FileRefused: it is no workbook, is encrypted, has macros, or says that too much is in it.
    """
    with _opened(content) as archive:
        entries = archive.infolist()
        names = [_name(entry) for entry in entries]
        if _WORKBOOK not in names or len(set(names)) != len(names):
            raise FileRefused(FileFault.NOT_A_WORKBOOK)
        if any(mark in name for name in names for mark in _MACROS):
            raise FileRefused(FileFault.MACROS)
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise FileRefused(FileFault.ENCRYPTED_OR_OLD)
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise FileRefused(FileFault.TOO_MUCH_INSIDE)


def xlsx_lines(content: bytes) -> Iterator[list[str]]:
    """Yields the cells of each line of the first sheet.

    Raises:
        FileRefused. SheetRefused: it cannot be read, or has too many rows or columns.
    """
    import python_calamine  # noqa: PLC0415 - few processes read workbooks

    inspect(content)
    try:
        workbook = python_calamine.load_workbook(_repacked(content))
        for cells in workbook.get_sheet_by_index(0).iter_rows():
            yield [_text(cell) for cell in cells]
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise SheetRefused(Problem.UNREADABLE) from None


def _repacked(content: bytes) -> IO[bytes]:
    """Returns a workbook of the parts that are read, each as large as it says and no larger than it may be.

    What a stranger's table of contents says need not be true; of this one it is.
    """
    packed = BytesIO()
    with _opened(content) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as repacked:
        shared = SharedTexts()
        entries = {_name(entry): entry for entry in archive.infolist()}
        for name in sorted(entries, key=lambda name: name != _SHARED_TEXTS):
            if name.endswith(_READ):
                with archive.open(entries[name]) as part, repacked.open(entries[name].filename, "w") as copy:
                    _copy(part, copy, _scan(name, shared))
    packed.seek(0)
    return packed


def _name(entry: zipfile.ZipInfo) -> str:
    """Returns the name of a part; to a reader it is the same part however it is capitalized."""
    return entry.filename.replace("\\", "/").lower()


def _scan(name: str, shared: SharedTexts) -> PartScan:
    if name == _SHARED_TEXTS:
        return SharedTextsScan(shared)
    return PartScan() if name.endswith(_MAKE_UP) else SheetScan(shared)


def _copy(part: IO[bytes], copy: IO[bytes], scan: PartScan) -> None:
    while piece := part.read(_PIECE):
        scan.feed(piece)
        copy.write(piece)
    scan.end()


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise FileRefused(FileFault.NOT_A_WORKBOOK) from None
    with archive:
        yield archive


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        # As a spreadsheet program shows it: 19.9, though the sum that made it is 19.900000000000002.
        return f"{cell:.0f}" if cell.is_integer() else f"{cell:.15g}"
    return cell if isinstance(cell, str) else str(cell)
