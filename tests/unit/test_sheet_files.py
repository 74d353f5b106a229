"""Files of rows from strangers, and files of rows for people."""

from __future__ import annotations

import tracemalloc
import zipfile
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.services.sheets.limits import MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS
from src.services.sheets.reading import format_of, lines
from src.services.sheets.writing import PIECE_BYTES, file_of, yuan
from src.utils.csv_rows import neutral
from src.utils.sheet_kinds import SheetFormat
from src.utils.sheet_problems import Problem
from tests.factories.sheets import lines_of, with_part, xlsx_file

SHEET = "xl/worksheets/sheet1.xml"
X1 = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", '"=1"', ";=1"]
MOST_MEMORY = 12 * 2**20


def sheet_of(cells: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{namespace}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def refusal_of(content: bytes) -> FileFault | Problem:
    try:
        list(lines(content, format_of(content)))
    except FileRefused as refusal:
        return refusal.fault
    except SheetRefused as refusal:
        return refusal.problem
    raise AssertionError("it was read")


def archive(**members: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def encrypted(workbook: bytes) -> bytes:
    """Returns the workbook with its entries marked as encrypted."""
    changed = bytearray(workbook)
    place = changed.find(b"PK\x01\x02")
    while place >= 0:
        changed[place + 8] |= 1
        place = changed.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


PLAIN = xlsx_file(["a", "b"], ["1", "2"])
BOMB = sheet_of(f"<row><c><v>{'0' * 140_000_000}</v></c></row>")
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet/>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", FileFault.EMPTY),
        (b" \r\n", FileFault.EMPTY),
        (b"a" * (MAX_FILE_BYTES + 1), FileFault.TOO_LARGE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), FileFault.ENCRYPTED_OR_OLD),
        (encrypted(PLAIN), FileFault.ENCRYPTED_OR_OLD),
        (with_part(PLAIN, "xl/vbaProject.bin", b"x"), FileFault.MACROS),
        (b"PK\x03\x04 and nothing else", FileFault.NOT_A_WORKBOOK),
        (archive(content__xml=b"<x/>"), FileFault.NOT_A_WORKBOOK),
        (with_part(PLAIN, SHEET, BOMB), FileFault.TOO_MUCH_INSIDE),
        ("a,b".encode("utf-16"), FileFault.NOT_TEXT),
        (b"a,\x00", FileFault.NOT_TEXT),
        (b"\xff\xff\xff", FileFault.NOT_TEXT),
        (with_part(PLAIN, SHEET, DOCTYPE), Problem.UNREADABLE),
        (with_part(PLAIN, "xl/sharedStrings.xml", DOCTYPE), Problem.UNREADABLE),
        (with_part(PLAIN, SHEET, b"<worksheet>"), Problem.UNREADABLE),
        (with_part(PLAIN, SHEET, sheet_of('<row r="1"><c r="XFD1"><v>1</v></c></row>')), Problem.TOO_MANY_CELLS),
        (with_part(PLAIN, SHEET, sheet_of("<row>" + "<c/>" * (MAX_COLUMNS + 1) + "</row>")), Problem.TOO_MANY_CELLS),
        (with_part(PLAIN, SHEET, sheet_of('<row r="1048576"/>')), Problem.TOO_MANY_ROWS),
        (with_part(PLAIN, SHEET, sheet_of('<row><c r="A1048576"/></row>')), Problem.TOO_MANY_ROWS),
        (with_part(PLAIN, SHEET, sheet_of("<row/>" * (MAX_ROWS + 2))), Problem.TOO_MANY_ROWS),
        (with_part(PLAIN, SHEET, sheet_of('<row r="-1"/>')), Problem.UNREADABLE),
    ],
)
def test_files_that_are_not_read(content: bytes, expected: FileFault | Problem) -> None:
    assert refusal_of(content) is expected


def test_a_part_that_is_larger_than_it_says_is_not_unpacked() -> None:
    bomb = with_part(PLAIN, SHEET, sheet_of(f"<row><c><v>{'0' * 3_000_000}</v></c></row>"))
    lying = bytearray(bomb)
    size = zipfile.ZipFile(BytesIO(bomb)).getinfo(SHEET).file_size.to_bytes(4, "little")
    assert lying.count(size) >= 1
    assert refusal_of(bytes(lying).replace(size, (300).to_bytes(4, "little"))) is Problem.UNREADABLE


def test_of_a_formula_the_stored_value_counts() -> None:
    cells = '<row r="1"><c r="A1" t="str"><f>1+1</f><v>stored</v></c><c r="B1"><f>2+2</f><v>7</v></c></row>'
    assert list(lines(with_part(PLAIN, SHEET, sheet_of(cells)), SheetFormat.XLSX)) == [["stored", "7"]]


def test_rows_keep_their_numbers() -> None:
    content = xlsx_file(["a"], [], ["b"])
    assert [line[:1] for line in lines(content, SheetFormat.XLSX)] == [["a"], [""], ["b"]]
    content = xlsx_file([], ["a"])
    assert [line[:1] for line in lines(content, SheetFormat.XLSX)] == [[""], ["a"]]


@pytest.mark.parametrize("text", X1)
def test_no_exported_text_is_a_formula(text: str) -> None:
    (cell,) = lines_of(b"".join(file_of([[text]], SheetFormat.CSV)))[0]
    assert cell == neutral(text) != text
    workbook = b"".join(file_of([[text]], SheetFormat.XLSX))
    assert b"<f>" not in zipfile.ZipFile(BytesIO(workbook)).read(SHEET)


@settings(max_examples=40)
@given(st.text(alphabet="=+-@＝;,|\t\"'茶a1 ", min_size=1, max_size=8))
def test_what_was_exported_is_imported(text: str) -> None:
    content = b"".join(file_of([["x", text]], SheetFormat.CSV))
    ((_, cell),) = lines(content, SheetFormat.CSV)
    assert cell in (text, neutral(text))
    assert cell == text or neutral(text) != "'" + text


def test_numbers_are_numbers() -> None:
    rows = [["金额", 3, yuan(1990), yuan(-5)]]
    assert b"".join(file_of(rows, SheetFormat.CSV)).decode("utf-8-sig") == '"金额",3,19.90,-0.05\r\n'
    workbook = load_workbook(BytesIO(b"".join(file_of(rows, SheetFormat.XLSX))))
    assert workbook.get_sheet_by_index(0).to_python() == [["金额", 3.0, 19.9, -0.05]]


@pytest.mark.parametrize("written_as", list(SheetFormat))
def test_50_000_rows_take_little_memory(written_as: SheetFormat) -> None:
    rows = (["高山乌龙茶" * 4, f"TEA-{number}", number, Decimal(number), "规格:250g"] for number in range(MAX_ROWS))
    largest = size = 0
    tracemalloc.start()
    for piece in file_of(rows, written_as):
        largest, size = max(largest, len(piece)), size + len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (largest <= PIECE_BYTES, size > PIECE_BYTES // 2, peak < MOST_MEMORY) == (True, True, True), peak
