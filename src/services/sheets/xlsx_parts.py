"""Looking through one part of a workbook before a reader that trusts it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from src.services.sheets.failures import SheetRefused
from src.services.sheets.limits import MAX_COLUMNS, MAX_ROWS
from src.utils.sheet_problems import Problem

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# The header is a row too.
_LAST_ROW = MAX_ROWS + 1


class PartScan:
    """Refuses document types, which can name files and multiply themselves, and cells beyond the limits.

    A reader lays out the whole rectangle that a sheet's cells span: two of them far apart would fill the memory.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element
        self._rows = 0
        self._cells = 0

    def feed(self, piece: bytes) -> None:
        """Raises SheetRefused."""
        self._parse(piece, final=False)

    def end(self) -> None:
        """Raises SheetRefused: it is not well-formed."""
        self._parse(b"", final=True)

    def _parse(self, piece: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError:
            raise SheetRefused(Problem.UNREADABLE) from None

    def _doctype(self, *_: object) -> None:
        raise SheetRefused(Problem.UNREADABLE)

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._rows, self._cells = self._rows + 1, 0
            self._row(self._rows)
            self._row(attributes.get("r", "1"))
        elif kind == "c":
            self._cells += 1
            self._cell(attributes.get("r", "A1"))

    @staticmethod
    def _row(number: int | str) -> None:
        text = str(number)
        if not text.isdecimal() or len(text) > 7:
            raise SheetRefused(Problem.UNREADABLE)
        if int(text) > _LAST_ROW:
            raise SheetRefused(Problem.TOO_MANY_ROWS, value=str(MAX_ROWS))

    def _cell(self, place: str) -> None:
        found = _PLACE.fullmatch(place)
        if found is None:
            raise SheetRefused(Problem.UNREADABLE)
        self._row(found[2])
        if max(self._cells, _column(found[1])) > MAX_COLUMNS:
            raise SheetRefused(Problem.TOO_MANY_CELLS, value=place)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
