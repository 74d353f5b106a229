"""Entry point of Celery: `celery -A src.worker worker` and `celery -A src.worker beat`."""

from __future__ import annotations

import os
import sys

from config.settings import InvalidSettings, load
from src.services.registry import build_services
from src.worker_app import create_worker

try:
    settings = load(os.environ)
except InvalidSettings as error:
    sys.exit(f"minimall: {error}")

app = create_worker(settings, build_services)
