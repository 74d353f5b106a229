"""Dispatches one event and dies at a given step: `python -m tests.fault.dispatcher_under_test STEP`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from pymongo.client_session import ClientSession

from src.models import connection
from src.models.events import Event
from src.models.jobs import Job, NewJob
from src.models.transaction import Transactions
from src.services.jobs.dispatching import Dispatching
from src.utils.clock import Clock

# What is done of a dispatch when the process dies.
STEPS = ("nothing", "read", "marked", "first job", "all jobs", "committed")


def subscriber(event: Event) -> Iterable[NewJob]:
    for name in ("tell", "count"):
        yield NewJob(f"test.{name}", f"{name}:{event.id}", event.store_id)


def dispatching() -> Dispatching:
    return Dispatching(subscribers=[subscriber], transactions=Transactions(timeout_s=5), clock=Clock())


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


def _dying(function: Callable[..., Any], *, call: int, before: bool) -> Callable[..., Any]:
    calls: list[int] = []

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if before and len(calls) == call:
            _die()
        result = function(*args, **kwargs)
        if not before and len(calls) == call:
            _die()
        return result

    return wrapped


def die_at(step: str) -> None:
    """Wraps what comes next after `step` was done."""
    owner, name, call, before = {
        "nothing": (Event, "list_pending", 1, True),
        "read": (Event, "list_pending", 1, False),
        "marked": (Event, "mark_dispatched", 1, False),
        "first job": (Job, "add", 1, False),
        "all jobs": (ClientSession, "commit_transaction", 1, True),
        "committed": (ClientSession, "commit_transaction", 1, False),
    }[step]
    setattr(owner, name, _dying(getattr(owner, name), call=call, before=before))


if __name__ == "__main__":
    connection.connect(os.environ["MONGODB_URI"], os.environ["MONGODB_DATABASE"], pool_size=4)
    die_at(sys.argv[1])
    dispatching().dispatch_pending(10)
