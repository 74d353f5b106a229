"""The Celery application: it carries hints to workers. What is due, and who may do it, is decided in MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

import structlog
from bson import ObjectId
from celery import Celery, Task, signals

from config.settings import Settings
from src.services.jobs.hinting import Hint
from src.services.jobs.wiring import Jobs
from src.services.registry import Services
from src.utils.logging import configure_logging

log = structlog.get_logger(__name__)

# A running job's lease is renewed for as long as its process is well: these many leases end one that hangs.
_SOFT_LIMIT_LEASES, _HARD_LIMIT_LEASES = 2.0, 2.5
# Longer than any job may run; after it a message whose worker died is delivered again.
_VISIBILITY_TIMEOUT_S = 600
# One line per message would bury what the jobs say.
_TALKATIVE = ("celery.app.trace", "celery.worker.strategy", "celery.beat")


class Build(Protocol):
    """Makes the services of one process."""

    def __call__(self, settings: Settings, *, hint: Hint) -> Services: ...


class WorkerApp(Celery):  # type: ignore[misc]
    """Runs jobs and scheduled work in processes that each have services of their own."""

    def __init__(self, settings: Settings, build: Build) -> None:
        super().__init__("minimall", broker=settings.redis_url, set_as_current=False)
        self._settings = settings
        self._build = build
        self.conf.update(configuration(settings))
        lease = settings.job_lease_s
        limits = {"soft_time_limit": lease * _SOFT_LIMIT_LEASES, "time_limit": lease * _HARD_LIMIT_LEASES}
        self._run_job: Task = self.task(self._job_task(), name="minimall.run_job", **limits)
        self._run_scheduled: Task = self.task(self._schedule_task(), name="minimall.run_scheduled", **limits)

    @cached_property
    def jobs(self) -> Jobs:
        """The jobs of this process, made at the first use: after the fork."""
        return self._build(self._settings, hint=self._hint).jobs

    def prepare_process(self, **extra: Any) -> None:
        """Makes the services before the first job needs them."""
        assert self.jobs

    def set_up_logging(self, **extra: Any) -> None:
        configure_logging(self._settings.log_level, self._settings.log_format, quiet=_TALKATIVE)

    def _hint(self, job_ids: Sequence[ObjectId]) -> None:
        for job_id in job_ids:
            self._run_job.delay(str(job_id))

    # Celery binds what it takes for a task to an instance of its own, so these are no methods.

    def _job_task(self) -> Callable[[str], None]:
        def run_job(job_id: str) -> None:
            self.jobs.running.run(ObjectId(job_id))

        return run_job

    def _schedule_task(self) -> Callable[[str], None]:
        def run_scheduled(name: str) -> None:
            if self.jobs.scheduling.run(name):
                self._run_scheduled.delay(name)

        return run_scheduled


def create_worker(settings: Settings, build: Build) -> WorkerApp:
    """Returns the application of `celery worker` and `celery beat`; touches no network."""
    app = WorkerApp(settings, build)
    signals.setup_logging.connect(app.set_up_logging, weak=False)
    signals.worker_process_init.connect(app.prepare_process, weak=False)
    return app


def configuration(settings: Settings) -> dict[str, Any]:
    """Returns Celery's settings."""
    return {
        # Shops may share a Redis; each has its own keys in it.
        "broker_transport_options": {
            "global_keyprefix": f"minimall:{settings.mongodb_database}:",
            "visibility_timeout": _VISIBILITY_TIMEOUT_S,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2},
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": settings.worker_processes,
        # In KiB, looked at after each task: against slow leaks.
        "worker_max_memory_per_child": 300_000,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        # What is cut off by a lost connection is finished all the same; its repetition finds no job to claim.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "beat_scheduler": "src.beat:Ticks",
        "enable_utc": True,
    }
