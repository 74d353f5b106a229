"""Values in cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from src.services.sheets.escapes import Separators
from src.utils.sheet_problems import Problem
from src.utils.text import clean_text

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0+)?")
# A comma is taken between thousands only: `12,50` is no amount in China, and would be 1250.
_MONEY = re.compile(r"[¥￥]? ?([0-9]{1,12}|[0-9]{1,3}(?:[,，][0-9]{3})+)(\.[0-9]{1,4})?")
_COMMAS = str.maketrans({",": "", "，": ""})


class CellRefused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def text(longest: int) -> Callable[[str], str]:
    """Reads what people type, cleaned of markup."""

    def read(cell: str) -> str:
        # Cleaning only ever shortens a little: far too much is refused before any work is done on it.
        cleaned = clean_text(cell) if len(cell) <= 4 * longest else cell
        return at_most(cleaned, longest)

    return read


def at_most(value: str, longest: int) -> str:
    if len(value) > longest:
        raise CellRefused(Problem.TOO_LONG)
    return value


def matching(pattern: str) -> Callable[[str], str]:
    """Reads what machines made."""
    compiled = re.compile(pattern)

    def read(cell: str) -> str:
        if compiled.fullmatch(cell.strip()) is None:
            raise CellRefused(Problem.INVALID)
        return cell.strip()

    return read


def whole(highest: int) -> Callable[[str], int]:
    """Reads a number from 0 on."""

    def read(cell: str) -> int:
        if _WHOLE.fullmatch(cell.strip()) is None:
            raise CellRefused(Problem.NOT_A_NUMBER)
        number = int(Decimal(cell.strip()))
        if not 0 <= number <= highest:
            raise CellRefused(Problem.OUT_OF_RANGE)
        return number

    return read


def yuan(highest_fen: int) -> Callable[[str], int]:
    """Reads an amount in yuan; returns fen."""

    def read(cell: str) -> int:
        amount = _MONEY.fullmatch(cell.strip())
        if amount is None:
            raise CellRefused(Problem.NOT_MONEY)
        fen = _fen(amount[1].translate(_COMMAS) + (amount[2] or ""))
        if fen > highest_fen:
            raise CellRefused(Problem.OUT_OF_RANGE)
        return fen

    return read


def _fen(plain: str) -> int:
    fen = Decimal(plain) * 100
    if fen != int(fen):
        raise CellRefused(Problem.NOT_MONEY)
    return int(fen)


def one_of(values: Mapping[str, StrEnum]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        found = values.get(cell.strip().casefold())
        if found is None:
            raise CellRefused(Problem.INVALID)
        return found.value

    return read


def several(separators: Separators, read_one: Callable[[str], Any], most: int) -> Callable[[str], list[Any]]:
    """Reads a list, each value once."""

    def read(cell: str) -> list[Any]:
        values = [read_one(separators.plain(piece).strip()) for piece in separators.pieces(cell)]
        if len(values) > most:
            raise CellRefused(Problem.TOO_MANY)
        return list(dict.fromkeys(values))

    return read
