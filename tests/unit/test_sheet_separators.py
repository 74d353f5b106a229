"""Values that share a cell, and what separates them standing in one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.services.imports.product_columns import CATEGORY_PATH, SPECS, TAGS, category, specs
from src.services.sheets.cells import CellRefused
from src.utils.sheet_problems import Problem

VALUES = st.text(alphabet="ab:：;；\\/|,，、'-\n", min_size=1).filter(str.strip)


def test_specs_are_read_as_people_write_them() -> None:
    assert specs("规格:250g;颜色：红；时间:10:30") == {"规格": "250g", "颜色": "红", "时间": "10:30"}
    assert specs("规格:a\\b") == {"规格": "a\\b"}


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (r"规格:大\;-小", {"规格": "大;-小"}),
        (r"规\:格:a", {"规:格": "a"}),
        (r"规\：格：大\；小", {"规：格": "大；小"}),
        (r"规格:a\\;颜色:红", {"规格": "a\\", "颜色": "红"}),
    ],
)
def test_behind_a_backslash_it_is_text(cell: str, read: dict[str, str]) -> None:
    assert specs(cell) == read


def test_without_an_inner_separator_it_is_no_spec() -> None:
    with pytest.raises(CellRefused):
        specs(r"规格\:大")


@given(st.lists(st.tuples(VALUES, VALUES), max_size=4))
def test_pairs_come_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    cell = ";".join(f"{SPECS.written(name)}:{SPECS.written(value)}" for name, value in pairs)
    assert [SPECS.pair(piece) for piece in SPECS.pieces(cell)] == pairs


@given(st.lists(VALUES, max_size=4))
def test_lists_come_back_as_they_were(values: list[str]) -> None:
    for separators, separator in ((TAGS, "|"), (CATEGORY_PATH, "/")):
        cell = separator.join(map(separators.written, values))
        assert [separators.plain(piece) for piece in separators.pieces(cell)] == values


def test_paths_of_categories() -> None:
    assert category("女装 / 鞋") == ("女装", "鞋")
    assert category(r"茶\/咖啡") == ("茶/咖啡",)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [("/", Problem.INVALID), ("a/\u200b/b", Problem.INVALID), ("a/b/c/d/e", Problem.TOO_MANY)],
)
def test_what_is_no_path(cell: str, problem: Problem) -> None:
    with pytest.raises(CellRefused) as refused:
        category(cell)
    assert refused.value.problem is problem


def test_a_long_cell_takes_no_long_time() -> None:
    for piece in ("\\", ":", "\\:", "a\\", ";\\"):
        for found in SPECS.pieces(piece * 100_000):
            SPECS.pair(found)
