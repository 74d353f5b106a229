"""The worker as in production, with kinds of work that only tests have: `celery -A tests.fault.worker_under_test`."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from config.settings import Settings, load
from src.models.connection import database
from src.models.transaction import Transactions
from src.services.jobs.contracts import Handler, JobParts, JobRun, ScheduledWork
from src.services.jobs.hinting import Hints
from src.services.jobs.purging import Purging
from src.services.jobs.wiring import wire_jobs
from src.services.registry import Services, build_services
from src.utils.clock import Clock
from tests.fault.impatience import SOON, create_impatient_worker, impatient

FOREVER_S = 3_600
TOO_LARGE_FOR_A_DOCUMENT, TOO_LARGE_FOR_A_PROCESS = 17_000_000, 320_000_000
LEAKED: list[bytes] = []


def tell(what: str, run: JobRun, **facts: Any) -> None:
    """Lets the test know; these rows are no part of the shop."""
    row = {"what": what, "job": run.job.id, "attempt": run.job.attempts, "pid": os.getpid(), **facts}
    database()["test_told"].insert_one(row)


def good(run: JobRun) -> dict[str, Any]:
    tell("done", run)
    return {"pid": os.getpid()}


def hangs_at_first(run: JobRun) -> dict[str, Any]:
    """The first attempt waits to be killed; the next one works."""
    tell("begun", run)
    if run.job.attempts == 1:
        time.sleep(FOREVER_S)
    return good(run)


def waits_to_go_on(run: JobRun) -> dict[str, Any]:
    """The first attempt goes on when the test says so, with whatever it believes to hold."""
    tell("begun", run)
    while run.job.attempts == 1 and not database()["test_told"].find_one({"what": "go on"}):
        time.sleep(0.02)
    tell("went on", run)
    return {"attempt": run.job.attempts}


def raises(run: JobRun) -> NoReturn:
    tell("begun", run)
    raise MemoryError


def hangs(run: JobRun) -> NoReturn:
    """Not even the soft time limit gets it out."""
    tell("begun", run)
    while True:
        with suppress(Exception):
            time.sleep(FOREVER_S)


def dies(run: JobRun) -> None:
    """What the kernel does to a process that has eaten all memory."""
    tell("begun", run)
    os.kill(os.getpid(), signal.SIGKILL)


def answers_too_much(run: JobRun) -> dict[str, Any]:
    tell("begun", run)
    return {"huge": "x" * TOO_LARGE_FOR_A_DOCUMENT}


def leaks(run: JobRun) -> dict[str, Any]:
    """Does its work and keeps more memory than a process may."""
    LEAKED.append(b"x" * TOO_LARGE_FOR_A_PROCESS)
    return good(run)


def tick(limit: int) -> int:
    now = datetime.now(UTC)
    database()["test_told"].insert_one(
        {"what": "tick", "number": int(now.timestamp() / SOON.total_seconds()), "pid": os.getpid()}
    )
    return 1


PARTS = JobParts.of(
    handlers=[
        Handler("test.good", good),
        Handler("test.hangs_at_first", hangs_at_first),
        Handler("test.waits_to_go_on", waits_to_go_on),
        Handler("test.raises", raises, max_attempts=2),
        Handler("test.hangs", hangs, max_attempts=2),
        Handler("test.dies", dies, max_attempts=2),
        Handler("test.answers_too_much", answers_too_much, max_attempts=2),
        Handler("test.leaks", leaks),
    ],
    subscribers=(),
    scheduled=[ScheduledWork("test_tick", SOON, tick)],
)


def build(settings: Settings, *, hints: Hints) -> Services:
    clock, keep = Clock(), timedelta(days=1)
    jobs = wire_jobs(
        PARTS,
        transactions=Transactions(timeout_s=settings.transaction_timeout_s),
        clock=clock,
        lease=timedelta(seconds=settings.job_lease_s),
        purging=Purging(keep_jobs=keep, keep_events=keep, clock=clock),
        hints=hints,
    )
    return replace(build_services(settings), jobs=impatient(jobs, settings))


app = create_impatient_worker(load(os.environ), build)
