"""Which rows belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from src.services.imports.product_columns import PRODUCT_CODE, SKU, SKU_ID
from src.services.imports.rows import Finding, Row
from src.utils.sheet_problems import Problem


@dataclass(frozen=True)
class Group:
    """The rows of one product, or the one row of a SKU; `findings` is what is wrong with them as a group."""

    rows: Sequence[Row]
    findings: Sequence[Finding] = ()


def product_groups(rows: Iterator[Row]) -> Iterator[Group]:
    """Yields neighbours with the same product code together: so few rows are in memory at a time."""
    check = _Repeats(PRODUCT_CODE, (SKU, SKU_ID))
    neighbours: list[Row] = []
    for row in rows:
        code = row.code(PRODUCT_CODE)
        if neighbours and (not code or code != neighbours[0].code(PRODUCT_CODE)):
            yield check(neighbours)
            neighbours = []
        neighbours.append(row)
    if neighbours:
        yield check(neighbours)


def single_rows(rows: Iterator[Row]) -> Iterator[Group]:
    check = _Repeats(None, (SKU,))
    for row in rows:
        yield check([row])


def batches(groups: Iterator[Group], rows: int) -> Iterator[list[Group]]:
    """Yields groups together that have so many rows, or few more."""
    some: list[Group] = []
    count = 0
    for group in groups:
        some.append(group)
        count += len(group.rows)
        if count >= rows:
            yield some
            some, count = [], 0
    if some:
        yield some


Grouping = Callable[[Iterator[Row]], Iterator[Group]]


class _Repeats:
    """Remembers the codes that were there: of groups that must stand together, and of SKUs."""

    def __init__(self, group_column: str | None, sku_columns: Sequence[str]) -> None:
        self._group_column = group_column
        self._groups: set[str] = set()
        self._skus: dict[str, set[str]] = {column: set() for column in sku_columns}

    def __call__(self, rows: Sequence[Row]) -> Group:
        findings: list[Finding] = []
        if self._group_column and _is_known(rows[0].code(self._group_column), self._groups):
            code = rows[0].code(self._group_column)
            findings.append(Finding(rows[0].number, self._group_column, Problem.ROWS_APART, code[:40]))
        for row in rows:
            for column, known in self._skus.items():
                if _is_known(row.code(column), known):
                    findings.append(Finding(row.number, column, Problem.TWICE, row.code(column)[:40]))
        return Group(list(rows), findings)


def _is_known(code: str, known: set[str]) -> bool:
    if not code:
        return False
    before = len(known)
    known.add(code)
    return len(known) == before
