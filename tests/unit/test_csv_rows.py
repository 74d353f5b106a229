"""CSV that a spreadsheet program shows and never computes."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.csv_rows import as_it_was, csv_rows, neutral

FORMULAS = "=+-@＝＋－＠"
SEPARATORS = ",;|\t\r\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ('"=1"', '\'"=1"'),
        (";=1", ";'=1"),
        ("a;=1", "a;'=1"),
        ("a\n=1", "a\n'=1"),
        (" =1", "' =1"),
        ("\u3000=1", "'\u3000=1"),
        ("高山 - 乌龙=茶", "高山 - 乌龙=茶"),
        ("", ""),
    ],
)
def test_formulas_become_texts(text: str, written: str) -> None:
    assert neutral(text) == written


@given(st.text(alphabet=f"{FORMULAS}{SEPARATORS} \"'茶a1"))
def test_no_separator_makes_a_formula(text: str) -> None:
    for separator in SEPARATORS:
        for cell in neutral(text).split(separator):
            assert cell.strip(" \"'")[:1] not in FORMULAS or cell.lstrip(' "')[:1] in ("'", ""), cell


@given(st.text(alphabet=f"{FORMULAS}{SEPARATORS} \"'\u3000茶a1"))
def test_the_text_comes_back_as_it_was(text: str) -> None:
    assert as_it_was(neutral(text)) == text


@pytest.mark.parametrize("text", ["茶叶礼盒,'+赠品", "'=1", "a\n'-b", "'\tx", "''\tx", "it's", "a;'b", "'", "'; '=1"])
def test_apostrophes_of_people_stay(text: str) -> None:
    assert as_it_was(neutral(text)) == text


@given(st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=4))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    expected = [[neutral(cell) for cell in row] for row in rows]
    assert list(csv.reader(StringIO(csv_rows(rows), newline=""))) == expected


def test_texts_are_quoted_and_numbers_are_not() -> None:
    assert csv_rows([["a", -1], ['say "hi"', 2]]) == '"a",-1\r\n"say ""hi""",2\r\n'


def test_a_long_text_takes_no_long_time() -> None:
    for piece in ("\n", " ", "\"'", "; "):
        assert len(as_it_was(neutral(piece * 100_000))) == len(piece) * 100_000
