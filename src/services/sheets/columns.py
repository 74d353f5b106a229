"""The columns of files of rows, as people name them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from src.services.sheets.failures import SheetRefused
from src.utils.sheet_kinds import Language
from src.utils.sheet_problems import Problem

_SHOWN = 100


@dataclass(frozen=True)
class Column:
    """`read` makes a value of a cell that is not empty; it raises CellRefused.

    `choices` are the words that may stand there, if there are few, by language; the first is the example.
    """

    name: str
    chinese: str
    english: str
    read: Callable[[str], Any]
    example: str = ""
    required: bool = False
    choices: Mapping[Language, Sequence[str]] = field(default_factory=dict)

    def title(self, language: Language) -> str:
        return self.english if language is Language.ENGLISH else self.chinese

    def sample(self, language: Language) -> str:
        return self.choices[language][0] if self.choices else self.example


def columns_of(header: Sequence[str], columns: Sequence[Column]) -> list[Column | None]:
    """Returns the column of each cell of a header, in any order and either language; None for an empty one.

    Raises:
        SheetRefused: a column is unknown, there twice, or missing.
    """
    known = {_key(title): column for column in columns for title in (column.name, column.chinese, column.english)}
    found: list[Column | None] = []
    for title in header:
        column = known.get(_key(title))
        if column is None and title.strip():
            raise SheetRefused(Problem.COLUMN_UNKNOWN, column=title.strip()[:_SHOWN])
        if column is not None and column in found:
            raise SheetRefused(Problem.COLUMN_TWICE, column=column.name)
        found.append(column)
    for column in columns:
        if column.required and column not in found:
            raise SheetRefused(Problem.COLUMN_MISSING, column=column.name)
    return found


def _key(title: str) -> str:
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(letter for letter in folded if letter.isalnum())
