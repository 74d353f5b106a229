# ruff: noqa: N999 (gunicorn's own name for its configuration)
"""gunicorn in production and under `make run`: `gunicorn -c ecosystem/gunicorn.conf.py wsgi:app`.

Every value that differs between machines comes from the environment through `config.settings`.
"""

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from config.settings import InvalidSettings, load
from src.utils.logging import configure_logging
from src.utils.shared_counts import fold_dead, share_counts

try:
    settings = load(os.environ)
except InvalidSettings as error:
    sys.exit(str(error))


class PipelineLogger(Logger):  # type: ignore[misc]
    """Sends gunicorn's own lines through the application's pipeline instead of a format of their own."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.error_log = logging.getLogger("gunicorn.error")
        self.error_log.propagate = True
        configure_logging(settings.log_level, settings.log_format)


bind = settings.web_bind
backlog = 256
chdir = str(Path(__file__).resolve().parent.parent)

# docs/adr/0007: threads, because a request waits for MongoDB and WeChat far longer than it computes.
worker_class = "gthread"
workers = settings.web_workers
threads = settings.web_threads
http_parser = "fast"
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

timeout = 30
graceful_timeout = 30
keepalive = 5
# Against slow leaks; the jitter keeps the workers from restarting together.
max_requests = 20_000
max_requests_jitter = 4_000

limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
header_map = "drop"
forwarded_allow_ips = "127.0.0.1,::1"
# It would open a socket in the user's home that commands this server.
control_socket_disable = True

# The application's middleware writes the access log, with user and store.
accesslog = None
logger_class = PipelineLogger

# The workers, and Celery's, add their numbers up in files, so that /metrics is right whichever worker answers.
_metrics_dir = settings.metrics_dir or tempfile.mkdtemp(prefix="minimall-metrics-")
_metrics_dir_is_ours = not settings.metrics_dir
os.environ["METRICS_DIR"] = _metrics_dir
share_counts(_metrics_dir)


def worker_exit(server: Any, worker: Any) -> None:
    """Write the calls that a worker has counted before it ends."""
    if (app := getattr(worker, "wsgi", None)) is not None:
        app.extensions["minimall"].call_counting.flush()


def child_exit(server: Any, worker: Any) -> None:
    """Keep a dead worker's counts without its files."""
    fold_dead(_metrics_dir)


def on_exit(server: Any) -> None:
    """Leave no temporary folder behind."""
    if _metrics_dir_is_ours:
        shutil.rmtree(_metrics_dir, ignore_errors=True)
