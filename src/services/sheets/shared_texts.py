"""The texts that the cells of a workbook share."""

from __future__ import annotations

from array import array

from src.services.sheets.failures import FileFault, FileRefused, SheetRefused
from src.services.sheets.limits import MAX_SHARED_CHARACTERS, MAX_SHARED_TEXTS
from src.utils.sheet_problems import Problem


class SharedTexts:
    """How long each of them is. A cell names one by its number, and a reader gives each cell a copy.

    So a short file of a long text and many cells would fill the memory.
    """

    def __init__(self) -> None:
        self._lengths = array("L")
        self._copied = 0

    def begin(self) -> None:
        """A text begins. Raises FileRefused: there are too many."""
        if len(self._lengths) == MAX_SHARED_TEXTS:
            raise FileRefused(FileFault.TOO_MUCH_INSIDE)
        self._lengths.append(0)

    def grow(self, characters: int) -> None:
        """The text that has begun is longer by so much."""
        if self._lengths:
            self._lengths[-1] += characters

    def copy(self, number: str) -> None:
        """Counts the copy of a cell.

        Raises:
            SheetRefused: there is no text of that number. FileRefused: the cells would be too long together.
        """
        if not number.isdecimal() or len(number) > 9 or int(number) >= len(self._lengths):
            raise SheetRefused(Problem.UNREADABLE)
        self._copied += self._lengths[int(number)]
        if self._copied > MAX_SHARED_CHARACTERS:
            raise FileRefused(FileFault.TOO_MUCH_INSIDE)
