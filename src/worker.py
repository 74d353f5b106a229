"""Entry point of Celery: `celery -A src.worker worker` and `celery -A src.worker beat`."""

from __future__ import annotations

import os
import sys

from config.settings import InvalidSettings, load
from src.utils.shared_counts import share_counts

try:
    settings = load(os.environ)
    if settings.metrics_dir:
        share_counts(settings.metrics_dir)
except InvalidSettings as error:
    sys.exit(f"minimall: {error}")
except OSError as error:
    sys.exit(f"minimall: METRICS_DIR cannot be used: {error}")

# Not at the top: while they are imported, the metrics settle where they count.
from src.services.registry import build_services  # noqa: E402
from src.worker_app import create_worker  # noqa: E402

app = create_worker(settings, build_services)
