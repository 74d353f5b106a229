"""The connection of this process to MongoDB."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import mongoengine
import pymongo
from mongoengine.connection import get_db
from pymongo import MongoClient
from pymongo.database import Database

SERVER_SELECTION_TIMEOUT_MS = 5_000
SOCKET_TIMEOUT_MS = 10_000


def connect(uri: str, database: str, *, pool_size: int) -> None:
    """Prepares the client of this process; the first operation connects, so this may run before a fork is over."""
    mongoengine.connect(
        host=uri,
        db=database,
        connect=False,
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        journal=True,
        retryWrites=True,
        maxPoolSize=pool_size,
        serverSelectionTimeoutMS=SERVER_SELECTION_TIMEOUT_MS,
        connectTimeoutMS=2_000,
        socketTimeoutMS=SOCKET_TIMEOUT_MS,
        waitQueueTimeoutMS=2_000,
        heartbeatFrequencyMS=5_000,
    )


def disconnect() -> None:
    """Closes the client of this process."""
    mongoengine.disconnect_all()


def database() -> Database[dict[str, Any]]:
    db: Database[dict[str, Any]] = get_db()
    return db


def client() -> MongoClient[dict[str, Any]]:
    return database().client


def deadline(seconds: float) -> AbstractContextManager[None]:
    """Returns a block in which all database work together may take `seconds`; a deadline inside only shortens it."""
    bounded: AbstractContextManager[None] = pymongo.timeout(seconds)
    return bounded


def is_writable() -> bool:
    """Returns whether a primary answers now.

    Raises:
        pymongo.errors.PyMongoError: no server answers in time.
    """
    return bool(database().command("hello").get("isWritablePrimary"))
