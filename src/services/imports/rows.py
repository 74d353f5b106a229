"""Rows of a file, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from src.services.sheets.cells import CellRefused
from src.services.sheets.columns import Column, columns_of
from src.services.sheets.failures import SheetRefused
from src.services.sheets.limits import MAX_ROWS
from src.utils.sheet_problems import Problem

_SHOWN = 40


@dataclass(frozen=True)
class Finding:
    """What is wrong in one place. `row` counts from 1, the header; `column` is empty for the row as a whole."""

    row: int
    column: str
    problem: Problem
    value: str = ""


@dataclass(frozen=True)
class Row:
    """One line: `cells` by the names of its columns, without the empty ones."""

    number: int
    cells: Mapping[str, str]
    findings: Sequence[Finding] = field(default_factory=tuple)

    def code(self, column: str) -> str:
        """Returns what stands in a column of codes, as its reader would; empty for nothing."""
        return self.cells.get(column, "").strip()


class PartRefused(Exception):
    """What belongs together cannot be imported: none of it is."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(len(findings))
        self.findings = findings


def rows_of(lines: Iterator[list[str]], columns: Sequence[Column]) -> Iterator[Row]:
    """Yields the rows that are not empty.

    Raises:
        SheetRefused: the header is not right, or there are too many rows.
    """
    found = columns_of(_trimmed(next(lines, [])), columns)
    for number, line in enumerate(lines, start=2):
        if number > MAX_ROWS + 1:
            raise SheetRefused(Problem.TOO_MANY_ROWS, row=number, value=str(MAX_ROWS))
        cells = _trimmed(line)
        if cells:
            yield _row(number, cells, found)


def _row(number: int, cells: Sequence[str], columns: Sequence[Column | None]) -> Row:
    surplus = [cell for cell, column in zip(cells, [*columns, *[None] * len(cells)], strict=False) if column is None]
    findings = [Finding(number, "", Problem.TOO_MANY_CELLS, cell[:_SHOWN]) for cell in surplus if cell.strip()]
    named = {
        column.name: cell for cell, column in zip(cells, columns, strict=False) if column is not None and cell.strip()
    }
    return Row(number, named, findings[:1])


def _trimmed(line: Sequence[str]) -> list[str]:
    """Returns the line without the empty cells at its end, which spreadsheet programs like to write."""
    last = next((index for index in range(len(line), 0, -1) if line[index - 1].strip()), 0)
    return list(line[:last])


def findings_of(attempt: Callable[[], object]) -> Sequence[Finding]:
    """Returns why what is attempted is refused; nothing if it is not."""
    try:
        attempt()
    except PartRefused as refusal:
        return refusal.findings
    return ()


def values_of(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    """Returns the values of the row's cells by column.

    Raises:
        PartRefused: naming every cell that is wrong.
    """
    values: dict[str, Any] = {}
    findings = list(row.findings)
    for column in columns:
        cell = row.cells.get(column.name)
        if cell is None:
            findings += [Finding(row.number, column.name, Problem.REQUIRED)] if column.required else []
            continue
        try:
            values[column.name] = column.read(cell)
        except CellRefused as refusal:
            findings.append(Finding(row.number, column.name, refusal.problem, cell[:_SHOWN]))
    if findings:
        raise PartRefused(*findings)
    return values
