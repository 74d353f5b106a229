"""Ids as this API writes them."""

from __future__ import annotations

import re

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


def is_object_id(value: object) -> bool:
    """Returns whether `value` is a string of 24 lower-case hexadecimal digits."""
    return isinstance(value, str) and _OBJECT_ID.fullmatch(value) is not None
