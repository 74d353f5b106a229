"""Several values in one cell: what separates them may also stand in one of them, behind a backslash."""

from __future__ import annotations

import re


class Separators:
    """Characters of which each separates. A backslash takes that from them, and from a backslash what it does.

    Before anything else a backslash is one itself.
    """

    def __init__(self, separators: str, *, inner: str = "") -> None:
        """`inner` separates within the values: a backslash may stand before it, too."""
        marks = f"[{re.escape(separators + inner)}\\\\]"
        escaped = rf"\\{marks}"
        self._marks = re.compile(marks)
        self._escaped = re.compile(rf"\\({marks})")
        self._pieces = re.compile(rf"(?:{escaped}|[^{re.escape(separators)}])+")
        name = rf"(?:{escaped}|[^{re.escape(inner)}\\]|\\(?!{marks}))+"
        self._pair = re.compile(rf"({name})[{re.escape(inner)}](.+)" if inner else "(?!)", re.DOTALL)

    def pieces(self, cell: str) -> list[str]:
        """Returns what stands between the separators and is not empty, as it is written."""
        return [piece for piece in self._pieces.findall(cell) if piece.strip()]

    def pair(self, piece: str) -> tuple[str, str] | None:
        """Returns what stands before and behind the first inner separator; None if there is none."""
        parts = self._pair.fullmatch(piece)
        return None if parts is None else (self.plain(parts[1]), self.plain(parts[2]))

    def plain(self, piece: str) -> str:
        """Returns the value that is written so."""
        return self._escaped.sub(r"\1", piece)

    def written(self, value: str) -> str:
        """Returns how the value is written, so that it stays one."""
        return self._marks.sub(r"\\\g<0>", value)
