"""Values that are encrypted at rest, found by the key that sealed them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from src.models.documents import BaseDocument

_AT_ONCE = 200


def list_sealed_otherwise(
    document: type[BaseDocument], field: str, list_field: str | None, *, kid: str
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yields each document with each of its values that another key than `kid` has sealed."""
    path, ours = f"{list_field}.{field}" if list_field else field, f"{kid}."
    # Of a list the condition is on single elements: one that is sealed otherwise is enough.
    otherwise = {"$type": "string", "$not": re.compile(f"^{re.escape(ours)}")}
    query = {list_field: {"$elemMatch": {field: otherwise}}} if list_field else {path: otherwise}
    for row in document.collection().find(query).batch_size(_AT_ONCE):
        parts = row[list_field] if list_field else [row]
        yield from ((row, part[field]) for part in parts if not part[field].startswith(ours))


def replace_sealed(
    document: type[BaseDocument], document_id: Any, field: str, list_field: str | None, *, before: str, after: str
) -> bool:
    """Returns whether the value was still `before`, and is `after` now."""
    path = f"{list_field}.{field}" if list_field else field
    place = f"{list_field}.$.{field}" if list_field else field
    result = document.collection().update_one({"_id": document_id, path: before}, {"$set": {place: after}})
    return result.modified_count == 1
