"""Values as the audit log keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

MAX_TEXT = 200
MAX_ITEMS = 50
CUT = "…"


def recorded(value: Any) -> Any:
    """Returns a JSON value that tells enough of `value`: of long texts and lists the beginning, and then `CUT`."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Mapping):
        return {str(name): recorded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _recorded_items(value)
    text = str(value)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + CUT


def _recorded_items(values: Iterable[Any]) -> list[Any]:
    items = [recorded(value) for value in islice(values, MAX_ITEMS + 1)]
    return items if len(items) <= MAX_ITEMS else [*items[:MAX_ITEMS], CUT]
