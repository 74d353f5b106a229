"""What people write into cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from src.services.imports.product_columns import OF_SKU, SHARED
from src.services.sheets.cells import CellRefused, whole, yuan
from src.services.sheets.reading import lines
from src.utils.sheet_kinds import SheetFormat
from src.utils.sheet_problems import Problem
from tests.factories.sheets import with_part, xlsx_file

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
MOST = 100_000_000
READ = {column.name: column.read for column in (*SHARED, *OF_SKU)}


def refusal_of(read: Callable[[str], Any], cell: str) -> Problem:
    with pytest.raises(CellRefused) as refused:
        read(cell)
    return refused.value.problem


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("12.3", 1230),
        ("12", 1200),
        ("12.30", 1230),
        ("12.3000", 1230),
        ("0.01", 1),
        ("0", 0),
        (" 12.30 ", 1230),
        ("¥12", 1200),
        ("￥ 12.5", 1250),
        ("1,299.00", 129_900),
        ("1，299", 129_900),
        ("¥1,234,567.89", None),
        ("999,999.99", 99_999_999),
        ("007", 700),
    ],
)
def test_amounts(cell: str, fen: int | None) -> None:
    if fen is None:
        assert refusal_of(yuan(MOST), cell) is Problem.OUT_OF_RANGE
    else:
        assert yuan(MOST)(cell) == fen


@pytest.mark.parametrize(
    "cell",
    [
        "12.345",
        "12,50",
        "1,29,9",
        ",100",
        "1,2345",
        "1.299,00",
        "-12",
        "¥-12",
        "(12)",
        "+12",
        "12元",
        "12.",
        ".5",
        "1e3",
        "1 000",
        "12¥",
        "１２",
        "=12",
        "'12",
        "NaN",
        "Infinity",
        "0x10",
        "2026-01-02",
        "TRUE",
        "9" * 13,
    ],
)
def test_what_is_no_amount(cell: str) -> None:
    assert refusal_of(yuan(MOST), cell) is Problem.NOT_MONEY


@pytest.mark.parametrize(("cell", "number"), [("7", 7), ("7.0", 7), (" 7 ", 7), ("+7", 7), ("007", 7), ("-0", 0)])
def test_numbers_that_are_text(cell: str, number: int) -> None:
    assert whole(10)(cell) == number


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("11", Problem.OUT_OF_RANGE),
        ("-1", Problem.OUT_OF_RANGE),
        ("7.5", Problem.NOT_A_NUMBER),
        ("1e1", Problem.NOT_A_NUMBER),
        ("1,000", Problem.NOT_A_NUMBER),
        ("7个", Problem.NOT_A_NUMBER),
        ("９", Problem.NOT_A_NUMBER),
        ("9" * 40, Problem.NOT_A_NUMBER),
    ],
)
def test_what_is_no_number_of_things(cell: str, problem: Problem) -> None:
    assert refusal_of(whole(10), cell) is problem


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("barcode", "=1+1", Problem.INVALID),
        ("skuCode", "茶-1", Problem.INVALID),
        ("skuCode", "a b", Problem.INVALID),
        ("status", "=上架", Problem.INVALID),
        ("price", '=HYPERLINK("http://x")', Problem.NOT_MONEY),
        ("stock", "=1+1", Problem.NOT_A_NUMBER),
        ("images", "=1", Problem.INVALID),
        ("specs", "颜色", Problem.INVALID),
        ("specs", "颜色:红;颜色:蓝", Problem.INVALID),
        ("specs", ";".join(f"名{n}:值" for n in range(6)), Problem.TOO_MANY),
        ("tags", "|".join(f"t{n}" for n in range(11)), Problem.TOO_MANY),
        ("description", "x" * 20_001, Problem.TOO_LONG),
    ],
)
def test_cells_that_are_refused(column: str, cell: str, problem: Problem) -> None:
    assert refusal_of(READ[column], cell) is problem


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-3℃", "@家", "=cmd|' /C calc'!A0"])
def test_in_texts_what_looks_like_a_formula_is_text(cell: str) -> None:
    assert READ["name"](cell) == cell


def test_cells_of_workbooks_as_they_are_shown() -> None:
    cells = (
        '<c r="A1" t="e"><v>#DIV/0!</v></c><c r="B1" t="b"><v>1</v></c><c r="C1" t="d"><v>2026-01-02T00:00:00</v></c>'
        '<c r="D1"><v>1E3</v></c><c r="E1"><v>0.1</v></c><c r="F1"><v>19.900000000000002</v></c>'
        '<c r="G1"><v>6901234567892</v></c><c r="H1" t="inlineStr"><is><t>茶</t></is></c>'
    )
    sheet = f'<?xml version="1.0"?><worksheet {NAMESPACE}><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    (line,) = lines(with_part(xlsx_file(["x"]), SHEET, sheet.encode()), SheetFormat.XLSX)
    assert line == ["", "TRUE", "2026-01-02 00:00:00", "1000", "0.1", "19.9", "6901234567892", "茶"]
