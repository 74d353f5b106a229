"""Failures of MongoDB on command.

Source: MongoDB's own test infrastructure, "The failCommand fail point".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from src.models.connection import client, database

WRITE_CONFLICT = {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}
CLOSED_CONNECTION = {"closeConnection": True}
NOT_PRIMARY = {"errorCode": 10107}


@contextmanager
def failing(*commands: str, times: int | None = None, collection: str | None = None, **failure: Any) -> Iterator[None]:
    """Has mongod answer the next `times` of these commands, or all of them, with `failure` instead.

    With `collection` only commands on that collection are meant.
    """
    data: dict[str, Any] = {"failCommands": list(commands), **failure}
    if collection is not None:
        data["namespace"] = f"{database().name}.{collection}"
    _set({"times": times} if times else "alwaysOn", data)
    try:
        yield
    finally:
        _set("off", {})


def _set(mode: Any, data: dict[str, Any]) -> None:
    client().admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})
