"""The worker of the shop, in a hurry: `celery -A tests.fault.shop_worker_under_test`."""

from __future__ import annotations

import os
from dataclasses import replace

from config.settings import Settings, load
from src.services.jobs.hinting import Hints
from src.services.registry import Services, build_services
from tests.fault.impatience import create_impatient_worker, impatient


def build(settings: Settings, *, hints: Hints) -> Services:
    services = build_services(settings, hints=hints)
    return replace(services, jobs=impatient(services.jobs, settings))


app = create_impatient_worker(load(os.environ), build)
