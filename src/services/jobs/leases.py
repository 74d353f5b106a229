"""Leases: held by a heartbeat while work is under way, over by themselves when its process dies or stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import structlog

log = structlog.get_logger(__name__)

_BEATS_PER_LEASE = 3


@contextmanager
def held(renew: Callable[[], bool], lease: timedelta) -> Iterator[None]:
    """Calls `renew` again and again in the block, until it returns False: then somebody else has the lease."""
    ended = Event()
    pause_s = lease.total_seconds() / _BEATS_PER_LEASE
    heart = Thread(target=_beat, args=(renew, ended, pause_s), daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()  # a late renewal would undo what is written after the block


def _beat(renew: Callable[[], bool], ended: Event, pause_s: float) -> None:
    while not ended.wait(pause_s):
        try:
            if not renew():
                return
        except Exception:  # the database may answer again before the lease ends
            log.warning("lease_not_renewed", exc_info=True)
