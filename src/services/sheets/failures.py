"""Why a file cannot be used."""

from __future__ import annotations

from enum import StrEnum

from src.utils.sheet_problems import Problem


class FileFault(StrEnum):
    """What is said of a file at once, before anything in it is read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    ENCRYPTED_OR_OLD = "encrypted_or_old"
    MACROS = "macros"
    NOT_A_WORKBOOK = "not_a_workbook"
    TOO_MUCH_INSIDE = "too_much_inside"
    NOT_TEXT = "not_text"


class FileRefused(Exception):
    def __init__(self, fault: FileFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class SheetRefused(Exception):
    """The file as a whole cannot be used: nothing of it is."""

    def __init__(self, problem: Problem, *, column: str = "", value: str = "", row: int = 1) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.column = column
        self.value = value
        self.row = row
