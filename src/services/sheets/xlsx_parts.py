"""Looking through one part of a workbook before a reader that trusts it does."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.services.sheets.limits import MAX_ELEMENTS
from src.services.sheets.shared_texts import SharedTexts
from src.utils.sheet_problems import Problem


class PartScan:
    """Refuses what is not well-formed, document types, which can name files and multiply themselves, and too much."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = lambda name, attributes: self._element(_kind(name), attributes)
        self._parser.CharacterDataHandler = self._characters
        self._elements = 0

    def feed(self, piece: bytes) -> None:
        """Raises SheetRefused or FileRefused."""
        self._parse(piece, final=False)

    def end(self) -> None:
        """Raises SheetRefused or FileRefused: it is not well-formed."""
        self._parse(b"", final=True)

    def _parse(self, piece: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except (expat.ExpatError, LookupError, ValueError):  # the latter two of an encoding that nobody knows
            raise SheetRefused(Problem.UNREADABLE) from None

    def _doctype(self, *_: object) -> None:
        raise SheetRefused(Problem.UNREADABLE)

    def _element(self, kind: str, attributes: Mapping[str, str]) -> None:
        """An element begins, of which a reader keeps something."""
        _refuse_cells(kind)
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise FileRefused(FileFault.TOO_MUCH_INSIDE)

    def _characters(self, text: str) -> None:
        """Some of an element's text, which is of no interest here."""


class SharedTextsScan(PartScan):
    """Notes the texts that cells share."""

    def __init__(self, shared: SharedTexts) -> None:
        super().__init__()
        self._shared = shared

    def _element(self, kind: str, attributes: Mapping[str, str]) -> None:
        _refuse_cells(kind)
        if kind == "si":
            self._shared.begin()

    def _characters(self, text: str) -> None:
        self._shared.grow(len(text))


def _refuse_cells(kind: str) -> None:
    """A workbook may say of any part that it is a sheet: then it would be read without having been counted."""
    if kind in ("row", "c"):
        raise SheetRefused(Problem.UNREADABLE)


def _kind(name: str) -> str:
    """Returns the name of an element without the prefix of its namespace."""
    return name.rpartition(":")[2]
