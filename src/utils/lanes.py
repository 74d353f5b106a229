"""Queues inside one process for work that would only collide in the database."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

_LANES = 256


class Lanes:
    """Lets work on the same things wait for each other in this process.

    Nothing depends on it but speed: other processes do not see it, whoever has waited too long goes on without,
    and the database decides. Without it the threads of a process spend a rush on repeating each other's transactions.
    """

    def __init__(self, *, patience_s: float) -> None:
        self._patience_s = patience_s
        self._locks = [Lock() for _ in range(_LANES)]

    @contextmanager
    def through(self, keys: Iterable[Hashable]) -> Iterator[None]:
        """Returns a block that waits its turn for all `keys`; the order is fixed, so no two wait for each other."""
        with ExitStack() as taken:
            for lane in sorted({hash(key) % _LANES for key in keys}):
                if self._locks[lane].acquire(timeout=self._patience_s):
                    taken.callback(self._locks[lane].release)
            yield
