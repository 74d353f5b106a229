"""Looking through a sheet before a reader that trusts it does."""

from __future__ import annotations

import re
from collections.abc import Mapping

from src.services.sheets.failures import SheetRefused
from src.services.sheets.limits import MAX_COLUMNS, MAX_ROWS
from src.services.sheets.shared_texts import SharedTexts
from src.services.sheets.xlsx_parts import PartScan
from src.utils.sheet_problems import Problem

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# The header is a row too.
_LAST_ROW = MAX_ROWS + 1
_LONGEST_NUMBER = 10


class SheetScan(PartScan):
    """Refuses cells beyond the limits, and more text than they may hold together.

    A reader lays out the whole rectangle that a sheet's cells span: two of them far apart would fill the memory.
    """

    def __init__(self, shared: SharedTexts) -> None:
        super().__init__()
        self._shared = shared
        self._rows = 0
        self._cells = 0
        # Of a cell that names a shared text: the number, as far as it has been read.
        self._names_shared = False
        self._number: str | None = None

    def end(self) -> None:
        """Raises SheetRefused or FileRefused: it is not well-formed."""
        super().end()
        self._count_copy()

    def _element(self, kind: str, attributes: Mapping[str, str]) -> None:
        self._count_copy()
        if kind == "row":
            self._rows, self._cells = self._rows + 1, 0
            _require_row(self._rows)
            _require_row(attributes.get("r", "1"))
        elif kind == "c":
            self._cells += 1
            self._require_cell(attributes.get("r", "A1"))
            self._names_shared = attributes.get("t") == "s"
        elif kind == "v" and self._names_shared:
            self._number = ""

    def _characters(self, text: str) -> None:
        if self._number is not None:
            self._number += text.strip()[:_LONGEST_NUMBER]

    def _count_copy(self) -> None:
        if self._number:
            self._shared.copy(self._number)
        self._number = None

    def _require_cell(self, place: str) -> None:
        found = _PLACE.fullmatch(place)
        if found is None:
            raise SheetRefused(Problem.UNREADABLE)
        _require_row(found[2])
        if max(self._cells, _column(found[1])) > MAX_COLUMNS:
            raise SheetRefused(Problem.TOO_MANY_CELLS, value=place)


def _require_row(number: int | str) -> None:
    text = str(number)
    if not text.isdecimal() or len(text) > 7:
        raise SheetRefused(Problem.UNREADABLE)
    if int(text) > _LAST_ROW:
        raise SheetRefused(Problem.TOO_MANY_ROWS, value=str(MAX_ROWS))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
