"""The Celery application: it carries hints to workers. What is due, and who may do it, is decided in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import structlog
from bson import ObjectId
from celery import Celery, signals
from kombu.entity import Queue

from config.settings import Settings
from src.services.jobs.hinting import Hints
from src.services.jobs.wiring import Jobs
from src.services.registry import Services
from src.utils.logging import configure_logging
from src.utils.shared_counts import fold_dead

log = structlog.get_logger(__name__)

RUN_JOB, RUN_SCHEDULED = "minimall.run_job", "minimall.run_scheduled"
# Of their own, so that scheduled work does not wait behind many jobs.
JOB_HINTS, SCHEDULE_HINTS = "jobs", "schedules"
# Hints that no worker takes must not fill the broker up.
MOST_WAITING = 200
# A running job's lease is renewed for as long as its process is well: these many leases end one that hangs.
_SOFT_LIMIT_LEASES, _HARD_LIMIT_LEASES = 2.0, 2.5
# The same of jobs that may be long, such as a file of 50,000 rows on a busy machine.
_SOFT_LIMIT_LONG, _HARD_LIMIT_LONG = 9.0, 9.5
# Longer than any job may run; after it a message whose worker died is delivered again.
_VISIBILITY_TIMEOUT_S = 600
# One line per message would bury what the jobs say.
_TALKATIVE = ("celery.app.trace", "celery.worker.strategy", "celery.beat")


class Build(Protocol):
    """Makes the services of one process."""

    def __call__(self, settings: Settings, *, hints: Hints) -> Services: ...


class WorkerApp(Celery):  # type: ignore[misc]
    """Runs jobs and scheduled work in processes that each have services of their own."""

    def __init__(self, settings: Settings, build: Build) -> None:
        super().__init__("minimall", broker=settings.redis_url, set_as_current=False)
        self._settings = settings
        self._build = build
        self.conf.update(configuration(settings))

    @cached_property
    def jobs(self) -> Jobs:
        """The jobs of this process, made at the first use: after the fork."""
        return self._build(self._settings, hints=CeleryHints(self, self._settings.job_lease_s)).jobs

    def waiting(self, queue: str) -> int:
        """Returns how many hints wait in the broker.

        Raises:
            kombu.exceptions.OperationalError, redis.RedisError: it does not answer.
        """
        with self.producer_or_acquire() as producer:
            return int(producer.channel.queue_declare(queue=queue).message_count)

    def prepare_process(self, **extra: Any) -> None:
        """Makes the services before the first job needs them."""
        assert self.jobs
        if self._settings.metrics_dir:
            fold_dead(self._settings.metrics_dir)

    def set_up_logging(self, **extra: Any) -> None:
        configure_logging(self._settings.log_level, self._settings.log_format, quiet=_TALKATIVE)


class CeleryHints:
    """Sends hints to the workers through the broker."""

    def __init__(self, app: WorkerApp, lease_s: float) -> None:
        self._app = app
        self._long = _limits(lease_s * _SOFT_LIMIT_LONG, lease_s * _HARD_LIMIT_LONG)

    def room(self) -> int:
        return MOST_WAITING - self._app.waiting(JOB_HINTS)

    def send(self, job_ids: Sequence[ObjectId]) -> None:
        long = self._app.jobs.running.long_ones(job_ids)
        for job_id in job_ids:
            self._app.send_task(RUN_JOB, (str(job_id),), **(self._long if job_id in long else {}))


def _limits(soft_s: float, hard_s: float) -> dict[str, float]:
    return {"soft_time_limit": soft_s, "time_limit": hard_s}


def create_worker(settings: Settings, build: Build) -> WorkerApp:
    """Returns the application of `celery worker` and `celery beat`; touches no network."""
    app = WorkerApp(settings, build)
    lease = settings.job_lease_s
    limits = _limits(lease * _SOFT_LIMIT_LEASES, lease * _HARD_LIMIT_LEASES)

    @app.task(name=RUN_JOB, **limits)  # type: ignore[untyped-decorator]
    def run_job(job_id: str) -> None:
        app.jobs.running.run(ObjectId(job_id))

    @app.task(name=RUN_SCHEDULED, **limits)  # type: ignore[untyped-decorator]
    def run_scheduled(name: str) -> None:
        if app.jobs.scheduling.run(name):
            app.send_task(RUN_SCHEDULED, (name,))

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
        "task_queues": [Queue(SCHEDULE_HINTS), Queue(JOB_HINTS)],
        "task_default_queue": JOB_HINTS,
        "task_routes": {RUN_JOB: JOB_HINTS, RUN_SCHEDULED: SCHEDULE_HINTS},
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
        # A dead process holds its message for so long (seconds), and with it one of the few that are taken at a time.
        "worker_lost_wait": 2,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        # A job goes on without the broker; the repetition of its message finds nothing to claim.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "beat_scheduler": "src.beat:Ticks",
        "enable_utc": True,
    }
