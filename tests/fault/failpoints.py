"""Failures of MongoDB on command.

Source: MongoDB's own test infrastructure, "The failCommand fail point".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient

from src.models.connection import client, database

Failure = dict[str, Any]

WRITE_CONFLICT: Failure = {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}
CLOSED_CONNECTION: Failure = {"closeConnection": True}
NOT_PRIMARY: Failure = {"errorCode": 10107}
OUT_OF_TIME: Failure = {"errorCode": 50}
UNACKNOWLEDGED: Failure = {"writeConcernError": {"code": 64, "errmsg": "timed out", "errInfo": {"wtimeout": True}}}


def slow(milliseconds: int) -> Failure:
    """Returns the failure of a command that is carried out that much later."""
    return {"blockConnection": True, "blockTimeMS": milliseconds}


@contextmanager
def failing(
    *commands: str, failure: Failure, times: int | None = None, collection: str | None = None
) -> Iterator[None]:
    """Has mongod answer the next `times` of these commands, or all of them, with `failure` instead.

    With `collection` only commands on that collection are meant.
    """
    data: Failure = {"failCommands": list(commands), **failure}
    if collection is not None:
        data["namespace"] = f"{database().name}.{collection}"
    _set({"times": times} if times else "alwaysOn", data)
    try:
        yield
    finally:
        _set("off", {})


def _set(mode: Any, data: Failure) -> None:
    # By a client of its own: the failures must not make it lose sight of the server.
    ((host, port),) = client().topology_description.server_descriptions()
    with MongoClient[dict[str, Any]](host, port, directConnection=True) as apart:
        apart.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})
