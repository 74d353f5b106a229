"""Requests that may be repeated: claimed before they run, answered the same way afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from src.models.idempotency import IdempotencyRecord
from src.models.transaction import Session
from src.utils.clock import Clock
from src.utils.errors import AlreadyCarriedOut, IdempotencyKeyReused, RequestInProgress

# Longer than any request may take: a claim that old belongs to a process that died.
_LEASE = timedelta(seconds=60)
_POLLS = 40
_POLL_S = 0.05
# The key that the request of this thread has claimed.
_CLAIMED: ContextVar[str | None] = ContextVar("claimed_idempotency_key", default=None)


@dataclass(frozen=True)
class RequestIdentity:
    """The client's Idempotency-Key and a digest of what it asked with it."""

    key: str
    fingerprint: str


@dataclass(frozen=True)
class StoredAnswer:
    http_status: int
    body: str
    etag: str | None = None


class Idempotency:
    """Keys are unique per caller and route and are kept for `keep`."""

    def __init__(self, *, clock: Clock, keep: timedelta) -> None:
        self._clock = clock
        self._keep = keep

    def begin(self, key: str, fingerprint: str) -> StoredAnswer | None:
        """Returns the stored answer of an earlier request; None if the caller has claimed the key and must run.

        While another request with this key runs, waits up to two seconds for its answer.

        Raises:
            IdempotencyKeyReused: the key came with another request before. RequestInProgress: still running.
            AlreadyCarriedOut: its process died before it could store the answer.
        """
        for _ in range(_POLLS):
            now = self._clock.now()
            if IdempotencyRecord.claim(
                key, fingerprint, now=now, lease_until=now + _LEASE, expires_at=now + self._keep
            ):
                return None
            record = IdempotencyRecord.find(key)
            if record is None:
                continue
            if record.fingerprint != fingerprint:
                raise IdempotencyKeyReused()
            if record.done:
                return StoredAnswer(record.http_status, record.body, record.etag)
            if record.carried_out and record.lease_until <= now:
                raise AlreadyCarriedOut()
            time.sleep(_POLL_S)
        raise RequestInProgress()

    def finish(self, key: str, answer: StoredAnswer) -> None:
        IdempotencyRecord.finish(key, http_status=answer.http_status, body=answer.body, etag=answer.etag)

    def abandon(self, key: str) -> None:
        """Frees a claimed key whose request has not been carried out, so that a repetition runs."""
        IdempotencyRecord.abandon(key)


@contextmanager
def carrying_out(key: str) -> Iterator[None]:
    """Has what this block does be done once for the key, as far as it asks `require_first` to."""
    token = _CLAIMED.set(key)
    try:
        yield
    finally:
        _CLAIMED.reset(token)


def require_first(*, session: Session) -> None:
    """Binds the caller's transaction to the key of its request, if that has one: of several such, one commits.

    Raises:
        AlreadyCarriedOut: another transaction was the first; this one must not commit.
    """
    key = _CLAIMED.get()
    if key is not None and not IdempotencyRecord.carry_out(key, session=session):
        raise AlreadyCarriedOut()
