"""What tells that an answer comes from certain documents: their ids and the texts that no others have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bson import ObjectId

from src.models.connection import database

Query = dict[str, Any]
# Shorter texts, such as the pieces that searches are made of, are in any answer by chance, and so are moments
# and the names of fields and states.
_SHORTEST = 8
_ID = re.compile("[0-9a-f]{24}")
_COMMON = re.compile("[-0-9:.+TZ ]*|[A-Za-z_.]*")


def traces(of: Iterable[tuple[str, Query]], *, but: Iterable[tuple[str, Query]]) -> set[str]:
    """Returns the traces of some documents, by collections and queries, that others do not have as well."""
    return _all(of) - _all(but)


def seen(found: Iterable[str], answer: bytes) -> list[str]:
    """Returns those of the traces that are in an answer, whatever it is."""
    text = answer.decode(errors="replace")
    ids = set(_ID.findall(text))
    return sorted(trace for trace in found if (trace in ids if _ID.fullmatch(trace) else trace in text))


def _all(which: Iterable[tuple[str, Query]]) -> set[str]:
    return {
        trace
        for collection, query in which
        for document in database()[collection].find(query)
        for trace in _leaves(document)
    }


def _leaves(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from _leaves(name)
            yield from _leaves(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _leaves(inner)
    elif isinstance(node, ObjectId):
        yield str(node)
    elif isinstance(node, str) and len(node) >= _SHORTEST and not _COMMON.fullmatch(node):
        yield node
