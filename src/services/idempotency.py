"""Requests that may be repeated: claimed before they run, answered the same way afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from src.models.idempotency import IdempotencyRecord
from src.utils.clock import Clock
from src.utils.errors import IdempotencyKeyReused, RequestInProgress

# Longer than any request may take: a claim that old belongs to a process that died.
_LEASE = timedelta(seconds=60)
_POLLS = 40
_POLL_S = 0.05


@dataclass(frozen=True)
class RequestIdentity:
    """The client's Idempotency-Key and a digest of what it asked with it."""

    key: str
    fingerprint: str


@dataclass(frozen=True)
class StoredAnswer:
    http_status: int
    body: str


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
                return StoredAnswer(record.http_status, record.body)
            time.sleep(_POLL_S)
        raise RequestInProgress()

    def finish(self, key: str, answer: StoredAnswer) -> None:
        IdempotencyRecord.finish(key, http_status=answer.http_status, body=answer.body)

    def abandon(self, key: str) -> None:
        """Frees a claimed key whose request has not been carried out, so that a repetition runs."""
        IdempotencyRecord.abandon(key)
