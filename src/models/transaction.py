"""The only way to start a transaction."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from contextvars import Context
from typing import TypeVar

import pymongo
from pymongo import ReadPreference, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from src.models.connection import client
from src.utils.lanes import Lanes

Result = TypeVar("Result")
Session = ClientSession

_DUPLICATE_KEY = 11000
_LET_GO_TIMEOUT_S = 1.0
_PATIENCE_S = 2.0


class AlreadyStored(Exception):
    """A unique index refused the work; nothing of it has happened."""


class Transactions:
    """Runs units of work that happen as a whole or not at all."""

    def __init__(self, *, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._lanes = Lanes(patience_s=_PATIENCE_S)

    def run(self, work: Callable[[ClientSession], Result], *, contended: Iterable[Hashable] = ()) -> Result:
        """Returns `work(session)` after its commit by a majority.

        Works of this process that name the same `contended` things come one after the other.

        `work` may run several times: it must pass `session` to every operation, and touch nothing but the
        database. A write conflict repeats it, any other error ends it; a duplicate key has aborted the
        transaction on the server and must not be caught inside.

        Raises:
            AlreadyStored: a unique index refused one of the writes.
            pymongo.errors.PyMongoError: not committed within the time limit, or the outcome is unknown.
        """
        with self._lanes.through(contended), client().start_session() as session:
            try:
                with pymongo.timeout(self._timeout_s):
                    return session.with_transaction(
                        work,
                        read_concern=ReadConcern("snapshot"),
                        write_concern=WriteConcern("majority"),
                        read_preference=ReadPreference.PRIMARY,
                    )
            except PyMongoError as error:
                if _is_duplicate(error):
                    raise AlreadyStored from error
                _let_go(session)
                raise


def _is_duplicate(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        return any(refused["code"] == _DUPLICATE_KEY for refused in error.details["writeErrors"])
    return isinstance(error, DuplicateKeyError)


def _let_go(session: ClientSession) -> None:
    """Has the server forget a transaction that the driver, out of time, may have been unable to abort.

    Until then nobody else could change what it has written, for as long as the server lets transactions live.
    """
    # In a context of its own: the deadline of the caller may be over too.
    Context().run(_kill, session)


def _kill(session: ClientSession) -> None:
    with suppress(PyMongoError), pymongo.timeout(_LET_GO_TIMEOUT_S):
        client().admin.command("killSessions", [session.session_id])
