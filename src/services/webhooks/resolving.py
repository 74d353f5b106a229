"""Looking names up, in bounded time."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread

# Returns the addresses of a host as text, in the order to try them; raises CannotResolve.
Resolve = Callable[[str, int], Sequence[str]]


class CannotResolve(Exception):
    """There is no address for this name, or not in time."""


class Resolver:
    """The system's resolver, which has no deadline of its own.

    A look-up that is too slow goes on in its thread; `most` bounds how many can hang like that.
    """

    def __init__(self, *, timeout_s: float = 3.0, most: int = 8) -> None:
        self._timeout_s = timeout_s
        self._slots = BoundedSemaphore(most)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        if not self._slots.acquire(blocking=False):
            raise CannotResolve("too many look-ups are hanging")
        answers: SimpleQueue[Sequence[str]] = SimpleQueue()
        Thread(target=self._look_up, args=(host, port, answers), daemon=True).start()
        try:
            found = answers.get(timeout=self._timeout_s)
        except Empty:
            raise CannotResolve("no answer in time") from None
        if not found:
            raise CannotResolve("unknown host")
        return found

    def _look_up(self, host: str, port: int, answers: SimpleQueue[Sequence[str]]) -> None:
        try:
            answers.put(_addresses(host, port))
        finally:
            self._slots.release()


def _addresses(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
