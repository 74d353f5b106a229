"""All that is stored, for tests that something changes nothing."""

from __future__ import annotations

from typing import Any

from src.models.connection import database
from src.models.indexes import DOCUMENTS


def everything() -> dict[str, list[dict[str, Any]]]:
    """Returns every document of every collection."""
    names = [document._get_collection_name() for document in DOCUMENTS]
    return {name: list(database()[name].find().sort("_id", 1)) for name in names}
