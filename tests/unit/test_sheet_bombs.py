"""Small workbooks that a reader would make large."""

from __future__ import annotations

import tracemalloc
import zipfile
from io import BytesIO

import pytest

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.services.sheets.limits import (
    MAX_COLUMNS,
    MAX_ELEMENTS,
    MAX_ENTRIES,
    MAX_ROWS,
    MAX_SHARED_CHARACTERS,
    MAX_SHARED_TEXTS,
)
from src.services.sheets.reading import format_of, lines
from src.utils.sheet_kinds import SheetFormat
from src.utils.sheet_problems import Problem
from tests.factories.sheets import with_part, xlsx_file

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET, TEXTS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
PLAIN = xlsx_file(["a", "b"], ["1", "2"])
LONG = MAX_SHARED_CHARACTERS // 100
MOST_MEMORY = 64 * 2**20


def part(root: str, inside: str) -> bytes:
    return f'<?xml version="1.0"?><{root} {NAMESPACE}>{inside}</{root}>'.encode()


def texts_of(*texts: str) -> bytes:
    return part("sst", "".join(f"<si><t>{text}</t></si>" for text in texts))


def sheet_of(cells: int, *, root: str = "worksheet", shared: int = 0) -> bytes:
    """Returns a sheet of so many cells with the same shared text."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{shared}</v></c></row>' for n in range(1, cells + 1))
    return part(root, f"<sheetData>{rows}</sheetData>")


def workbook(**parts: bytes) -> bytes:
    content = PLAIN
    for name, inside in parts.items():
        content = with_part(content, {"texts": TEXTS, "sheet": SHEET, "styles": STYLES}[name], inside)
    return content


def pointing_to(target: str, **parts: bytes) -> bytes:
    """Returns a workbook that says that its sheet is another part."""
    content = workbook(**parts)
    relations = zipfile.ZipFile(BytesIO(content)).read(RELATIONS)
    return with_part(content, RELATIONS, relations.replace(b"worksheets/sheet1.xml", target.encode()))


def refusal_of(content: bytes) -> FileFault | Problem:
    try:
        for _ in lines(content, format_of(content)):
            pass
    except FileRefused as refusal:
        return refusal.fault
    except SheetRefused as refusal:
        return refusal.problem
    raise AssertionError("it was read")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (workbook(texts=texts_of("x" * LONG), sheet=sheet_of(101)), FileFault.TOO_MUCH_INSIDE),
        (workbook(texts=texts_of("x" * LONG), sheet=sheet_of(101, root="x")), FileFault.TOO_MUCH_INSIDE),
        (workbook(texts=part("sst", "<si/>" * (MAX_SHARED_TEXTS + 1))), FileFault.TOO_MUCH_INSIDE),
        (workbook(styles=part("styleSheet", "<xf/>" * (MAX_ELEMENTS + 1))), FileFault.TOO_MUCH_INSIDE),
        (pointing_to("styles.xml", styles=sheet_of(1)), Problem.UNREADABLE),
        (pointing_to("sharedStrings.xml", texts=sheet_of(1)), Problem.UNREADABLE),
        (workbook(texts=texts_of("x"), sheet=sheet_of(1, shared=1)), Problem.UNREADABLE),
        (workbook(sheet=sheet_of(1, shared=-1)), Problem.UNREADABLE),
        (with_part(PLAIN, "xl/SharedStrings.xml", texts_of("x")), FileFault.NOT_A_WORKBOOK),
        (with_part(PLAIN, "xl\\sharedStrings.xml", texts_of("x")), FileFault.NOT_A_WORKBOOK),
    ],
    ids=["copies", "no sheet", "texts", "styles", "styles as sheet", "texts as sheet", "none", "-1", "case", "slash"],
)
def test_what_would_grow_is_refused(content: bytes, expected: FileFault | Problem) -> None:
    assert len(content) < 2**20
    tracemalloc.start()
    refused = refusal_of(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused, peak < MOST_MEMORY) == (expected, True), peak


def test_texts_that_cells_share_are_read() -> None:
    content = workbook(texts=texts_of("x" * LONG), sheet=sheet_of(100))
    assert [len(cell) for (cell,) in lines(content, SheetFormat.XLSX)] == [LONG] * 100


def test_a_size_that_a_sheet_only_claims_is_nothing() -> None:
    claimed = part("worksheet", '<dimension ref="A1:XFD1048576"/><sheetData><row><c><v>1</v></c></row></sheetData>')
    assert list(lines(workbook(sheet=claimed), SheetFormat.XLSX)) == [["1"]]


def test_a_million_rows_are_not_read() -> None:
    rows = part("worksheet", "<sheetData>" + "<row/>" * 1_000_000 + "</sheetData>")
    assert refusal_of(workbook(sheet=rows)) is Problem.TOO_MANY_ROWS


def test_so_many_entries_and_no_more() -> None:
    file = BytesIO(PLAIN)
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(MAX_ENTRIES):
            archive.writestr(f"docProps/{number}.txt", b"")
    assert refusal_of(file.getvalue()) is FileFault.TOO_MUCH_INSIDE


def test_what_is_nested_is_not_opened() -> None:
    inner = with_part(PLAIN, "xl/embeddings/inner.xlsx", b"0" * 1_000_000)
    assert list(lines(with_part(inner, "xl/embeddings/again.xlsx", inner), SheetFormat.XLSX)) == [
        ["a", "b"],
        ["1", "2"],
    ]


def test_rows_of_text_files_are_bounded_too() -> None:
    assert refusal_of(b"a," * MAX_COLUMNS + b"a") is Problem.TOO_MANY_CELLS
    assert len(list(lines(b"a\n" * (MAX_ROWS + 5), SheetFormat.CSV))) == MAX_ROWS + 5
