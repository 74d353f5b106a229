"""Rows of CSV files that people open with a spreadsheet program."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO

# Without it Excel reads Chinese as something else.
BYTE_ORDER_MARK = "\ufeff"

# What a program may take for a formula: at the beginning, or behind what another locale takes for a separator.
# An apostrophe that is there already gets another one, too: so it can be told which ones were put.
_FORMULA = r"(?=[ \u00a0\u3000\"']*[=+\-@＝＋－＠])"
_CONTROL = r"(?='*[\t\r\n])"
_BEGINS = r"(?:^|(?<=[;,|\t\r\n]))"
_BEGINS_FORMULA = re.compile(f"{_BEGINS}{_FORMULA}|^{_CONTROL}")
_PUT = re.compile(f"{_BEGINS}'{_FORMULA}|^'{_CONTROL}")


def csv_rows(rows: Iterable[Iterable[str | int | Decimal]]) -> str:
    """Returns lines of RFC 4180 with every text quoted, and none that a spreadsheet program would compute.

    Numbers are written as numbers.
    """
    written = StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return written.getvalue()


def neutral(text: str) -> str:
    """Returns the text with an apostrophe before each beginning of a formula."""
    return _BEGINS_FORMULA.sub("'", text)


def as_it_was(text: str) -> str:
    """Returns the text without the apostrophes that `neutral` puts; any other stays."""
    return _PUT.sub("", text) if "'" in text else text
