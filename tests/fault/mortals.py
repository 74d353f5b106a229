"""A process that does one piece of the shop's work and is killed, or stopped, right before one of its steps.

A step is a write to MongoDB, a commit, or a call to WeChat: between two of them a process does nothing that others see.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from bson import ObjectId
from pymongo import monitoring

from config.settings import Settings
from src.models.connection import client
from src.services.accounts.callers import Shopper
from src.services.registry import Services, build_services
from src.services.wechat.pay_notifications import NotificationKind
from src.services.wechat.transport import Transport
from src.utils.errors import AppError
from tests.fault.workers import LONG_S, eventually

Work = Callable[[Services], object]

_WRITES = frozenset({"insert", "update", "delete", "findAndModify", "commitTransaction"})

# Its children have everything imported already and share nothing with the tests' threads.
_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload([__name__])


def sweep(name: str, services: Services) -> None:
    """Runs a piece of scheduled work, due or not."""
    work = services.jobs.scheduling.works[name]
    work.run(work.limit)


def run_job(job_id: ObjectId, services: Services) -> None:
    services.jobs.running.run(job_id)


def receive(headers: dict[str, str], body: bytes, services: Services) -> None:
    """Takes a payment's notification, as the web process does that WeChat posts it to."""
    services.pay_callbacks.receive(NotificationKind.PAYMENT, headers=headers, body=body)


def cancel(store_id: ObjectId, user_id: str, order_id: ObjectId, services: Services) -> None:
    """Cancels an order for its shopper, as the web process does; to be refused is no failure."""
    with suppress(AppError):
        services.closing.cancel(Shopper(store_id, ObjectId(user_id), "session"), order_id)


class Steps(monitoring.CommandListener):
    """Counts the steps of this process and ends it right before the fatal one (from 1)."""

    def __init__(self, fatal: int, ending: signal.Signals) -> None:
        self._left = fatal
        self._ending = ending

    def take(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._ending)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in _WRITES:
            self.take()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """It was counted when it started."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It was counted when it started."""


@dataclass(frozen=True)
class Mortal:
    """Such a process, begun."""

    process: BaseProcess

    def met_its_end(self, ending: signal.Signals) -> bool:
        """Waits until it has got as far as it can; returns False if it did all its work before that step."""
        if ending is signal.SIGSTOP:
            eventually(lambda: self.process.exitcode is not None or _is_stopped(self.process.pid))
        else:
            self.process.join(LONG_S)
        assert self.process.exitcode in (None, 0, -ending)
        return self.process.exitcode != 0

    def wake_up(self) -> None:
        """Lets it go on from where it was stopped, to the end of its work."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.join(LONG_S)
        assert self.process.exitcode == 0


@contextmanager
def mortal(work: Work, settings: Settings, *, step: int, ending: signal.Signals) -> Iterator[Mortal]:
    """Has a new process do `work`, which can be pickled, until it comes to that step (from 1)."""
    process = _NURSERY.Process(target=_live, args=(work, settings, step, ending))
    process.start()
    try:
        yield Mortal(process)
    finally:
        process.kill()
        process.join()


def forget_transactions() -> None:
    """Has the server end what a dead or stopped process left open at once; by itself it takes its time."""
    client().admin.command("killAllSessions", [])


def _live(work: Work, settings: Settings, step: int, ending: signal.Signals) -> None:
    steps = Steps(step, ending)
    monitoring.register(steps)
    _count_calls(steps)
    work(build_services(replace(settings, mongodb_pool_size=4)))


def _count_calls(steps: Steps) -> None:
    send = Transport.send

    def counted(*args: Any, **kwargs: Any) -> Any:
        steps.take()
        return send(*args, **kwargs)

    Transport.send = counted  # type: ignore[method-assign]


def _is_stopped(pid: int | None) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return False
    return stat.rpartition(")")[2].split()[0] == "T"
