"""Real worker and beat processes, and waiting for what they do."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from config.settings import Settings
from ecosystem.embedded.process import ChildProcess
from ecosystem.run.servers import celery_command
from src.models.connection import database
from src.models.jobs import Job
from tests.factories.environment import environment
from tests.factories.job_bench import read
from tests.factories.races import at_once, results

ROOT = Path(__file__).resolve().parents[2]
TEST_WORKER, SHOP_WORKER = "tests.fault.worker_under_test", "tests.fault.shop_worker_under_test"
LONG_S = 60
Found = TypeVar("Found")


def environ(settings: Settings, **overrides: str) -> dict[str, str]:
    """Returns the environment of processes on the test's database; a job's lease is one second."""
    return {
        **environment(
            MONGODB_URI=settings.mongodb_uri,
            MONGODB_DATABASE=settings.mongodb_database,
            MONGODB_POOL_SIZE="8",
            REDIS_URL=settings.redis_url,
            WECHAT_API_URL=settings.wechat_api_url,
            WECHAT_PAY_URL=settings.wechat_pay_url,
            PUBLIC_URL=settings.public_url,
            JOB_LEASE_S="1",
            **overrides,
        ),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(
    variables: dict[str, str], folder: Path, *names: str, application: str = TEST_WORKER
) -> Iterator[list[ChildProcess]]:
    """Runs `worker` and `beat` processes, as many of each as are named, until the end of the block."""
    processes = [
        ChildProcess(
            name=name,
            command=[sys.executable, *celery_command(name, application=application)],
            log=folder / f"{name}-{number}.log",
            environment=variables,
        )
        for number, name in enumerate(names)
    ]
    try:
        for process in processes:
            process.start()
        yield processes
        assert [process.name for process in processes if process.exit_code is not None] == []
    finally:
        results(at_once([process.stop for process in processes]))


def pool_of(worker: ChildProcess) -> list[int]:
    """Returns the pids of the processes that do the worker's jobs."""
    return [int(pid) for pid in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()]


def eventually(find: Callable[[], Found | None], *, timeout_s: float = LONG_S, pause_s: float = 0.02) -> Found:
    """Returns what `find` finds as soon as that is something true."""
    deadline = time.monotonic() + timeout_s
    while not (found := find()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause_s)
    return found


def told(what: str, **facts: Any) -> list[dict[str, Any]]:
    """Returns what handlers have told the test, the oldest first."""
    return list(database()["test_told"].find({"what": what, **facts}).sort("_id", 1))


def begun(job: Job, attempt: int = 1) -> int:
    """Returns the pid of the process that runs that attempt, once it does."""
    (row,) = eventually(lambda: told("begun", job=job.id, attempt=attempt))
    return int(row["pid"])


def ended(job: Job, *, timeout_s: float = LONG_S) -> Job:
    """Returns the job once it succeeded or failed."""

    def find() -> Job | None:
        current = read(job)
        return current if current.finished_at else None

    return eventually(find, timeout_s=timeout_s)
