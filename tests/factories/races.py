"""Things that happen at one moment, and things that happen at the worst moment."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Semaphore, Thread
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

_JOIN_TIMEOUT_S = 60


def at_once(calls: Sequence[Callable[[], Result]], *, running: int | None = None) -> list[Result | BaseException]:
    """Returns what each call returned or raised, in the order of `calls`.

    Each call has a thread of its own; none starts before all threads stand at the barrier. With `running`, at most
    so many run at a time, as the threads of a server do.
    """
    start, slots = Barrier(len(calls)), Semaphore(running or len(calls))
    runners = [_Runner(call, start, slots) for call in calls]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(_JOIN_TIMEOUT_S)
    assert not any(runner.is_alive() for runner in runners), "a call did not end in time"
    return [runner.outcome for runner in runners]


def results(outcomes: Sequence[Result | BaseException]) -> list[Result]:
    """Returns the outcomes of `at_once` if no call raised; raises the first exception otherwise."""
    returned: list[Result] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        returned.append(outcome)
    return returned


def together(*calls: Callable[[], object]) -> list[object]:
    """Returns what rivals of different kinds returned; each of them may lose, none may raise."""
    return results(at_once(calls))


class _Runner(Thread, Generic[Result]):
    outcome: Result | BaseException

    def __init__(self, call: Callable[[], Result], start: Barrier, slots: Semaphore) -> None:
        super().__init__(daemon=True)
        self._call = call
        self._start_line = start
        self._slots = slots

    def run(self) -> None:
        self._start_line.wait()
        with self._slots:
            try:
                self.outcome = self._call()
            except BaseException as error:
                self.outcome = error


@contextmanager
def run_before(owner: type, name: str, rival: Callable[[], object]) -> Iterator[None]:
    """Lets `rival` happen right before the next call of `owner.name`, once: a race that always goes the same way.

    Raises:
        AssertionError: nobody called `owner.name`, so there was no race.
    """
    original = inspect.getattr_static(owner, name)
    call = getattr(owner, name)
    waiting = [rival]

    def intercepted(*args: Any, **kwargs: Any) -> Any:
        if waiting:
            waiting.pop()()
        return call(*args, **kwargs)

    setattr(owner, name, staticmethod(intercepted) if isinstance(original, classmethod) else intercepted)
    try:
        yield
    finally:
        setattr(owner, name, original)
    assert not waiting, f"nobody called {owner.__name__}.{name}"
